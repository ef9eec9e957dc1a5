"""The chip's passwords: which it has, and what wrong guesses cost.

Lives here: password encodings, the tries with the CAN, the wait after a wrong guess. Not here:
the protocols that use a password (`pace`, `bac`).
Sources: Doc 9303-11 sections 4.4.4.1 (tag 83) and 9.7.3 (encodings); TR-03110-3 section B.11.1
(63Cx, suspended, blocked).
"""

from __future__ import annotations

import hashlib
from enum import IntEnum, unique

from provisioning.softcard.command import SW
from provisioning.softcard.image import Access

SUSPENDED_AT = 1  # tries left


@unique
class PasswordReference(IntEnum):
    """Values of tag 83 in MSE:Set AT."""

    MRZ = 1
    CAN = 2


class TryCounter:
    """Tries left with the CAN. It outlives power-off, as in a chip's permanent memory."""

    def __init__(self, limit: int | None, left: int | None = None) -> None:
        self._limit = limit
        self.left = limit if left is None else left

    def wrong(self) -> None:
        """Take one try away."""
        if self.left:
            self.left -= 1

    def restore(self) -> None:
        """Give all tries back."""
        self.left = self._limit

    @property
    def used(self) -> bool:
        """Return whether a try is missing."""
        return self.left != self._limit

    def refusal(self) -> SW | None:
        """Return why the CAN may not be tried now: blocked, or suspended until the MRZ opens."""
        if self.left == 0:
            return SW.METHOD_BLOCKED
        if self.used and self.left == SUSPENDED_AT:
            return SW.CONDITIONS_NOT_SATISFIED
        return None


class Passwords:
    """What a chip can be opened with, and the memory of wrong guesses."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._tries = TryCounter(access.can_tries, access.can_tries_left)
        self._last_was_wrong = False

    def secret(self, reference: PasswordReference) -> bytes | None:
        """Return f(password) (table 14), None for a password that the chip has not."""
        access = self._access
        if reference is PasswordReference.CAN:
            return None if access.can is None else access.can.encode("latin-1")
        if access.mrz_information is None:
            return None
        return hashlib.sha1(
            access.mrz_information.encode("latin-1"), usedforsecurity=False
        ).digest()

    def warning(self, reference: PasswordReference) -> int:
        """Return the status of choosing this password: 63Cx where tries are missing."""
        if reference is PasswordReference.CAN and self._tries.used:
            return SW.TRIES_LEFT | (self._tries.left or 0)
        return SW.OK

    def refusal(self, reference: PasswordReference) -> SW | None:
        """Return why this password may not be tried now."""
        return self._tries.refusal() if reference is PasswordReference.CAN else None

    @property
    def delay(self) -> float:
        """Return how many seconds the chip lets pass before the next guess."""
        return self._access.wrong_delay if self._last_was_wrong else 0.0

    def wrong(self, reference: PasswordReference) -> None:
        """Remember a wrong guess."""
        self._last_was_wrong = True
        if reference is PasswordReference.CAN:
            self._tries.wrong()

    def right(self) -> None:
        """Forget the wrong guesses: whoever knows either password holds the card."""
        self._last_was_wrong = False
        self._tries.restore()
