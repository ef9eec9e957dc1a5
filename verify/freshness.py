"""How old a revocation list is: fresh, in grace, or too old; and how well that is known.

Lives here: pure rules over a list's dates. Two questions are kept apart. At the door: what does
this list's silence count for (`Tier`)? On the screens: is that proved, or is it only that
nothing proves the opposite (`Standing`)? Not here: the limits (`policy`), what a tier makes of a
card (`revocation`), words (the screens).
Source: DESIGN sections 3 and 7; RFC 5280 section 5.1.2.5 for nextUpdate.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum, unique

from crl.status import Answer, Status
from verify.moment import Moment, TimeQuality
from verify.policy import Freshness


@unique
class Tier(IntEnum):
    """What a list's silence counts for, best first."""

    FRESH = 0
    """What it does not name is in force."""
    GRACE = 1
    """Age alone is in doubt: a person may decide."""
    REFUSE = 2
    """It says nothing any more."""


@unique
class Standing(StrEnum):
    """What is known of a list's age. A stable word of the status document."""

    FRESH = "fresh"
    UNPROVED = "unproved"
    """Not provably fresh and not provably stale: the clock decides, and nobody checked it."""
    STALE = "stale"
    """Proved: the time before which it cannot be is past its freshness."""
    TOO_OLD = "too-old"
    """Proved past grace too."""


def tier(
    this_update: datetime, next_update: datetime | None, at: datetime, limits: Freshness
) -> Tier:
    """Return what a list of these dates counts for at `at`; no nextUpdate sets no end."""
    age = at - this_update
    if age > limits.grace:
        return Tier.REFUSE
    if age > limits.fresh or (next_update is not None and at > next_update):
        return Tier.GRACE
    return Tier.FRESH


def tier_of(answer: Answer, limits: Freshness) -> Tier:
    """Return what an answer that names nothing counts for; one without dates counts for nothing.

    Never better than the look-up itself found.
    """
    if answer.this_update is None or answer.age is None:
        return Tier.REFUSE
    at = answer.this_update + answer.age
    found = tier(answer.this_update, answer.next_update, at, limits)
    return max(found, Tier.GRACE) if answer.status is Status.STALE else found


def standing(
    this_update: datetime,
    next_update: datetime | None,
    moment: Moment,
    floor: datetime,
    limits: Freshness,
) -> Standing:
    """Return what is known of a list's age at `moment`, over the time before which it cannot be.

    Only a synchronised clock or the floor proves that a list is stale; a clock that is no more
    than a floor never proves that one is fresh.
    """
    certain = moment.at if moment.quality is TimeQuality.SYNCHRONISED else floor
    match tier(this_update, next_update, certain, limits):
        case Tier.REFUSE:
            return Standing.TOO_OLD
        case Tier.GRACE:
            return Standing.STALE
        case Tier.FRESH:
            known = moment.quality is not TimeQuality.FLOOR_ONLY
            looks_fresh = tier(this_update, next_update, moment.at, limits) is Tier.FRESH
            return Standing.FRESH if known and looks_fresh else Standing.UNPROVED
