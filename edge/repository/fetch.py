"""Where the repository's bytes come from: a web server, or a folder on a stick.

Lives here: fetching by name, with every failure as an error of ours. Not here: whether the bytes
are the right ones (`client`). Both ways carry the same bytes under the same names, and neither is
believed for anything.

A target goes on where its file ends. Over the network it comes in slices: each has a deadline,
and one that brought less than LEAST ends the pass, so that a server which drips is left. From a
folder nothing is taken but a plain file of the right size under its exact name; a link is no
file, at any depth, and what else lies there is never looked at.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from edge.errors import CentreRefused, CentreUnreachable, RepositoryRefused, RepositoryUnreachable
from edge.net.download import Downloads
from edge.net.tls import Tls
from edge.repository.names import METADATA, TARGETS, Target

MAX_METADATA = 512 * 1024  # bytes of one metadata file
METADATA_SECONDS = 60.0  # for one metadata file
SLICE_SECONDS = 60.0  # for one slice of a target
LEAST = 16 * 1024  # bytes that a slice must bring, or the pass ends
_BLOCK = 64 * 1024  # bytes copied at a time
_OK, _PARTIAL, _NO_SUCH_RANGE = 200, 206, 416
_ABSENT = frozenset({403, 404})
"""As the TUF client takes them: there is no such file."""

_NO_FILE = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR})
"""A link, a file where a folder should be, a socket."""

NOT_THERE = "TARGET_NOT_THERE"
FOREIGN = "FOREIGN_ANSWER"


class Source(Protocol):
    """Where metadata and targets are fetched from."""

    def metadata(self, name: str) -> bytes | None:
        """Return a metadata file of at most MAX_METADATA, None where there is none.

        Raises RepositoryUnreachable, RepositoryRefused (too large, not a file).
        """

    def target(self, target: Target, out: BinaryIO) -> None:
        """Bring `out` to the target's length, going on where it ends; the bytes are unchecked.

        Raises RepositoryUnreachable, RepositoryRefused, OSError of `out`.
        """

    def close(self) -> None:
        """Let go of the connection."""


class HttpSource:
    """A web server's folder, over HTTPS or HTTP. `slice_seconds` and `least` bound slowness."""

    def __init__(
        self,
        url: str,
        *,
        tls: Tls | None = None,
        slice_seconds: float = SLICE_SECONDS,
        least: int = LEAST,
    ) -> None:
        self._url = url.rstrip("/")
        self._slice = slice_seconds
        self._least = least
        self._downloads = Downloads(tls)

    def metadata(self, name: str) -> bytes | None:
        """Return a metadata file, as `Source.metadata`."""
        out = io.BytesIO()
        deadline = min(METADATA_SECONDS, self._slice)
        try:
            status = self._downloads.get(
                f"{self._url}/{METADATA}/{name}", out, deadline=deadline, max_bytes=MAX_METADATA
            )
        except CentreUnreachable as error:
            raise unreachable() from error
        except CentreRefused as error:
            raise _foreign() from error
        return out.getvalue() if _answered(status) else None

    def target(self, target: Target, out: BinaryIO) -> None:
        """Fetch a target in slices, as `Source.target`."""
        have = out.seek(0, 2)
        if have > target.length:
            have = out.truncate(0)
        while have < target.length:
            before = have
            failure: CentreUnreachable | None = None
            try:
                if not self._slice_of(target, out):
                    raise _not_there(target)
            except CentreUnreachable as error:
                failure = error
            except CentreRefused as error:
                raise _foreign() from error
            have = out.seek(0, 2)
            if have - before < min(self._least, target.length - before):
                raise unreachable() from failure

    def close(self) -> None:
        """End the connection."""
        self._downloads.close()

    def _slice_of(self, target: Target, out: BinaryIO) -> bool:
        url = f"{self._url}/{TARGETS}/{target.place}"
        status = self._downloads.get(url, out, deadline=self._slice, max_bytes=target.length)
        if status == _NO_SUCH_RANGE:
            out.truncate(0)  # there the file is shorter than what we have of it: from zero again
            raise _foreign()
        return _answered(status)


class FolderSource:
    """A folder that holds what the web server's would: on a stick, or the office's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def metadata(self, name: str) -> bytes | None:
        """Return a metadata file, as `Source.metadata`."""
        with self._opened(f"{METADATA}/{name}") as found:
            if found is None:
                return None
            file, _ = found
            data = _read(file, MAX_METADATA + 1)
        if len(data) > MAX_METADATA:
            raise _foreign()
        return data

    def target(self, target: Target, out: BinaryIO) -> None:
        """Copy a target, as `Source.target`."""
        with self._opened(f"{TARGETS}/{target.place}") as found:
            if found is None:
                raise _not_there(target)
            file, size = found
            if size != target.length:
                raise _foreign()
            have = out.seek(0, 2)
            if have > size:
                have = out.truncate(0)
            out.seek(have)
            _seek(file, have)
            while have < size:
                block = _read(file, min(_BLOCK, size - have))
                if not block:
                    raise unreachable()
                out.write(block)
                have += len(block)

    def close(self) -> None:
        """Nothing is held open between files."""

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[BinaryIO, int] | None]:
        """Open a plain file below the folder, without following any link; None: there is none."""
        *folders, last = name.split("/")
        handles: list[int] = []
        try:
            try:
                handles.append(os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            except OSError as error:
                raise unreachable() from error
            file = _file_below(handles, folders, last)
            if file is None:
                yield None
                return
            with file:
                yield file, os.fstat(file.fileno()).st_size
        finally:
            for handle in handles:
                os.close(handle)


def _file_below(handles: list[int], folders: list[str], last: str) -> BinaryIO | None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        for folder in folders:
            handles.append(os.open(folder, flags | os.O_DIRECTORY, dir_fd=handles[-1]))
        # Not blocking, for what lies there may be a pipe.
        handle = os.open(last, flags | os.O_NONBLOCK, dir_fd=handles[-1])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _foreign() if error.errno in _NO_FILE else unreachable() from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _foreign()
    return os.fdopen(handle, "rb", buffering=0)


def _read(file: BinaryIO, size: int) -> bytes:
    """Return up to `size` bytes; a stick that was pulled is unreachable, like a server."""
    found = bytearray()
    try:
        while len(found) < size and (block := file.read(size - len(found))):
            found += block
    except OSError as error:
        raise unreachable() from error
    return bytes(found)


def _seek(file: BinaryIO, at: int) -> None:
    try:
        file.seek(at)
    except OSError as error:
        raise unreachable() from error


def _answered(status: int) -> bool:
    if status in (_OK, _PARTIAL):
        return True
    if status in _ABSENT:
        return False
    raise RepositoryUnreachable(
        f"The repository's server is not ready (HTTP {status}).",
        next_step="Nothing is lost: it is tried again by itself.",
    )


def unreachable() -> RepositoryUnreachable:
    """Return the error of a source that gives nothing, or too slowly."""
    return RepositoryUnreachable(
        "The repository does not answer, or the line broke.",
        next_step="What came is kept and gone on with. Check the network, or plug the stick in.",
    )


def _foreign() -> RepositoryRefused:
    return RepositoryRefused(
        "What lies at the repository's address is something else: a login page, a link, a file of"
        " another size.",
        next_step="Check the address or the stick; what is held stays in force.",
        fault=FOREIGN,
    )


def _not_there(target: Target) -> RepositoryRefused:
    return RepositoryRefused(
        f"The repository names {target.path} and does not hold it.",
        next_step="Tell the office, or copy the stick anew; what is held stays in force.",
        fault=NOT_THERE,
    )
