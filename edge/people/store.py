"""The file of PINs, tries and recovery: sealed in the identity folder, written before it counts.

Lives here: the one place of `edge.people` that touches the disk. Not here: what the records mean
(`records`). The key follows from the terminal's wrap key, so the file says nothing away from its
terminal, and a copy from another one does not open.

    people.sealed   nonce, then AES-256-GCM over the JSON of `Records`
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import PeopleNotKept
from edge.files import replace_file
from edge.people.records import MAX_BYTES, Records, damaged

FILE = "people.sealed"
LABEL = b"tramthe-people-v1"
NONCE_SIZE = 12  # bytes, AES-GCM
KEY_SIZE = 32  # bytes, AES-256


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
        self._path = folder / FILE
        self._aead = None if wrap_key is None else AESGCM(_derive(wrap_key))
        self._rng = rng
        self._lock = threading.RLock()

    def read(self) -> Records:
        """Return the records, empty where there never were any. Raises PeopleDamaged."""
        if self._aead is None:
            raise damaged()
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return Records()
        except OSError as error:
            raise damaged() from error
        if len(data) > MAX_BYTES:
            raise damaged()
        try:
            opened = self._aead.decrypt(data[:NONCE_SIZE], data[NONCE_SIZE:], LABEL)
        except (InvalidTag, ValueError) as error:
            raise damaged() from error
        return Records.from_bytes(opened)

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
        if self._aead is None:
            raise damaged()
        nonce = self._rng(NONCE_SIZE)
        sealed = nonce + self._aead.encrypt(nonce, records.to_bytes(), LABEL)
        try:
            replace_file(self._path, sealed)
        except OSError as error:
            raise PeopleNotKept(
                "The terminal's disk takes nothing, so no PIN can be tried or set.",
                next_step="Free the disk or make it writable; a committee member's card still"
                " opens the desk.",
            ) from error

    def start_over(self) -> None:
        """Forget every PIN and the recovery secret: for the console, where nothing opens."""
        self._path.unlink(missing_ok=True)


def _derive(wrap_key: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_SIZE, salt=None, info=LABEL).derive(wrap_key)
