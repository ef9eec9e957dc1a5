"""The time before which it cannot be: how it moves, as pure rules.

Lives here: the floor under a clock that may know nothing, and what may move it. It goes up by
lists whose signature held and by time that the centre signed over this terminal's own nonce; it
goes down by a correction that the root signed, and by nothing else. Nothing that a card or its
signer says is an argument here. Not here: reading a clock or a file (`clock`).
Source: DESIGN section 7.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from verify.correction import TimeCorrection
from verify.errors import CorrectionRefused
from verify.moment import Moment, TimeQuality

BUILD_TIME = datetime(2026, 11, 1, tzinfo=UTC)
"""No terminal of this version can live before it."""
MAX_ADVANCE = timedelta(days=400)
"""Of the floor, by one list: a signer's slip cannot push every terminal years ahead."""
MAX_SEEN = 64
"""Lists whose date is remembered, the latest."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor and what it must remember."""

    at: datetime = BUILD_TIME
    seen: frozenset[datetime] = frozenset()
    """thisUpdate of the lists that were verified: each counts once. Otherwise a list from the
    future would move the floor at every start, and again after a correction."""
    correction: int = 0
    """Number of the last correction."""


def effective(system: datetime, floor: datetime, *, synchronised: bool, held: bool) -> Moment:
    """Return max(system, floor) with its quality.

    A system clock behind the floor is known to be wrong: the floor is all that is left. One that
    nobody set since power-on and no battery kept is worth no more than that either.
    """
    if system < floor:
        return Moment(floor, TimeQuality.FLOOR_ONLY)
    if synchronised:
        return Moment(system, TimeQuality.SYNCHRONISED)
    return Moment(system, TimeQuality.HELD if held else TimeQuality.FLOOR_ONLY)


def advanced(floor: Floor, this_update: datetime) -> Floor:
    """Return the floor after a list of `this_update` was verified: never back, never too far."""
    if this_update in floor.seen:
        return floor
    moved = max(floor.at, min(this_update, floor.at + MAX_ADVANCE))
    return Floor(moved, latest({*floor.seen, this_update}), floor.correction)


def anchored(floor: Floor, signed: datetime) -> Floor:
    """Return the floor after the centre signed this time over a nonce of ours: not capped.

    The signature, its key and the nonce are checked before.
    """
    return Floor(max(floor.at, signed), floor.seen, floor.correction)


def corrected(floor: Floor, correction: TimeCorrection) -> Floor:
    """Return the floor after a correction: lowered to its time if it is above, never raised.

    Raises CorrectionRefused for a number that is not above the last one.
    """
    if correction.number <= floor.correction:
        raise CorrectionRefused(
            f"Time correction {correction.number} was taken before, or is older than number "
            f"{floor.correction}.",
            next_step="The clock stays as it is; get the newest correction from the office.",
        )
    lowered = max(BUILD_TIME, min(floor.at, correction.latest))
    return Floor(lowered, floor.seen, correction.number)


def merged(one: Floor, other: Floor) -> Floor:
    """Return what two memories of one floor know together; a later correction outranks."""
    last = max(one.correction, other.correction)
    at = max(floor.at for floor in (one, other) if floor.correction == last)
    return Floor(at, latest(one.seen | other.seen), last)


def latest(seen: Set[datetime]) -> frozenset[datetime]:
    """Return the latest MAX_SEEN of these."""
    return frozenset(sorted(seen)[-MAX_SEEN:])
