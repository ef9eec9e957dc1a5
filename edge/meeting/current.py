"""The open meeting in memory: kept up event by event, shown as a value.

Lives here: the state that follows from a meeting's events. Not here: writing them (`book`). Under
the book's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from edge.meeting import facts
from edge.meeting.attendance import Fact, Presence
from edge.meeting.opening import Opening
from edge.meeting.register import Register
from edge.meeting.roster import Person, Roster
from edge.meeting.sitting import Announced, Confirmed, Entry, Sitting
from edge.wire.event import Event
from edge.wire.kinds import EventKind

Referred = Callable[[object], "int | None"]
"""`EventLog.referred`: from a reference in a body to a place."""


class Current:
    """One meeting as its events have made it."""

    def __init__(
        self,
        context: str,
        opening: Opening,
        opened_at: datetime,
        roster: Roster,
        *,
        practice: bool = False,
    ) -> None:
        self.context = context
        self.opening = opening
        self.roster = roster
        self.practice = practice
        self._opened_at = opened_at
        self._register = Register()
        self._entries: list[Entry] = []
        self._by_place: dict[int, Entry] = {}
        self._undone: set[int] = set()
        self._announced: Announced | None = None
        self._confirmed: Confirmed | None = None
        self._leaving = False
        self._closed_at: datetime | None = None
        self._snapshot: Sitting | None = None

    def take(
        self, event: Event, body: Mapping[str, Any], place: int, referred: Referred
    ) -> Entry | None:
        """Take the next event; return its entry where it is about somebody's presence."""
        self._snapshot = None
        earlier = self._register.presence(event.tag)
        first_at = None if earlier is None else earlier.since
        of = referred(body.get("of"))
        found = facts.happened(event, body, place=place, of=of, first_at=first_at)
        if found is not None:
            self._register.add(found.fact)
            self._entries.append(found.entry)
            self._by_place[place] = found.entry
            return found.entry
        self._take_other(event, body, referred)
        return None

    def _take_other(self, event: Event, body: Mapping[str, Any], referred: Referred) -> None:
        match event.kind:
            case EventKind.AMENDED:
                self.opening = Opening.from_object(body.get("opening") or {})
            case EventKind.ADDED:
                self.roster = self.roster.with_person(facts.added(body))
            case EventKind.FIGURES_ANNOUNCED:
                self._announced = facts.announced(event, body)
            case EventKind.HAND_ENTRIES_CONFIRMED:
                places = (referred(one) for one in body.get("entries", ()))
                named = frozenset(one for one in places if one is not None)
                self._confirmed = facts.confirmed(event, body, named)
            case EventKind.CONTEXT_CLOSED:
                self._closed_at = event.moment.at
            case _:
                pass

    def count_out(self, fact: Fact) -> None:
        """Take a withdrawal that is not written yet: the person no longer counts."""
        self._snapshot = None
        self._register.add(fact)

    def presence(self, tag: bytes | None) -> Presence | None:
        """Return since when the person of this pseudonym is here."""
        return self._register.presence(tag)

    def tags_of(self, place: int) -> Sequence[tuple[bytes, Presence]]:
        """Return who is present by the event at this place."""
        present = self._register.attendance.present
        return [(tag, held) for tag, held in present.items() if held.seq == place]

    def entry(self, place: int) -> Entry | None:
        """Return the entry at this place of the log."""
        return self._by_place.get(place)

    def person(self, person_id: str | None) -> Person | None:
        """Return somebody on the meeting's list."""
        return self.roster.by_id(person_id) if person_id is not None else None

    def set_leaving(self, leaving: bool) -> None:
        """Switch the mode in which a card laid means that somebody leaves."""
        self._leaving = leaving
        self._snapshot = None

    @property
    def leaving(self) -> bool:
        """Whether a card laid now means that somebody leaves."""
        return self._leaving

    @property
    def sitting(self) -> Sitting:
        """Return the meeting at this moment, the same value until something happens."""
        if self._snapshot is None:
            self._snapshot = Sitting(
                context=self.context,
                opening=self.opening,
                opened_at=self._opened_at,
                roster=self.roster,
                attendance=self._register.attendance,
                entries=tuple(self._entries),
                announced=self._announced,
                confirmed=self._confirmed,
                practice=self.practice,
                leaving=self._leaving,
                closed_at=self._closed_at,
            )
        return self._snapshot

    def closed(self, at: datetime) -> Sitting:
        """Return the meeting as it stands when it closes at `at`."""
        return replace(self.sitting, closed_at=at)
