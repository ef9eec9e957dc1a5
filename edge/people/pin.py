"""A PIN: what may be one, and what is kept of it.

Lives here: the form, the derivation, the comparison. Not here: how often somebody may try
(`lockout`), where the record lies (`store`). Source: scrypt, RFC 7914.

Six digits are twenty bits: the lock-out keeps a guesser out, not the derivation. What scrypt
adds is that a stolen disk gives no PIN at a glance; the record lies sealed besides.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum, unique
from itertools import pairwise

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge.errors import PinUnfit

MIN_DIGITS = 6
MAX_DIGITS = 12
FEWEST_DIFFERENT = 3
"""111111 and 121212 are guessed first."""
SALT_SIZE = 16  # bytes
KEY_SIZE = 32  # bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """The parameters of scrypt. Memory is 128 * n * r bytes, work grows with n * r * p."""

    n: int
    r: int
    p: int

    def __post_init__(self) -> None:
        """Refuse a cost that a terminal could not pay: ValueError."""
        powers = self.n >= 2 and self.n & (self.n - 1) == 0
        if not powers or not 1 <= self.p <= MAX_PASSES or self.r < 1 or self.memory > MAX_MEMORY:
            raise ValueError("a cost of scrypt that is not allowed")

    @property
    def memory(self) -> int:
        """Return the bytes that one derivation holds."""
        return 128 * self.n * self.r


MAX_MEMORY = 32 * 1024 * 1024  # bytes; the whole terminal lives in 100 MB
MAX_PASSES = 16
COST = Cost(n=2**14, r=8, p=3)
"""16 MiB, one derivation at a time. Three passes take a tenth of a second on a desktop and less
than a second on the slowest board (Cortex-A53), where a person waits for the desk to open."""


@unique
class PinFault(StrEnum):
    """Why digits cannot be a PIN."""

    DIGITS = "PIN_DIGITS"
    LENGTH = "PIN_LENGTH"
    SIMPLE = "PIN_SIMPLE"


_SENTENCES = {
    PinFault.DIGITS: "A PIN has digits only.",
    PinFault.LENGTH: f"A PIN has {MIN_DIGITS} to {MAX_DIGITS} digits.",
    PinFault.SIMPLE: "This PIN is guessed first: too few different digits, or a run.",
}


@dataclass(frozen=True, slots=True)
class PinRecord:
    """What is kept of a PIN."""

    cost: Cost
    salt: bytes = field(repr=False)
    key: bytes = field(repr=False)

    def matches(self, pin: str) -> bool:
        """Return whether this is the PIN; the same time for any other."""
        return hmac.compare_digest(_derive(pin, self.salt, self.cost), self.key)


def fault_of(pin: str) -> PinFault | None:
    """Return why these characters cannot be a PIN, None where they can."""
    if not (pin.isascii() and pin.isdigit()):
        return PinFault.DIGITS
    if not MIN_DIGITS <= len(pin) <= MAX_DIGITS:
        return PinFault.LENGTH
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(set(pin)) < FEWEST_DIFFERENT or steps <= {1} or steps <= {9}:
        return PinFault.SIMPLE
    return None


def check(pin: str) -> None:
    """Raise PinUnfit for characters that cannot be a PIN."""
    fault = fault_of(pin)
    if fault is not None:
        raise PinUnfit(_SENTENCES[fault], next_step="Choose another one.", fault=fault.value)


def make(pin: str, cost: Cost = COST, rng: Callable[[int], bytes] = os.urandom) -> PinRecord:
    """Return the record of a new PIN. Raises PinUnfit."""
    check(pin)
    salt = rng(SALT_SIZE)
    return PinRecord(cost, salt, _derive(pin, salt, cost))


def _derive(pin: str, salt: bytes, cost: Cost) -> bytes:
    scrypt = Scrypt(salt=salt, length=KEY_SIZE, n=cost.n, r=cost.r, p=cost.p)
    return scrypt.derive(pin.encode())
