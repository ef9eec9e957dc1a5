"""The answer to "is it revoked?", with the numbers behind it.

Lives here: the values. How they are found: `store`. What they mean for a card: `verify.pipeline`.
Source: RFC 5280 sections 5.2.3 and 5.3.1.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import Enum, IntEnum, StrEnum, unique
from typing import NamedTuple


@unique
class Purpose(StrEnum):
    """What kind of thing a list names."""

    CERTIFICATE = "certificate"
    CARD_STATUS = "card-status"


@unique
class ReasonCode(IntEnum):
    """CRLReason, RFC 5280 section 5.3.1; the card status list's own meaning beside it."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1  # counterfeit
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3  # withdrawn
    SUPERSEDED = 4  # reissued
    CESSATION_OF_OPERATION = 5  # deceased
    CERTIFICATE_HOLD = 6  # reported lost
    REMOVE_FROM_CRL = 8
    PRIVILEGE_WITHDRAWN = 9
    AA_COMPROMISE = 10


@unique
class Status(Enum):
    """Revoked stays revoked however old the list; GOOD needs a list that is fresh enough."""

    GOOD = "good"
    REVOKED = "revoked"
    NOT_COVERED = "not-covered"
    """No list of this issuer and scope is held."""
    STALE = "stale"
    """Not named, by a list that is too old to say so."""


class Answer(NamedTuple):
    """One look-up.

    `number` and `this_update` are None only with NOT_COVERED; `age` is `at` minus thisUpdate
    (negative under a clock that lags behind).
    """

    status: Status
    reason: ReasonCode | None = None
    since: datetime | None = None
    number: int | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    age: timedelta | None = None


def card_entry(signed_content: bytes) -> int:
    """Return the status list's entry serial for a chip.

    The first 16 bytes of SHA-256 over the security object's signed content (the eContent
    octets), top bit cleared, as a positive integer: it names one physical chip and nobody's
    number. A zero (2^-127) would not be a legal serial and becomes 1.
    """
    digest = bytearray(hashlib.sha256(signed_content).digest()[:16])
    digest[0] &= 0x7F
    return int.from_bytes(digest, "big") or 1
