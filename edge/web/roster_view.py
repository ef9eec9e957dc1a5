"""The open meeting's people as the desk and the names page list them.

Lives here: order, filters, search, who may be offered. Pure; no request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum, unique

from edge.meeting.figures import State
from edge.meeting.names import order
from edge.meeting.roster import Standing
from edge.web.names import found_by
from edge.web.terminal import MeetingView, PersonRow


@unique
class Filter(StrEnum):
    """Which people the desk lists: each keeps exactly those that one of the figures counts."""

    ABSENT = "chua-den"
    EXCUSED = "vang"
    BY_HAND = "tay"
    PRESENT = "co-mat"
    GUESTS = "khach"
    ALL = "het"

    def keeps(self, person: PersonRow) -> bool:
        """Whether this person stays in the list."""
        match self:
            case Filter.ABSENT:
                return person.state is State.NOT_YET and person.summoned
            case Filter.EXCUSED:
                return person.state is State.EXCUSED and person.summoned
            case Filter.BY_HAND:
                return person.here and person.how == "hand"
            case Filter.PRESENT:
                return person.counted
            case Filter.GUESTS:
                return person.here and not person.counted
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
    return _lines(meeting.people, kept)


def offered(meeting: MeetingView, query: str = "") -> tuple[Line, ...]:
    """Return those who may touch their name: not here yet, and holding a chip card.

    While people leave, those who are here.
    """
    leaving = meeting.leaving
    kept = (p for p in meeting.people if _may_be_offered(p, leaving) and found_by(p.name, query))
    return _lines(meeting.people, kept)


def offered_at_login(
    meeting: MeetingView | None, committee: Iterable[PersonRow], query: str = ""
) -> tuple[Line, ...]:
    """Return the committee members, and with a meeting open whoever may touch a name besides."""
    absent = [p for p in meeting.people if _may_be_offered(p, False)] if meeting else []
    with_card = (p for p in committee if p.has_card)
    people = {p.id: p for p in (*absent, *with_card)}.values()
    return _lines(people, (p for p in people if found_by(p.name, query)))


def by_hand(meeting: MeetingView, query: str = "") -> tuple[Line, ...]:
    """Return those who may be entered by hand: not here, and not kept from meetings."""
    kept = (p for p in meeting.people if may_be_entered(p) and found_by(p.name, query))
    return _lines(meeting.people, kept)


def may_be_entered(person: PersonRow) -> bool:
    """Whether an entry by hand is open to this person; a card would be turned away likewise."""
    return not (person.here and person.left is None) and person.standing != Standing.SUSPENDED


def person_of(meeting: MeetingView, person_id: str | None) -> PersonRow | None:
    """Return somebody of the meeting's list."""
    return next((p for p in meeting.people if p.id == person_id), None)


def _may_be_offered(person: PersonRow, leaving: bool) -> bool:
    inside = person.here and person.left is None
    return inside is leaving and person.has_card


def _lines(of: Iterable[PersonRow], people: Iterable[PersonRow]) -> tuple[Line, ...]:
    """Return these people in order; `of`: all those among whom two may share a name."""
    namesakes = Counter(p.name for p in of)
    return tuple(
        Line(p, p.birth_year if namesakes[p.name] > 1 else None)
        for p in sorted(people, key=lambda p: (order(p.name), p.id))
    )
