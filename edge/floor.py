"""The time before which it cannot be: how it moves, as pure rules.

Lives here: the floor under a clock that may know nothing, and what may move it. It goes up by
lists whose signature held and by time that the centre signed over this terminal's own nonce; it
goes down by a correction that the root signed, and by nothing else. Nothing that a card or its
signer says is an argument here. Not here: reading a clock or a file (`clock`), and which list's
signer is a witness (`held_lists`).
Source: DESIGN section 7; docs/adr/0010.

No witness alone carries the floor further than MAX_ADVANCE beyond its ground, with one list or with
many. The ground is what somebody else says: the build time, time bound to a nonce, or the latest
list of another witness. So a signer whose key or clock went wrong moves every terminal by the cap
and no further, while a terminal that hears of time from lists alone follows them for years, since
the lists of several signers come to it together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from verify.correction import TimeCorrection
from verify.errors import CorrectionRefused
from verify.moment import Moment, TimeQuality

BUILD_TIME = datetime(2026, 11, 1, tzinfo=UTC)
"""No terminal of this version can live before it."""
MAX_ADVANCE = timedelta(days=400)
"""Of the floor beyond its ground, by all lists of one witness together."""
MAX_SEEN = 64
"""Dates that are remembered, the latest."""


class Sighting(NamedTuple):
    """That a verified list of `witness` was dated so. A witness is any stable word."""

    at: datetime
    witness: str


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor and what it must remember."""

    at: datetime = BUILD_TIME
    ground: datetime = BUILD_TIME
    """What no list says: build time, or time bound to a nonce."""
    said: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """The latest date of each witness that counts."""
    seen: frozenset[Sighting] = frozenset()
    """What was counted: each once. Otherwise a list from the future would move the floor again
    after a correction, at every start."""
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


def advanced(floor: Floor, sighting: Sighting) -> Floor:
    """Return the floor after a list was verified: never back, never too far."""
    if sighting in floor.seen:
        return floor
    said = latest_said([*_sightings(floor.said), sighting])
    seen = latest_seen([*floor.seen, sighting])
    return _settled(replace(floor, said=said, seen=seen))


def anchored(floor: Floor, signed: datetime) -> Floor:
    """Return the floor after the centre signed this time over a nonce of ours: not capped.

    The signature, its key and the nonce are checked before.
    """
    return _settled(replace(floor, ground=max(floor.ground, signed)))


def corrected(floor: Floor, correction: TimeCorrection) -> Floor:
    """Return the floor after a correction: lowered to its time if it is above, never raised.

    Whatever said a later time is not believed any more. Raises CorrectionRefused for a number that
    is not above the last one.
    """
    if correction.number <= floor.correction:
        raise CorrectionRefused(
            f"Time correction {correction.number} was taken before, or is older than number "
            f"{floor.correction}.",
            next_step="The clock stays as it is; get the newest correction from the office.",
        )
    latest = max(BUILD_TIME, correction.latest)
    kept = [one for one in _sightings(floor.said) if one.at <= latest]
    return Floor(
        at=min(floor.at, latest),
        ground=min(floor.ground, latest),
        said=latest_said(kept),
        seen=floor.seen,
        correction=correction.number,
    )


def merged(one: Floor, other: Floor) -> Floor:
    """Return what two memories of one floor know together; a later correction outranks."""
    last = max(one.correction, other.correction)
    known = [floor for floor in (one, other) if floor.correction == last]
    both = Floor(
        at=max(floor.at for floor in known),
        ground=max(floor.ground for floor in known),
        said=latest_said(found for floor in known for found in _sightings(floor.said)),
        seen=latest_seen(one.seen | other.seen),
        correction=last,
    )
    return _settled(both)


def latest_seen(seen: Iterable[Sighting]) -> frozenset[Sighting]:
    """Return the latest MAX_SEEN of these."""
    return frozenset(sorted(set(seen))[-MAX_SEEN:])


def latest_said(sightings: Iterable[Sighting]) -> Mapping[str, datetime]:
    """Return each witness's latest date, of the latest MAX_SEEN witnesses."""
    found = {witness: at for at, witness in sorted(sightings)}
    kept = sorted(found.items(), key=lambda pair: (pair[1], pair[0]))[-MAX_SEEN:]
    return MappingProxyType(dict(kept))


def _settled(floor: Floor) -> Floor:
    """Return the floor where its memory puts it, and not back."""
    *_, others, furthest = (floor.ground, floor.ground, *sorted(floor.said.values()))
    limit = max(floor.ground, others) + MAX_ADVANCE
    return replace(floor, at=max(floor.at, floor.ground, min(furthest, limit)))


def _sightings(said: Mapping[str, datetime]) -> Iterable[Sighting]:
    return (Sighting(at, witness) for witness, at in said.items())
