"""Who is present: one deterministic fold over what happened.

Lives here: the fact as the log's body carries it, and the fold. Not here: how facts are sealed
and stored (`edge.log`), the counting (`figures`) and which words the screens use (`edge.web`).

A fact is never changed; a later one (withdrawn, annulled) undoes its effect and both stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType

from edge.wire.kinds import AbsenceOutcome


@unique
class FactKind(StrEnum):
    """What an event did to somebody's presence."""

    CHECK_IN = "check-in"
    CONFIRMED = "confirmed"
    """An UNCONFIRMED check-in was recorded as present by one touch."""
    HAND_ENTRY = "hand-entry"
    ABSENCE = "absence"
    """Absent, with or without a reason, or exempt; said before the meeting or at the desk."""
    DEPARTURE = "departure"
    """Left early: by card in the mode for leaving, or by hand."""
    WITHDRAWN = "withdrawn"
    """The card that gave a presence proved false afterwards."""
    ANNULLED = "annulled"
    """The secretary took a fact back, with a reason."""


UNDOING = frozenset({FactKind.WITHDRAWN, FactKind.ANNULLED})
_ARRIVALS = frozenset({FactKind.CHECK_IN, FactKind.CONFIRMED, FactKind.HAND_ENTRY})


@unique
class How(StrEnum):
    """By what somebody was recorded as present."""

    CARD = "card"
    TOUCH = "touch"
    """By card whose standing could not be shown, confirmed by a touch."""
    HAND = "hand"


_HOW = {
    FactKind.CHECK_IN: How.CARD,
    FactKind.CONFIRMED: How.TOUCH,
    FactKind.HAND_ENTRY: How.HAND,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One event about one person. `of` is the seq of the fact that it confirms or undoes."""

    seq: int
    kind: FactKind
    at: datetime
    person_id: str | None
    tag: bytes | None = field(repr=False)
    counts: bool
    """A check-in that was ADMITTED; other arrivals make somebody present in any case."""
    of: int | None = None
    reason: str | None = None
    late: bool | None = None
    """What the secretary said of an entry by hand; None leaves it to the time."""
    away: AbsenceOutcome = AbsenceOutcome.EXCUSED
    """Of an absence."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Since when somebody is here, by which event, and until when."""

    seq: int
    since: datetime
    person_id: str | None
    how: How = How.CARD
    reason: str | None = None
    """Why by hand."""
    late: bool | None = None
    left: datetime | None = None
    left_by: int | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody will not come, and why; overtaken by coming all the same."""

    seq: int
    at: datetime
    reason: str | None
    """In the secretary's words."""
    outcome: AbsenceOutcome = AbsenceOutcome.EXCUSED


@dataclass(frozen=True, slots=True)
class Attendance:
    """The state of the meeting after some facts: tag to presence, roster id to absence."""

    present: Mapping[bytes, Presence] = field(default_factory=lambda: MappingProxyType({}))
    absences: Mapping[str, Absence] = field(default_factory=lambda: MappingProxyType({}))
    _by_person: Mapping[str, Presence] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {p.person_id: p for p in self.present.values() if p.person_id is not None}
        object.__setattr__(self, "_by_person", MappingProxyType(known))

    def of_person(self, person_id: str) -> Presence | None:
        """Return the presence of a roster entry, None if absent."""
        return self._by_person.get(person_id)


def fold(facts: Iterable[Fact]) -> Attendance:
    """Return the attendance after `facts`, whatever order they came in: numbers decide.

    The first presence of a tag that nothing undid stands; a departure ends it until a later
    arrival of the same person.
    """
    ordered = sorted(facts, key=lambda fact: fact.seq)
    undone = {fact.of for fact in ordered if fact.kind in UNDOING}
    present: dict[bytes, Presence] = {}
    absences: dict[str, Absence] = {}
    for fact in ordered:
        if fact.seq in undone or fact.kind in UNDOING:
            continue
        if fact.kind is FactKind.ABSENCE:
            if fact.person_id is not None:
                absences[fact.person_id] = Absence(fact.seq, fact.at, fact.reason, fact.away)
        elif fact.tag is None:
            continue
        elif fact.kind in _ARRIVALS:
            if fact.counts or fact.kind is not FactKind.CHECK_IN:
                present[fact.tag] = _arrived(present.get(fact.tag), fact)
        elif fact.tag in present:
            present[fact.tag] = replace(present[fact.tag], left=fact.at, left_by=fact.seq)
    return Attendance(MappingProxyType(present), MappingProxyType(absences))


def _arrived(held: Presence | None, fact: Fact) -> Presence:
    if held is not None:
        return replace(held, left=None, left_by=None)
    return Presence(
        seq=fact.seq,
        since=fact.at,
        person_id=fact.person_id,
        how=_HOW[fact.kind],
        reason=fact.reason if fact.kind is FactKind.HAND_ENTRY else None,
        late=fact.late,
    )
