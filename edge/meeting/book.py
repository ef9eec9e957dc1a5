"""The open meeting, written down: every change of who is present goes through the log first.

Lives here: what a meeting's events carry, and the attendance that follows from them. Not here:
the rules themselves (`attendance`, `rules`), sealing and durability (`edge.log`), the card.

A meeting that was open when the power went is open again afterwards: `resume` folds its events.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from edge.errors import LogDamaged, MeetingState, RecordingLocked
from edge.log.append import EventLog
from edge.meeting.attendance import Attendance, Fact, FactKind, fold
from edge.meeting.roster import Person, Roster
from edge.meeting.rules import Kind
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from verify.moment import Moment

_FACTS = {
    EventKind.CHECK_IN: FactKind.CHECK_IN,
    EventKind.CONFIRMED: FactKind.CONFIRMED,
    EventKind.WITHDRAWN: FactKind.WITHDRAWN,
}
COUNTS = "ADMITTED"
"""The outcome of a check-in that makes somebody present."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the meeting, opened for the desk.

    `seq` and `of` are places in the log (`EventLog.place`): an event's number, as long as the
    log has only one epoch, and unique in any case.
    """

    seq: int
    kind: FactKind
    at: datetime
    outcome: str | None
    reason: str | None
    person_id: str | None
    name: str | None = field(repr=False)
    of: int | None
    first_at: datetime | None
    chip: str | None = field(default=None, repr=False)
    """Which physical card, by its entry in the status list."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """The open meeting at one moment."""

    context: str
    kind: Kind
    opened_at: datetime
    roster: Roster = field(repr=False)
    attendance: Attendance
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def summoned(self) -> int:
        """Return how many are called to the meeting."""
        return sum(1 for p in self.roster.people if p.summoned)

    @property
    def present(self) -> int:
        """Return how many of those called are here."""
        here = {p.person_id for p in self.attendance.present.values()}
        return sum(1 for p in self.roster.people if p.summoned and p.id in here)

    def entry(self, seq: int) -> Entry | None:
        """Return the entry of this event number."""
        return next((e for e in self.entries if e.seq == seq), None)


class MeetingBook:
    """Opens, fills and closes the meeting of one organisation; safe from any thread."""

    def __init__(self, log: EventLog, roster: Roster | None) -> None:
        self._log = log
        self._roster = roster
        self._lock = threading.RLock()
        self._sitting: Sitting | None = None
        self._facts: list[Fact] = []
        self._owed: list[tuple[int, Moment, str]] = []

    @property
    def roster(self) -> Roster | None:
        """Return the standing roster."""
        return self._roster

    @property
    def sitting(self) -> Sitting | None:
        """Return the open meeting, None where none is."""
        return self._sitting

    @property
    def fault(self) -> str | None:
        """Return why nothing can be recorded (`edge.log.fault`), None while it can."""
        return self._log.fault

    def recheck(self) -> str | None:
        """Try a log again whose fault may have passed, and return the fault left.

        Takes up its open meeting where that could not be done at the start.
        """
        with self._lock:
            fault = self._log.recheck()
            if fault is None and self._sitting is None:
                self.resume()
            if fault is None:
                self._pay_owed()
            return fault

    def resume(self) -> None:
        """Take up the meeting that the log still has open, with the roster of its opening.

        Raises LogDamaged, SealBroken, MeetingState or RosterInvalid where that cannot be read.
        """
        with self._lock:
            contexts = self._log.open_contexts()
            if not contexts:
                return
            opening, *later = self._log.events(context=contexts[-1])
            self._facts = []
            people = self._log.roster(contexts[-1])
            self._sitting = _opened(opening, self._log.body(opening), people)
            for event in later:
                if event.kind in _FACTS:
                    self._take(event, self._log.body(event))

    def open(self, kind: Kind, at: Moment) -> Sitting:
        """Open a meeting over a snapshot of the standing roster.

        Raises MeetingState without a roster or with a meeting open, RecordingLocked where the
        log takes nothing.
        """
        with self._lock:
            if self._sitting is not None:
                raise MeetingState(
                    "A meeting is open already.", next_step="Close it before opening another."
                )
            if self._roster is None:
                raise MeetingState(
                    "There is no roster on this terminal.",
                    next_step="Load the organisation's roster first.",
                )
            head, people = self._roster.to_parts()
            context = self._log.open_context({"kind": kind.value, "roster": head}, at, people)
            self._facts = []
            self._sitting = Sitting(context, kind, at.at, self._roster, Attendance(), ())
            return self._sitting

    def close(self, at: Moment) -> None:
        """Close the open meeting. Raises MeetingState where none is, RecordingLocked."""
        with self._lock:
            sitting = self.require()
            self._pay_owed()
            self._log.close_context(sitting.context, at)
            self._sitting = None
            self._facts = []

    def drop(self, contexts: Collection[str]) -> None:
        """Let the open meeting go where it is one of these, which the log closed by itself."""
        with self._lock:
            if self._sitting is not None and self._sitting.context in contexts:
                self._sitting = None
                self._facts = []

    def require(self) -> Sitting:
        """Return the open meeting. Raises MeetingState where none is."""
        if self._sitting is None:
            raise MeetingState("No meeting is open.", next_step="Open the meeting at the desk.")
        return self._sitting

    def tag(self, person_key: str) -> bytes:
        """Return the person's pseudonym in the open meeting."""
        return self._log.person_tag(self.require().context, person_key)

    def check_in(
        self,
        *,
        at: Moment,
        outcome: str,
        reason: str | None,
        person: Person | None,
        person_key: str | None,
        body: Mapping[str, Any],
    ) -> Entry:
        """Record a tap, durably, and return its entry. Raises RecordingLocked."""
        who = {"person": person.id if person else None, "name": person.name if person else None}
        with self._lock:
            self._pay_owed()
            return self._append(
                EventKind.CHECK_IN, at, outcome, reason, person_key, {**body, **who}
            )

    def confirm(self, seq: int, at: Moment) -> Entry | None:
        """Record the person of an UNCONFIRMED check-in as present (one touch at the desk).

        Return None where the person is here already: a touch may come twice.
        """
        with self._lock:
            entry = self.require().entry(seq)
            person_id = entry.person_id if entry is not None else None
            if person_id is not None and self.require().attendance.of_person(person_id):
                return None
            if self._withdrawn(seq):
                raise MeetingState(
                    f"Event {seq} was withdrawn.", next_step="Let the secretary see to this person."
                )
            return self._follow(EventKind.CONFIRMED, seq, at, "UNCONFIRMED", None)

    def _withdrawn(self, seq: int) -> bool:
        """Whether a check-in, or the confirmation that it was given, was taken back."""
        entries = self.require().entries
        meant = {seq, *(e.seq for e in entries if e.kind is FactKind.CONFIRMED and e.of == seq)}
        gone = {e.of for e in entries if e.kind is FactKind.WITHDRAWN}
        return bool(meant & (gone | {of for of, _, _ in self._owed}))

    def withdraw(self, seq: int, at: Moment, reason: str) -> Entry:
        """Undo what the card of check-in `seq` gave its holder, now or at an earlier laying.

        Both events stay. A presence that another card gave, or a hand, stays too. Where the log
        takes nothing, the person no longer counts all the same and the event is written first
        when it takes events again. Raises RecordingLocked, MeetingState.
        """
        with self._lock:
            meant = self._made_by_the_same_card(seq)
            try:
                return self._follow(EventKind.WITHDRAWN, meant, at, None, reason)
            except RecordingLocked:
                self._owed.append((meant, at, reason))
                self._count_out(meant, at)
                raise

    def _made_by_the_same_card(self, seq: int) -> int:
        """Return the event of the presence that this card made earlier, else `seq` itself."""
        sitting = self.require()
        entry = sitting.entry(seq)
        held = sitting.attendance.of_person(entry.person_id or "") if entry else None
        if entry is None or held is None or entry.chip is None:
            return seq
        earlier = sitting.entry(held.seq)
        if earlier is not None and earlier.of is not None:  # confirmed at the desk
            earlier = sitting.entry(earlier.of)
        return held.seq if earlier is not None and earlier.chip == entry.chip else seq

    def _count_out(self, seq: int, at: Moment) -> None:
        sitting = self.require()
        for tag, held in sitting.attendance.present.items():
            if held.seq == seq:
                gone = Fact(seq, FactKind.WITHDRAWN, at.at, held.person_id, tag, False, seq)
                self._facts.append(gone)
        self._sitting = replace(sitting, attendance=fold(self._facts))

    def _pay_owed(self) -> None:
        """Write the withdrawals that the log did not take when they happened."""
        while self._owed:
            seq, at, reason = self._owed[0]
            self._follow(EventKind.WITHDRAWN, seq, at, None, reason)
            del self._owed[0]

    def _follow(
        self, kind: EventKind, seq: int, at: Moment, needs: str | None, reason: str | None
    ) -> Entry:
        with self._lock:
            entry = self.require().entry(seq)
            person = self.require().roster.by_id(entry.person_id or "") if entry else None
            if entry is None or person is None or (needs and entry.outcome != needs):
                raise MeetingState(
                    f"Event {seq} is not one that this act applies to.",
                    next_step="Reload the desk and choose from the last results.",
                )
            of = self._log.reference(seq)
            body = {"person": person.id, "name": person.name, "of": of}
            return self._append(kind, at, None, reason, person.person_key, body)

    def _append(
        self,
        kind: EventKind,
        at: Moment,
        outcome: str | None,
        reason: str | None,
        person_key: str | None,
        body: Mapping[str, Any],
    ) -> Entry:
        with self._lock:
            event = self._log.append(
                kind,
                context=self.require().context,
                at=at,
                outcome=outcome,
                reason=reason,
                person_key=person_key,
                body=body,
            )
            return self._take(event, body)

    def _take(self, event: Event, body: Mapping[str, Any]) -> Entry:
        sitting = self.require()
        kind = _FACTS[event.kind]
        place, of = self._log.place(event), self._log.referred(body.get("of"))
        person_id = body.get("person")
        at = _time(event)
        earlier = sitting.attendance.present.get(event.tag) if event.tag else None
        self._facts.append(Fact(place, kind, at, person_id, event.tag, event.outcome == COUNTS, of))
        entry = Entry(
            seq=place,
            kind=kind,
            at=at,
            outcome=event.outcome,
            reason=event.reason,
            person_id=person_id,
            name=body.get("name"),
            of=of,
            first_at=earlier.since if earlier else None,
            chip=body.get("chip"),
        )
        self._sitting = Sitting(
            sitting.context,
            sitting.kind,
            sitting.opened_at,
            sitting.roster,
            fold(self._facts),
            (*sitting.entries, entry),
        )
        return entry


def _opened(event: Event, body: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> Sitting:
    """Return the meeting as it stood at its first event."""
    try:
        kind, head = Kind(body["kind"]), dict(body["roster"])
    except (KeyError, ValueError, TypeError) as error:
        raise LogDamaged(
            "The open meeting was not opened by this program.",
            next_step="Install the version that opened it, or open a new meeting.",
        ) from error
    roster = Roster.from_parts(head, people)
    return Sitting(event.context or "", kind, _time(event), roster, Attendance(), ())


def _time(event: Event) -> datetime:
    return datetime.fromisoformat(event.at)
