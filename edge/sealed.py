"""The roster on disk: sealed under a key of its own, which the terminal can be made to forget.

Lives here: its two files, `roster.sealed` and `roster-ID.key`. Not here: what a roster says
(`edge.meeting.roster`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import SealBroken
from edge.files import erase_file, replace_file

NONCE_SIZE = 12  # bytes, AES-GCM
KEY_SIZE = 32  # bytes, AES-256
KEY_ID_SIZE = 8  # bytes before the nonce: which key file opens the roster
ROSTER_LABEL = b"tramthe-roster-v1"
"""Additional data of the sealed roster."""

_ROSTER = "roster.sealed"
_ROSTER_KEYS = "roster-*.key"


class RosterFile:
    """The sealed roster of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> bytes | None:
        """Return the opened roster's bytes, None where there is none. Raises SealBroken."""
        try:
            sealed = (self._folder / _ROSTER).read_bytes()
            key = self._key(sealed[:KEY_ID_SIZE]).read_bytes()
        except FileNotFoundError:
            return None
        nonce, body = sealed[KEY_ID_SIZE:][:NONCE_SIZE], sealed[KEY_ID_SIZE + NONCE_SIZE :]
        try:
            opened = AESGCM(key).decrypt(nonce, body, ROSTER_LABEL)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                "The roster on this terminal does not open.",
                next_step="Load the organisation's roster again.",
            ) from error
        return opened

    def keep(self, data: bytes, rng: Callable[[int], bytes] = os.urandom) -> None:
        """Seal the roster under a fresh key, and forget the key of the one before.

        Raises OSError; then, as after a power cut, the roster before still opens.
        """
        key_id, key, nonce = rng(KEY_ID_SIZE), rng(KEY_SIZE), rng(NONCE_SIZE)
        sealed = key_id + nonce + AESGCM(key).encrypt(nonce, data, ROSTER_LABEL)
        replace_file(self._key(key_id), key)
        replace_file(self._folder / _ROSTER, sealed)
        for old in self._folder.glob(_ROSTER_KEYS):
            if old != self._key(key_id):
                old.unlink()

    def forget(self) -> None:
        """Destroy the roster's key, and with it the roster; harmless when repeated.

        Raises OSError.
        """
        for key in self._folder.glob(_ROSTER_KEYS):
            erase_file(key)
        (self._folder / _ROSTER).unlink(missing_ok=True)

    def _key(self, key_id: bytes) -> Path:
        return self._folder / _ROSTER_KEYS.replace("*", key_id.hex())
