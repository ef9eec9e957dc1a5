"""An operator's password: what may be one, and what is kept of it.

Lives here: the form, the derivation, the comparison. Not here: how often somebody may try
(`tries`), where the record lies (`accounts`). Sources: scrypt, RFC 7914; NIST SP 800-63B section
3.1.1 (length rather than classes of characters, NFC before hashing).

One derivation takes 32 MiB and some tenths of a second, so a process does two at a time: whoever
asks for many only waits.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import threading
import unicodedata
from collections.abc import Callable
from enum import Enum, auto

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from provisioning.errors import PasswordUnfit

MIN_LENGTH = 12  # characters
MAX_LENGTH = 128  # characters; longer is no stronger, only slower
FEWEST_DIFFERENT = 6
SALT_SIZE = 16  # bytes
KEY_SIZE = 32  # bytes
N, R, P = 2**15, 8, 2
"""Memory is 128 * N * R bytes, work grows with N * R * P."""
AT_ONCE = 2
_MAX_N, _MAX_R, _MAX_P = 2**17, 8, 4  # of a record that is read
_RECORD = re.compile(r"scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})", re.ASCII)
_turn = threading.BoundedSemaphore(AT_ONCE)


class PasswordFault(Enum):
    """Why characters cannot be a password."""

    LENGTH = auto()
    SIMPLE = auto()
    NAME = auto()


_SENTENCES = {
    PasswordFault.LENGTH: f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.",
    PasswordFault.SIMPLE: f"A password has at least {FEWEST_DIFFERENT} different characters.",
    PasswordFault.NAME: "A password does not contain the operator's name.",
}


def fault_of(password: str, name: str) -> PasswordFault | None:
    """Return why these characters cannot be this operator's password, None where they can."""
    text = unicodedata.normalize("NFC", password)
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        return PasswordFault.LENGTH
    if len(set(text.casefold())) < FEWEST_DIFFERENT:
        return PasswordFault.SIMPLE
    if name.casefold() in text.casefold():
        return PasswordFault.NAME
    return None


def make(password: str, name: str, rng: Callable[[int], bytes] = os.urandom) -> str:
    """Return the record of a new password. Raises PasswordUnfit."""
    fault = fault_of(password, name)
    if fault is not None:
        raise PasswordUnfit(_SENTENCES[fault], next_step="Choose another one.")
    salt = rng(SALT_SIZE)
    return f"scrypt${N}${R}${P}${_text(salt)}${_text(_derive(password, salt, N, R, P))}"


def matches(password: str, record: str | None) -> bool:
    """Return whether this is the password of a record; as long for any other, and for none."""
    found = _RECORD.fullmatch(record or "")
    if found is None:
        _derive(password, bytes(SALT_SIZE), N, R, P)
        return False
    n, r, p = (int(found[part]) for part in (1, 2, 3))
    if n > _MAX_N or n & (n - 1) or r > _MAX_R or p > _MAX_P:
        return False
    return hmac.compare_digest(_derive(password, _bytes(found[4]), n, r, p), _bytes(found[5]))


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    text = unicodedata.normalize("NFC", password[:MAX_LENGTH])
    with _turn:
        return Scrypt(salt=salt, length=KEY_SIZE, n=n, r=r, p=p).derive(text.encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
