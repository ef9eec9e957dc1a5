"""From an event of the log and its opened body to what it did to a meeting.

Lives here: the map from event kinds to facts, entries and people added. Not here: writing (`book`),
the fold (`attendance`), the form of bodies (`docs/events.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.errors import LogDamaged
from edge.meeting.attendance import Fact, FactKind
from edge.meeting.opening import Opening
from edge.meeting.roster import Person, Roster
from edge.meeting.sitting import Announced, Confirmed, Entry
from edge.wire.event import Event
from edge.wire.kinds import AbsenceOutcome, EventKind, HandOutcome

COUNTS = "ADMITTED"
"""The outcome of a check-in that makes somebody present."""

_KINDS = {
    EventKind.CHECK_IN: FactKind.CHECK_IN,
    EventKind.CONFIRMED: FactKind.CONFIRMED,
    EventKind.WITHDRAWN: FactKind.WITHDRAWN,
    EventKind.HAND_ENTRY: FactKind.HAND_ENTRY,
    EventKind.ABSENCE: FactKind.ABSENCE,
    EventKind.DEPARTURE: FactKind.DEPARTURE,
    EventKind.ANNULLED: FactKind.ANNULLED,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """What an event about people brought."""

    fact: Fact
    entry: Entry


def happened(
    event: Event,
    body: Mapping[str, Any],
    *,
    place: int,
    of: int | None,
    first_at: datetime | None,
) -> Happened | None:
    """Return what the event did, None for one that is about nobody's presence.

    `place` and `of` are where it and the event that it names stand in the log; `first_at` is
    since when the person was here before it.
    """
    kind = _KINDS.get(event.kind)
    if kind is None:
        return None
    person_id, name = body.get("person"), body.get("name")
    at = event.moment.at
    note = body.get("note")
    by_hand = kind is FactKind.HAND_ENTRY
    fact = Fact(
        seq=place,
        kind=kind,
        at=at,
        person_id=person_id,
        tag=event.tag,
        counts=event.outcome == COUNTS,
        of=of,
        reason=event.reason if by_hand else note if kind is FactKind.ABSENCE else None,
        late=event.outcome == HandOutcome.LATE if by_hand else None,
        away=_away(event) if kind is FactKind.ABSENCE else AbsenceOutcome.EXCUSED,
    )
    entry = Entry(
        seq=place,
        kind=kind,
        at=at,
        outcome=event.outcome,
        reason=event.reason,
        person_id=person_id,
        name=name,
        of=of,
        first_at=first_at,
        chip=body.get("chip"),
        note=note,
    )
    return Happened(fact, entry)


def added(body: Mapping[str, Any]) -> Person:
    """Return the person of an `added` event. Raises RosterInvalid."""
    (person,) = Roster.from_parts(_NO_HEAD, [body.get("entry")]).people
    return person


def announced(event: Event, body: Mapping[str, Any]) -> Announced:
    """Return the figures of a `figures-announced` event. Raises LogDamaged."""
    figures = body.get("figures")
    if not isinstance(figures, Mapping):
        raise another_program()
    as_of = body.get("as_of")
    try:
        at = event.moment.at if as_of is None else datetime.fromisoformat(as_of)
    except (TypeError, ValueError) as error:
        raise another_program() from error
    return Announced(at, dict(figures))


def confirmed(event: Event, body: Mapping[str, Any], entries: frozenset[int]) -> Confirmed:
    """Return the chair's word of a `hand-entries-confirmed` event."""
    return Confirmed(event.moment.at, body.get("by"), entries)


def of_meeting(body: Mapping[str, Any]) -> bool:
    """Whether this body opened a meeting; other contexts call themselves otherwise."""
    return "opening" in body


def opened(body: Mapping[str, Any]) -> tuple[Opening, dict[str, Any]]:
    """Return what the meeting was opened with and the head of its roster. Raises LogDamaged."""
    try:
        return Opening.from_object(body["opening"]), dict(body["roster"])
    except (KeyError, TypeError, ValueError) as error:
        raise another_program() from error


def another_program() -> LogDamaged:
    """Return the error for a meeting that was written in another form."""
    return LogDamaged(
        "The open meeting was not opened by this program.",
        next_step="Install the version that opened it, or open a new meeting.",
    )


_NO_HEAD: Mapping[str, Any] = {"v": 2, "organisation": "-", "code": "-"}


def _away(event: Event) -> AbsenceOutcome:
    try:
        return AbsenceOutcome(event.outcome or "")
    except ValueError as error:
        raise another_program() from error
