"""The open meeting's people as the desk and the names page list them.

Lives here: order, filters, search, who may be offered. Pure; no request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum, unique

from edge.meeting.names import order
from edge.web.names import found_by
from edge.web.terminal import MeetingView, PersonRow


@unique
class Filter(StrEnum):
    """Which people the desk lists. Only those summoned count as not here yet."""

    ABSENT = "chua-den"
    PRESENT = "co-mat"
    BY_HAND = "tay"
    ALL = "het"

    def keeps(self, person: PersonRow) -> bool:
        """Whether this person stays in the list."""
        match self:
            case Filter.ABSENT:
                return person.state == "absent" and person.summoned
            case Filter.PRESENT:
                return person.state == "present"
            case Filter.BY_HAND:
                return person.how == "hand"
            case Filter.ALL:
                return True


@dataclass(frozen=True, slots=True)
class Line:
    """A person, and the birth year where two share the name."""

    person: PersonRow = field(repr=False)
    birth_year: int | None


def filter_of(text: str | None) -> Filter:
    """Return the filter that an address names; those not here yet by default."""
    return Filter(text) if text in frozenset(Filter) else Filter.ABSENT


def counts(meeting: MeetingView) -> dict[Filter, int]:
    """Return how many people each filter keeps."""
    return {kind: sum(1 for p in meeting.people if kind.keeps(p)) for kind in Filter}


def listed(meeting: MeetingView, kind: Filter, query: str) -> tuple[Line, ...]:
    """Return the people of a filter whose names the query finds, in the order of given names."""
    kept = (p for p in meeting.people if kind.keeps(p) and found_by(p.name, query))
    return _lines(meeting, kept)


def offered(meeting: MeetingView, query: str = "") -> tuple[Line, ...]:
    """Return those who may touch their name: not here yet, and holding a chip card."""
    kept = (p for p in meeting.people if _may_be_offered(p) and found_by(p.name, query))
    return _lines(meeting, kept)


def offered_person(meeting: MeetingView, person_id: str) -> PersonRow | None:
    """Return the offered person of this id."""
    return next((p for p in meeting.people if p.id == person_id and _may_be_offered(p)), None)


def _may_be_offered(person: PersonRow) -> bool:
    return person.state == "absent" and person.has_card


def _lines(meeting: MeetingView, people: Iterable[PersonRow]) -> tuple[Line, ...]:
    namesakes = Counter(p.name for p in meeting.people)
    return tuple(
        Line(p, p.birth_year if namesakes[p.name] > 1 else None)
        for p in sorted(people, key=lambda p: (order(p.name), p.id))
    )
