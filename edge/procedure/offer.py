"""One offer to pair a page: what the terminal shows, how often it may be tried, for how long.

Lives here: a pure rule; times are monotonic seconds. Not here: who keeps the one offer
(`pairings`), the page that shows it (`edge.web.pairing`).

Code and PIN are 60 bits together, and three wrong tries end the offer: nobody guesses them.
Whoever reads both off the screen may still be quicker than the page they were meant for; so the
answer to the right ones is a token that opens nothing before the desk has seen the name and the
origin of whoever asked, with a check number that only the right page shows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique

from edge import crockford
from edge.procedure.pairing import Pairing

OFFER_SECONDS = 5 * 60.0
"""How long an offer stands, and how long who took it waits for the desk."""
MAX_TRIES = 3
CODE_LENGTH = 8  # characters of 5 bits
PIN_DIGITS = 6
CHECK_DIGITS = 4
_CODE_BYTES = CODE_LENGTH * crockford.BITS // 8
_PIN_BYTES = 8  # so that no PIN is seen to be likelier than another
_CHECK = b"tramthe-pairing-check-v1:"


@unique
class Ended(StrEnum):
    """How the offer before this moment ended."""

    PAIRED = "paired"
    EXPIRED = "expired"
    TRIED_OUT = "tried-out"
    DROPPED = "dropped"
    """The desk did not agree, or took the offer back."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the terminal shows, until when, and how many wrong tries are left."""

    code: str = field(repr=False)
    """8 characters of Crockford's base 32; in the QR code and to be typed."""
    pin: str = field(repr=False)
    until: float
    left: int = MAX_TRIES

    @classmethod
    def draw(cls, now: float, rng: Callable[[int], bytes]) -> Offer:
        """Return a new offer."""
        code = crockford.encode(rng(_CODE_BYTES), CODE_LENGTH)
        pin = int.from_bytes(rng(_PIN_BYTES)) % 10**PIN_DIGITS
        return cls(code, f"{pin:0{PIN_DIGITS}}", now + OFFER_SECONDS)

    def is_met_by(self, code: str, pin: str) -> bool:
        """Return whether both are right, in a time that tells nothing of either."""
        given = crockford.canonical(code) or ""
        right_code = hmac.compare_digest(_digest(given), _digest(self.code))
        right_pin = hmac.compare_digest(_digest(pin), _digest(self.pin))
        return right_code & right_pin

    def missed(self) -> Offer:
        """Return the offer after one wrong try."""
        return replace(self, left=self.left - 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page that met the offer and waits for the desk."""

    pairing: Pairing
    check: str
    """Four digits that the page shows, for the desk to compare."""
    until: float


def check_number(token_hash: bytes) -> str:
    """Return the four digits that belong to a token and give nothing of it away."""
    digest = hashlib.sha256(_CHECK + token_hash).digest()
    return f"{int.from_bytes(digest[:8]) % 10**CHECK_DIGITS:0{CHECK_DIGITS}}"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
