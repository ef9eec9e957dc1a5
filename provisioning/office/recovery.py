"""The office's recovery key on disk: one secret, from which each terminal's follows.

Lives here: its file, 64 hexadecimal digits. Not here: what follows from it
(`edge.people.recovery`). Whoever has it can set a PIN at every terminal that the office
provisioned.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from edge.people.recovery import KEY_SIZE
from provisioning.errors import OfficeInputInvalid


def make_key(path: Path, rng: Callable[[int], bytes] = os.urandom) -> bytes:
    """Make a new key in a new file and return it. Raises OfficeInputInvalid, OSError."""
    key = rng(KEY_SIZE)
    try:
        write_new(path, key.hex().encode() + b"\n")
    except FileExistsError as error:
        raise OfficeInputInvalid(
            f"{path} stands already, and keys are never overwritten.",
            next_step="Use the key that lies there, or name a new file.",
        ) from error
    return key


def load_key(path: Path) -> bytes:
    """Return the key of a file. Raises OfficeInputInvalid, OSError."""
    with path.open("rb") as file:
        text = file.read(4 * KEY_SIZE)
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_SIZE:
        raise OfficeInputInvalid(
            f"{path} is not an office's recovery key.",
            next_step="Give the file that `tramthe people new-recovery-key` made.",
        )
    return key


def write_new(path: Path, data: bytes) -> None:
    """Create a file that only its owner reads; FileExistsError where it stands, OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
