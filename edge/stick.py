"""A folder on a stick that strangers have had in their hands: reading and writing it warily.

Lives here: one step down at a time, without following a link; whole files or none; every failure
as an error of ours. Not here: what lies on a stick (`edge.wire.bundle`), which sticks are plugged
in (`edge.plugged`).

Nothing is ever unpacked, and no name from the stick is ever joined to a path: a name is opened
only within the folder that was opened before it, and only if it is a plain file there. A file is
written beside its place, synced, renamed, and the folder synced: pulled at any moment, the stick
holds the old file or the new one. What a file system without links, owners and capitals (FAT32)
cannot do is not asked of it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum, unique
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from edge.errors import StickFailed

MAX_NAMES = 20_000  # entries of one folder that are looked at
_BLOCK = 256 * 1024  # bytes copied at a time
_NEW = ".new"
"""Ends the name of a file that is being written; what a pulled stick left so is removed."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@unique
class StickFault(StrEnum):
    """Why a stick cannot be used; a code never changes its meaning."""

    FULL = "STICK_FULL"
    READ_ONLY = "STICK_READ_ONLY"
    GONE = "STICK_GONE"
    """Pulled out, or it fails."""
    BUSY = "STICK_BUSY"
    FOREIGN = "STICK_FOREIGN"
    """A link, a folder, a socket or too large a file stands where one of ours should."""


class StickFolder:
    """An open folder. Every method raises StickFailed; names are single names, not paths."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @contextmanager
    def folder(self, name: str, *, create: bool = False) -> Iterator[StickFolder | None]:
        """Open a folder within; None where it is absent, unless it is to be created."""
        with _told():
            handle = self._descend(name, create=create)
        if handle is None:
            yield None
            return
        try:
            yield StickFolder(handle)
        finally:
            os.close(handle)

    @contextmanager
    def existing(self, name: str) -> Iterator[StickFolder]:
        """Open a folder within, made now where it is absent."""
        with self.folder(name, create=True) as found:
            if found is None:
                raise failed(StickFault.GONE)
            yield found

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes that use the stick out of this folder."""
        with _told():
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise failed(StickFault.BUSY) from error
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def names(self) -> tuple[str, ...]:
        """Return the names of all but folders, in order; of more than MAX_NAMES only so many."""
        return self._listed(folders=False)

    def folders(self) -> tuple[str, ...]:
        """Return the names of the folders within, in order; a link to one is none."""
        return self._listed(folders=True)

    def _listed(self, *, folders: bool) -> tuple[str, ...]:
        with _told(), os.scandir(self._handle) as entries:
            seen = islice(entries, MAX_NAMES)
            return tuple(
                sorted(one.name for one in seen if one.is_dir(follow_symlinks=False) is folders)
            )

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a plain file of at most `limit` bytes, None where there is none."""
        with _told():
            handle = self._open(name)
            if handle is None:
                return None
            with os.fdopen(handle, "rb") as file:
                data = file.read(limit + 1)
        if len(data) > limit:
            raise failed(StickFault.FOREIGN)
        return data

    def holds(self, name: str, size: int, sha256: bytes) -> bool:
        """Return whether a plain file is there with this content (SHA-256, 32 bytes)."""
        try:
            with _told():
                handle = self._open(name)
                if handle is None:
                    return False
                with os.fdopen(handle, "rb") as file:
                    if os.fstat(handle).st_size != size:
                        return False
                    return hashlib.file_digest(file, "sha256").digest() == sha256
        except StickFailed:
            return False

    def write(self, name: str, data: bytes) -> None:
        """Replace a file by `data`, whole or not at all."""
        with _told(), self._replacing(name) as file:
            file.write(data)

    def copy(self, name: str, source: BinaryIO) -> None:
        """Replace a file by all that `source` gives, whole or not at all."""
        with _told(), self._replacing(name) as file:
            while block := source.read(_BLOCK):
                file.write(block)

    def remove(self, name: str) -> None:
        """Remove a file, or a link in its place; one that is absent is no error."""
        with _told(), suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._handle)

    def tidy(self) -> None:
        """Remove what was half written when the stick was pulled."""
        for name in self.names():
            if name.startswith(".") and name.endswith(_NEW):
                self.remove(name)

    def _descend(self, name: str, *, create: bool) -> int | None:
        try:
            return os.open(name, _FOLDER, dir_fd=self._handle)
        except FileNotFoundError:
            if not create:
                return None
        with suppress(FileExistsError):
            os.mkdir(name, mode=0o755, dir_fd=self._handle)
            os.fsync(self._handle)
        return os.open(name, _FOLDER, dir_fd=self._handle)

    def _open(self, name: str) -> int | None:
        # Not blocking, for what lies there may be a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            handle = os.open(name, flags, dir_fd=self._handle)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise failed(StickFault.FOREIGN)
        return handle

    @contextmanager
    def _replacing(self, name: str) -> Iterator[BinaryIO]:
        new = f".{name}{_NEW}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(FileNotFoundError):
            os.unlink(new, dir_fd=self._handle)
        handle = os.open(new, flags, 0o644, dir_fd=self._handle)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(handle)
            os.rename(new, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
        except BaseException:
            with suppress(OSError):
                os.unlink(new, dir_fd=self._handle)
            raise
        os.fsync(self._handle)


@contextmanager
def open_folder(path: Path) -> Iterator[StickFolder]:
    """Open a folder that a person or the mount table named. Raises StickFailed."""
    with _told():
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield StickFolder(handle)
    finally:
        os.close(handle)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the system says of a stick into our error."""
    try:
        yield
    except OSError as error:
        raise failed(_CODES.get(error.errno or 0, StickFault.GONE)) from error


_CODES = {
    errno.ENOSPC: StickFault.FULL,
    errno.EDQUOT: StickFault.FULL,
    errno.EFBIG: StickFault.FULL,
    errno.EROFS: StickFault.READ_ONLY,
    errno.EACCES: StickFault.READ_ONLY,
    errno.EPERM: StickFault.READ_ONLY,
    errno.ELOOP: StickFault.FOREIGN,
    errno.ENOTDIR: StickFault.FOREIGN,
    errno.EISDIR: StickFault.FOREIGN,
    errno.ENXIO: StickFault.FOREIGN,
}
_SENTENCES = {
    StickFault.FULL: (
        "The stick is full; what was copied before is whole.",
        "Remove other files from the stick, or take another one, then copy again.",
    ),
    StickFault.READ_ONLY: (
        "The stick cannot be written to.",
        "Push the stick's lock, or take another one, then try again.",
    ),
    StickFault.GONE: (
        "The stick was pulled out, or it fails.",
        "Plug it in again and do the same once more: it goes on where it was.",
    ),
    StickFault.BUSY: (
        "Another program is using the stick at this moment.",
        "Wait until it has ended, then try again.",
    ),
    StickFault.FOREIGN: (
        "Something else lies on the stick where the terminal's files belong.",
        "Rename the folder `tramthe` on the stick, or take another stick, then try again.",
    ),
}


def failed(fault: StickFault) -> StickFailed:
    """Return the error that says so and what to do."""
    message, next_step = _SENTENCES[fault]
    return StickFailed(message, next_step=next_step, fault=fault.value)
