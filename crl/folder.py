"""The store's folder: its files, and the one order in which they are written.

Lives here: which file is which, the lock between processes, writing and replacing. Not here: what
the files mean (`state`, `held`, `index`), which lists are taken (`store`).

One DER file and one index per list in force, named by the digest of its key and the start of its
fingerprint, and `state.json`, which says which are in force and remembers their numbers. A new
list and its index are written beside the old ones, under names of their own until they are whole;
replacing `state.json` is the one step that puts them in force. So whenever the power fails, what
was in force or what is new is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from crl import parse, state
from crl.der import malformed
from crl.errors import StoreUnwritable
from crl.index import IndexWriter, Table
from crl.ingest import ingest
from crl.parse import Outline
from crl.rules import Hasher, ListKey, Part, Remembered
from crl.source import OpenFile, Source

_STATE = "state.json"
_LOCK = "lock"
_LIST = ".crl"
_INDEX = ".idx"
_TEMPORARY = ".tmp"
SPOOL = 12 * 1024 * 1024  # octets of records that are kept in memory while an index is made
_NEW = "new"
"""Name of a list and its index while they are made; one process at a time makes any."""


class Folder:
    """The files of one store; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = os.fspath(path / _STATE)  # asked for at every look-up
        self._reading = threading.Lock()  # guards the two below
        self._seen: tuple[int, int, int] | None = None
        self._memory: Mapping[ListKey, Remembered] = {}

    def remembered(self) -> Mapping[ListKey, Remembered]:
        """Return the state file's memory, read again only where the file is another one.

        Raises StoreDamaged.
        """
        try:
            stat = os.stat(self._state)
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if stamp == self._seen:
                return self._memory
            with self._reading:
                memory = state.decode(Path(self._state).read_bytes())
                self._memory, self._seen = memory, stamp
        except (FileNotFoundError, NotADirectoryError):
            if any(self._path.glob("*" + _LIST)):
                raise state.damaged("its state file is missing") from None
            return {}
        except OSError as error:
            raise state.damaged(f"its state file cannot be read ({error.strerror})") from error
        return memory

    def list_path(self, key: ListKey, part: Part) -> Path:
        """Return the DER file of a list in force."""
        return self._path / (_stem(key, part) + _LIST)

    def index_path(self, key: ListKey, part: Part) -> Path:
        """Return the index file of a list in force."""
        return self._path / (_stem(key, part) + _INDEX)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes from writing into this folder meanwhile.

        What an interrupted one left behind is swept. Raises StoreUnwritable.
        """
        with _writing():
            self._path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with _writing():
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._sweep()
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def make(
        self, found: Outline, source: Source, hasher: Hasher, *, copy: bool = True
    ) -> Iterator[Made]:
        """Go over a whole list, write it and its records beside what is in force.

        `exclusive` is held. What was made is gone afterwards unless it was put in place. Raises
        what `ingest` raises, StoreUnwritable.
        """
        try:
            # Closing writes what is still buffered, so it may fail as writing does.
            with _writing(), ExitStack() as stack:
                out = stack.enter_context(self._temporary(_LIST)) if copy else None
                index = stack.enter_context(self._temporary(_INDEX))
                spill = stack.enter_context(
                    tempfile.SpooledTemporaryFile(SPOOL, dir=os.fspath(self._path))
                )
                writer = IndexWriter(spill)
                ingest(found, source, hasher, writer.add, out)
                yield Made(self._path, found, writer, out, index)
        finally:
            with suppress(OSError):
                self._sweep()

    def take_over(
        self, made: Made, key: ListKey, new: Part, memory: Mapping[ListKey, Remembered]
    ) -> None:
        """Put what was made in force: `memory` with `new` under `key`. Raises StoreUnwritable."""
        with _writing():
            if not Path(self._state).exists():  # list files without one mean a lost memory: first
                self._replace_state({})
            made.put(self.list_path(key, new), self.index_path(key, new))
            self._replace_state(memory)
        in_force = {
            path
            for one, item in memory.items()
            for part in item.parts
            for path in (self.list_path(one, part), self.index_path(one, part))
        }
        for suffix in (_LIST, _INDEX):
            for old in self._path.glob("*" + suffix):
                if old not in in_force:
                    with suppress(OSError):  # harmless where it stays: nothing names it
                        old.unlink()

    def remember(self, memory: Mapping[ListKey, Remembered]) -> None:
        """Replace what is remembered of the lists in force, which stay. Raises StoreUnwritable."""
        with _writing():
            self._replace_state(memory)

    def _temporary(self, suffix: str) -> BinaryIO:
        return (self._path / (_NEW + suffix + _TEMPORARY)).open("w+b")

    def _sweep(self) -> None:
        for leftover in self._path.glob("*" + _TEMPORARY):
            leftover.unlink(missing_ok=True)

    def _replace_state(self, memory: Mapping[ListKey, Remembered]) -> None:
        with self._temporary(_STATE) as file:
            file.write(state.encode(memory.values()))
            _sync(file)
            os.replace(file.name, self._state)
        _sync_folder(self._path)


class Made:
    """A list and its index on disk, not in force yet."""

    def __init__(
        self,
        path: Path,
        outline: Outline,
        writer: IndexWriter,
        out: BinaryIO | None,
        index: BinaryIO,
    ) -> None:
        self._path = path
        self.outline = outline
        self._writer = writer
        self._out = out
        self._index = index

    def finish(self) -> Table:
        """Write the index and return its table; once. Raises ListMalformed, StoreUnwritable.

        To be called when the signature has been checked.
        """
        with _writing():
            table = self._writer.finish(self._index, self.outline.header.fingerprint)
            _sync(self._index)
            if self._out is not None:
                _sync(self._out)
                if parse.outline(OpenFile(Path(self._out.name))) != self.outline:
                    raise malformed("it changed while it was read")
        return table

    def put(self, list_path: Path, index_path: Path) -> None:
        """Give the files their lasting names. Raises StoreUnwritable."""
        with _writing():
            if self._out is not None:
                os.replace(self._out.name, list_path)
            os.replace(self._index.name, index_path)
            _sync_folder(self._path)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(
            f"The revocation list could not be stored ({error.strerror}).",
            next_step="Free space on the disk or make it writable, then import the list again.",
        ) from error


def _stem(key: ListKey, part: Part) -> str:
    digest = hashlib.sha256()
    for text in (key.purpose.value.encode(), key.issuer, (key.scope or "").encode()):
        digest.update(len(text).to_bytes(4, "big") + text)
    return f"{digest.hexdigest()}-{part.fingerprint.hex()[:16]}"
