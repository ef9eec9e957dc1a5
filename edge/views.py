"""From the terminal's state to what the pages are shown. Values in, values out.

Not here: words (`edge.web`) and where the state comes from (`edge.service`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crl.rules import ListHeader, ListKey
from crl.status import Purpose
from edge.meeting.attendance import FactKind, How
from edge.meeting.figures import Line, State, is_called, is_counted
from edge.meeting.roster import Category, Roster
from edge.meeting.rules import Kind
from edge.meeting.sitting import Entry, Sitting
from edge.sync.inbox_store import Row
from edge.tap.admit import Admission
from edge.tap.scene import SceneState
from edge.web.terminal import InboxView, ListAge, MeetingView, PersonRow, ResultRow
from verify.freshness import Tier, standing, tier
from verify.moment import Moment
from verify.policy import Policy

RECENT = 5
"""Results that the desk keeps in sight."""

STATES = {
    Admission.ADMITTED: SceneState.ACCEPTED,
    Admission.ALREADY: SceneState.ALREADY,
    Admission.UNCONFIRMED: SceneState.UNCONFIRMED,
    Admission.REFUSED: SceneState.REFUSED,
    Admission.NOT_EXPECTED: SceneState.UNEXPECTED,
    Admission.NOT_ENTITLED: SceneState.UNEXPECTED,
    Admission.IDENTIFIED: SceneState.UNEXPECTED,
}
_PRESENT = frozenset({SceneState.ACCEPTED, SceneState.ALREADY})
_ARRIVALS = frozenset({FactKind.CHECK_IN, FactKind.CONFIRMED, FactKind.HAND_ENTRY})
_SAID = frozenset({FactKind.ABSENCE, FactKind.DEPARTURE})
"""What stands until it is annulled, beside arrivals."""
AWAY = frozenset({State.EXCUSED, State.UNEXCUSED, State.EXEMPT})
"""States that the desk may have said of somebody."""


def list_ages(
    lists: Mapping[ListKey, ListHeader], policy: Policy, now: Moment, floor: datetime
) -> tuple[ListAge, ...]:
    """Return each list's age, the card status list first; it cannot be earlier than `floor`."""
    ordered = sorted(lists.items(), key=lambda item: item[0].purpose is not Purpose.CARD_STATUS)
    return tuple(_age(key, header, policy, now, floor) for key, header in ordered)


def _age(key: ListKey, header: ListHeader, policy: Policy, now: Moment, floor: datetime) -> ListAge:
    limits = policy.card_status
    if key.purpose is Purpose.CERTIFICATE:
        limits = policy.certificate_lists
    dates = (header.this_update, header.next_update)
    return ListAge(
        purpose=key.purpose.value,
        number=f"{header.number:x}",
        this_update=header.this_update,
        age=now.at - header.this_update,
        fresh=tier(*dates, now.at, limits) is Tier.FRESH,
        standing=standing(*dates, now, floor, limits),
    )


def meeting_view(sitting: Sitting) -> MeetingView:
    """Return the open meeting as the pages show it."""
    latest = sitting.entries[-RECENT:][::-1]
    delegates = sitting.kind is Kind.DELEGATES_CONGRESS
    waiting = _waiting(sitting)
    return MeetingView(
        organisation=sitting.roster.organisation,
        kind=sitting.kind.value,
        opened_at=sitting.opened_at,
        figures=sitting.figures,
        people=tuple(
            _person(line, sitting, delegates, waiting.get(line.person.id)) for line in sitting.lines
        ),
        recent=tuple(_result(entry, sitting) for entry in latest),
        waiting=tuple(_result(entry, sitting) for entry in reversed(waiting.values())),
        title=sitting.opening.title,
        practice=sitting.practice,
        votes=sitting.votes,
        leaving=sitting.leaving,
    )


def committee_view(roster: Roster) -> tuple[PersonRow, ...]:
    """Return the committee members, whose cards open the desk, as the names page offers them."""
    return tuple(
        PersonRow(
            id=person.id,
            name=person.name,
            category=person.category.value,
            state=State.NOT_YET,
            birth_year=int(person.birth[:4]) if person.birth else None,
            has_card=person.can is not None,
        )
        for person in roster.people
        if person.committee
    )


def _waiting(sitting: Sitting) -> dict[str, Entry]:
    """Return the last UNCONFIRMED check-in of everybody who waits for a touch, by person."""
    found: dict[str, Entry] = {}
    for entry in sitting.entries:
        if entry.person_id is None or entry.outcome != Admission.UNCONFIRMED.value:
            continue
        if entry.seq not in sitting.undone and not sitting.attendance.of_person(entry.person_id):
            found.pop(entry.person_id, None)
            found[entry.person_id] = entry
    return found


def _person(line: Line, sitting: Sitting, delegates: bool, waiting: Entry | None) -> PersonRow:
    person, presence = line.person, line.presence
    absence = sitting.attendance.absences.get(person.id) if line.state in AWAY else None
    return PersonRow(
        id=person.id,
        name=person.name,
        category=person.category.value,
        state=line.state,
        since=None if presence is None else presence.since,
        left=None if presence is None else presence.left,
        how=None if presence is None else "hand" if presence.how is How.HAND else "card",
        reason=line.reason,
        by=(presence.left_by or presence.seq) if presence else absence.seq if absence else None,
        waiting=None if waiting is None else waiting.seq,
        birth_year=int(person.birth[:4]) if person.birth else None,
        has_card=person.can is not None and person.category is not Category.PROBATIONARY,
        summoned=is_called(line, delegates=delegates),
        counted=is_counted(line, delegates=delegates),
        standing=person.standing.value,
    )


def _result(entry: Entry, sitting: Sitting) -> ResultRow:
    match entry.kind:
        case FactKind.WITHDRAWN:
            state = SceneState.REFUSED
        case FactKind.CONFIRMED | FactKind.HAND_ENTRY:
            state = SceneState.ACCEPTED
        case FactKind.ABSENCE | FactKind.DEPARTURE | FactKind.ANNULLED:
            state = SceneState.ALREADY
        case FactKind.CHECK_IN:
            state = STATES[Admission(entry.outcome or Admission.REFUSED.value)]
    held = sitting.attendance.of_person(entry.person_id) if entry.person_id else None
    by_presence = entry.kind in _ARRIVALS and state in _PRESENT
    withdrawn = entry.seq in sitting.undone or (by_presence and held is None)
    said = entry.kind in _SAID or (by_presence and state is SceneState.ACCEPTED)
    return ResultRow(
        seq=entry.seq,
        state=state,
        at=entry.at,
        person=entry.name,
        reason=entry.reason,
        first_at=entry.first_at,
        withdrawn=withdrawn,
        kind=entry.kind,
        outcome=entry.outcome,
        person_id=entry.person_id,
        note=entry.note,
        annullable=said and not withdrawn,
        here=held is not None,
    )


def inbox_view(row: Row) -> InboxView:
    """Return what the status shows of the inbox."""
    missing = sum(last - first + 1 for first, last in row.gaps)
    return InboxView(row.high_water, missing, len(row.set_aside))
