"""A log that nobody keeps, for practice: a folder of its own, keys of its own, gone when closed.

Lives here: the folder and the keys. Not here: the log (`append`), what is practised.

It lies in memory where the system has such a place, so that not even a power cut leaves anything;
its contexts are sealed to a key that nobody has, and nothing of it is ever sent.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.log.append import EventLog
from edge.log.keys import WRAP_KEY_SIZE

_MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it, mode 0700
_NOBODY = "practice"


class ScratchLog(EventLog):
    """A log for one practice meeting of a terminal."""

    def __init__(self, terminal: str) -> None:
        inside = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="tramthe-practice-", dir=inside))
        super().__init__(
            self._folder / "log.sqlite", terminal, os.urandom(WRAP_KEY_SIZE), (_NOBODY, _key())
        )

    def close(self) -> None:
        """Let the log go, and all that was written to it."""
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _key() -> bytes:
    """Return a public seal key whose private half is forgotten at once."""
    kem = MLKEM768PrivateKey.generate().public_key().public_bytes_raw()
    return kem + X25519PrivateKey.generate().public_key().public_bytes_raw()
