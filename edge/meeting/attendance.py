"""Who is present: one deterministic fold over what happened.

Lives here: the fact as the log's body carries it, and the fold. Not here: how facts are sealed
and stored (`edge.log`) and which words the screens use (`edge.web`).

A fact is never changed; a later one (withdrawn) undoes its effect and both stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType


@unique
class FactKind(StrEnum):
    """What an event did to somebody's presence."""

    CHECK_IN = "check-in"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Fact:
    """One event about one person. `of` is the seq of the check-in that it confirms or undoes."""

    seq: int
    kind: FactKind
    at: datetime
    person_id: str | None
    tag: bytes | None = field(repr=False)
    counts: bool
    """A check-in that was ADMITTED."""
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Since when somebody is here and by which event."""

    seq: int
    since: datetime
    person_id: str | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """The state of the meeting after some facts: tag to presence."""

    present: Mapping[bytes, Presence] = field(default_factory=lambda: MappingProxyType({}))

    def of_person(self, person_id: str) -> Presence | None:
        """Return the presence of a roster entry, None if absent."""
        return next((p for p in self.present.values() if p.person_id == person_id), None)


def fold(facts: Iterable[Fact]) -> Attendance:
    """Return the attendance after `facts`, in log order. The first presence of a tag stands."""
    present: dict[bytes, Presence] = {}
    for fact in facts:
        if fact.tag is None:
            continue
        match fact.kind:
            case FactKind.CHECK_IN if fact.counts:
                present.setdefault(fact.tag, Presence(fact.seq, fact.at, fact.person_id))
            case FactKind.CONFIRMED:
                present.setdefault(fact.tag, Presence(fact.seq, fact.at, fact.person_id))
            case FactKind.WITHDRAWN:
                held = present.get(fact.tag)
                if held is not None and held.seq == fact.of:
                    del present[fact.tag]
            case FactKind.CHECK_IN:
                pass
    return Attendance(MappingProxyType(present))
