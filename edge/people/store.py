"""The file of PINs, tries and recovery: sealed in the identity folder, written before it counts.

Lives here: the one place of `edge.people` that touches the disk. Not here: what the records mean
(`records`), the seal (`edge.wrapped`).

    people.sealed   the JSON of `Records`, sealed under the terminal's wrap key
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import PeopleNotKept, SealBroken
from edge.people.records import MAX_BYTES, Records, damaged
from edge.wrapped import WrappedFile

FILE = "people.sealed"
LABEL = b"tramthe-people-v1"


class PeopleFile:
    """The file of one identity folder. Any number of processes share it.

    `wrap_key`: the terminal's own; None where it is lost, then nothing opens.
    """

    def __init__(
        self,
        folder: Path,
        wrap_key: bytes | None,
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._folder = folder
        self._file = WrappedFile(folder / FILE, wrap_key, label=LABEL, max_bytes=MAX_BYTES, rng=rng)
        self._lock = threading.RLock()

    def read(self) -> Records:
        """Return the records, empty where there never were any. Raises PeopleDamaged."""
        try:
            opened = self._file.read()
        except SealBroken as error:
            raise damaged() from error
        return Records() if opened is None else Records.from_bytes(opened)

    @contextmanager
    def alone(self) -> Iterator[Records]:
        """Keep others from writing, and give the records as they are. Raises PeopleDamaged."""
        with self._lock:
            try:
                handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError as error:
                raise damaged() from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield self.read()
            finally:
                os.close(handle)

    def keep(self, records: Records) -> None:
        """Write the records durably; within `alone`. Raises PeopleNotKept: nothing is changed."""
        try:
            self._file.keep(records.to_bytes())
        except SealBroken as error:
            raise damaged() from error
        except OSError as error:
            raise PeopleNotKept(
                "The terminal's disk takes nothing, so no PIN can be tried or set.",
                next_step="Free the disk or make it writable; a committee member's card still"
                " opens the desk.",
            ) from error

    def start_over(self) -> None:
        """Forget every PIN and the recovery secret: for the console, where nothing opens."""
        self._file.forget()
