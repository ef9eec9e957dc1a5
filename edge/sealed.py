"""Lists of people on disk: each sealed under a key of its own, which can be forgotten.

Lives here: the two files of a list, `NAME.sealed` and `NAME-ID.key`; which lists there are: the
organisation's roster, and the batch of cards that is handed over. Not here: what a list says
(`edge.meeting.roster`, `edge.procedure.handover_batch`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import SealBroken
from edge.files import erase_file, replace_file

NONCE_SIZE = 12  # bytes, AES-GCM
KEY_SIZE = 32  # bytes, AES-256
KEY_ID_SIZE = 8  # bytes before the nonce: which key file opens the roster


class SealedFile:
    """One sealed list of a folder. `label`: additional data, so that none stands for another."""

    def __init__(self, folder: Path, name: str, label: bytes) -> None:
        self._folder = folder
        self._name = name
        self._label = label
        self._sealed = folder / f"{name}.sealed"

    def read(self) -> bytes | None:
        """Return the opened list's bytes, None where there is none. Raises SealBroken, OSError."""
        try:
            sealed = self._sealed.read_bytes()
            key = self._key(sealed[:KEY_ID_SIZE]).read_bytes()
        except FileNotFoundError:
            return None
        nonce, body = sealed[KEY_ID_SIZE:][:NONCE_SIZE], sealed[KEY_ID_SIZE + NONCE_SIZE :]
        try:
            opened = AESGCM(key).decrypt(nonce, body, self._label)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                f"The {self._name} on this terminal does not open.",
                next_step="Load the list from the organisation's office again.",
            ) from error
        return opened

    def keep(self, data: bytes, rng: Callable[[int], bytes] = os.urandom) -> None:
        """Seal the list under a fresh key, and forget the key of the one before.

        Raises OSError; then, as after a power cut, the list before still opens.
        """
        key_id, key, nonce = rng(KEY_ID_SIZE), rng(KEY_SIZE), rng(NONCE_SIZE)
        sealed = key_id + nonce + AESGCM(key).encrypt(nonce, data, self._label)
        replace_file(self._key(key_id), key)
        replace_file(self._sealed, sealed)
        for old in self._keys():
            if old != self._key(key_id):
                old.unlink()

    def forget(self) -> None:
        """Destroy the list's key, and with it the list; harmless when repeated.

        Raises OSError.
        """
        for key in self._keys():
            erase_file(key)
        self._sealed.unlink(missing_ok=True)

    def _keys(self) -> Iterator[Path]:
        return self._folder.glob(f"{self._name}-*.key")

    def _key(self, key_id: bytes) -> Path:
        return self._folder / f"{self._name}-{key_id.hex()}.key"


def roster_file(folder: Path) -> SealedFile:
    """Return the standing roster of the organisation."""
    return SealedFile(folder, "roster", b"tramthe-roster-v1")


def batch_file(folder: Path) -> SealedFile:
    """Return the batch of cards that is handed over."""
    return SealedFile(folder, "batch", b"tramthe-batch-v1")
