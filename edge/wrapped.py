"""A small file of the terminal's own, sealed under its wrap key: the old one or the new one.

Lives here: seal, read, replace. Not here: what such a file says (`edge.people.records`,
`edge.procedure.pairing`). The key follows from the wrap key and the label, so that a file says
nothing away from its terminal, and neither a copy from another one nor a file of another kind
opens.

    nonce (12 bytes), then AES-256-GCM over the content, the label as additional data
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import SealBroken
from edge.files import replace_file

NONCE_SIZE = 12  # bytes, AES-GCM
KEY_SIZE = 32  # bytes, AES-256


class WrappedFile:
    """One file. `wrap_key`: the terminal's own; None where it is lost, then nothing opens."""

    def __init__(
        self,
        path: Path,
        wrap_key: bytes | None,
        *,
        label: bytes,
        max_bytes: int,
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._path = path
        self._label = label
        self._max_bytes = max_bytes
        self._rng = rng
        self._aead = None if wrap_key is None else AESGCM(_derive(wrap_key, label))

    def read(self) -> bytes | None:
        """Return the content, None where there never was any. Raises SealBroken."""
        aead = self._opener()
        try:
            with self._path.open("rb") as file:
                data = file.read(self._max_bytes + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _broken(f"It cannot be read ({error.strerror}).") from error
        if len(data) > self._max_bytes:
            raise _broken("It is too large.")
        try:
            return aead.decrypt(data[:NONCE_SIZE], data[NONCE_SIZE:], self._label)
        except (InvalidTag, ValueError) as error:
            raise _broken("It was altered, or is of another terminal.") from error

    def keep(self, data: bytes) -> None:
        """Replace the content durably. Raises SealBroken, OSError: then nothing is changed."""
        nonce = self._rng(NONCE_SIZE)
        replace_file(self._path, nonce + self._opener().encrypt(nonce, data, self._label))

    def forget(self) -> None:
        """Remove the file; one that is absent is no error. Raises OSError."""
        self._path.unlink(missing_ok=True)

    def _opener(self) -> AESGCM:
        if self._aead is None:
            raise _broken("The terminal's wrap key is lost.")
        return self._aead


def _derive(wrap_key: bytes, label: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_SIZE, salt=None, info=label).derive(wrap_key)


def _broken(why: str) -> SealBroken:
    return SealBroken(
        f"A sealed file of this terminal does not open. {why}",
        next_step="Restore the identity folder, or begin that file anew.",
    )
