"""From a meeting that ends to its sheet: a pure function.

Lives here: who is listed where and in which order, and what of a person goes on the sheet. Not
here: the sheet itself (`sheet`), when a meeting may be closed (`book`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edge.meeting.attendance import Attendance, How
from edge.meeting.figures import Line, State, lines
from edge.meeting.names import order
from edge.meeting.opening import Opening
from edge.meeting.roster import MAX_TEXT, Category, Person, Roster, Standing
from edge.meeting.rules import Kind
from edge.meeting.sheet import Sheet, count
from edge.meeting.sheet_parts import (
    NAMELESS,
    Calling,
    HandEntries,
    Knowledge,
    MeetingId,
    ReadAloud,
    Role,
    SheetLine,
    Supplement,
    fit,
)
from edge.wire.kinds import HandReason

_OF_STANDING = {
    Standing.ACTIVE: Calling.CALLED,
    Standing.EXEMPT: Calling.EXEMPT,
    Standing.ELSEWHERE: Calling.ELSEWHERE,
    Standing.SUSPENDED: Calling.NOT_CALLED,
}
_OF_GUEST = {Standing.EXEMPT: Calling.EXEMPT}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The chair's word for the entries by hand: when, whose (a roster id), for which events."""

    at: datetime
    by: str | None
    entries: frozenset[int]


@dataclass(frozen=True, slots=True)
class Ending:
    """How the meeting ended. `signed`: the time of signing, not before `closed`."""

    opened: datetime
    closed: datetime
    signed: datetime
    announced: ReadAloud | None = None
    confirmed: Confirmation | None = field(default=None, repr=False)


def build(
    meeting: MeetingId,
    opening: Opening,
    roster: Roster,
    attendance: Attendance,
    ending: Ending,
    knowledge: Knowledge,
    *,
    supplement: Supplement | None = None,
    practice: bool = False,
) -> Sheet:
    """Return the sheet of a meeting.

    `roster` is the meeting's own list, with whoever was added to it; chair and secretary are the
    opening's. A congress of delegates lists its delegates, every other meeting the members of the
    organisation; whoever else came is a guest. Where the clock went back meanwhile, the meeting
    counts as closed and signed when it was opened, at the earliest.
    """
    standing = lines(roster.people, attendance, late_after=opening.late_after, closing=True)
    here = [line for line in standing if _listed(line.person, opening.kind) or line.here]
    here.sort(key=lambda line: (order(line.person.name), line.person.birth or "", line.person.id))
    namesakes = Counter(_name(line.person) for line in here)
    roles = _roles(opening)
    people: list[SheetLine] = []
    guests: list[SheetLine] = []
    for line in here:
        person, listed = line.person, _listed(line.person, opening.kind)
        year = _year(person) if namesakes[_name(person)] > 1 else None
        row = _row(line, _calling(line, listed=listed), year, roles.get(person.id, ()))
        (people if listed else guests).append(row)
    figures = count(opening.kind, (*people, *guests), opening.quorums)
    closed = max(ending.opened, ending.closed)
    return Sheet(
        meeting=meeting,
        organisation=fit(roster.organisation, MAX_TEXT) or NAMELESS,
        code=fit(roster.code, MAX_TEXT) or NAMELESS,
        parent=roster.parent,
        kind=opening.kind,
        title=opening.title,
        place=opening.place,
        begins=opening.begins,
        opened=ending.opened,
        closed=closed,
        signed=max(closed, ending.signed),
        chair=_name_of(opening.chair, roster),
        secretary=_name_of(opening.secretary, roster),
        people=tuple(people),
        guests=tuple(guests),
        figures=figures,
        hand=_hand(here, ending.confirmed, roster),
        announced=ending.announced,
        knowledge=knowledge,
        supplement=supplement,
        practice=practice,
    )


def _listed(person: Person, kind: Kind) -> bool:
    if kind is Kind.DELEGATES_CONGRESS:
        return person.category is Category.DELEGATE
    return person.member


def _row(line: Line, calling: Calling, year: int | None, roles: tuple[Role, ...]) -> SheetLine:
    presence = line.presence
    return SheetLine(
        name=line.person.name,
        birth_year=year,
        category=line.person.category,
        calling=calling,
        state=line.state,
        at=presence.since if presence is not None else None,
        left=presence.left if presence is not None else None,
        how=presence.how if presence is not None else None,
        reason=_reason(line),
        roles=roles,
    )


def _calling(line: Line, *, listed: bool) -> Calling:
    standing = line.person.standing
    if not listed:
        return _OF_GUEST.get(standing, Calling.NOT_CALLED)
    return Calling.EXEMPT if line.state is State.EXEMPT else _OF_STANDING[standing]


def _reason(line: Line) -> HandReason | None:
    if line.presence is None or line.presence.how is not How.HAND:
        return None
    code = line.presence.reason
    return HandReason(code) if code in frozenset(HandReason) else None


def _roles(opening: Opening) -> Mapping[str, tuple[Role, ...]]:
    held: dict[str, tuple[Role, ...]] = {}
    for role, person_id in ((Role.CHAIR, opening.chair), (Role.SECRETARY, opening.secretary)):
        if person_id is not None:
            held[person_id] = (*held.get(person_id, ()), role)
    return held


def _hand(listed: Iterable[Line], confirmed: Confirmation | None, roster: Roster) -> HandEntries:
    presences = [line.presence for line in listed if line.presence is not None]
    by_hand = [presence.seq for presence in presences if presence.how is How.HAND]
    if confirmed is None:
        return HandEntries(len(by_hand))
    covered = sum(1 for seq in by_hand if seq in confirmed.entries)
    return HandEntries(len(by_hand), covered, confirmed.at, _name_of(confirmed.by, roster))


def _name(person: Person) -> str:
    return fit(person.name, MAX_TEXT)


def _name_of(person_id: str | None, roster: Roster) -> str | None:
    person = roster.by_id(person_id) if person_id is not None else None
    return None if person is None else _name(person) or NAMELESS


def _year(person: Person) -> int | None:
    return int(person.birth[:4]) if person.birth else None
