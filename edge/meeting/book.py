"""The open meeting, written down: every change of who is present goes through the log first.

Lives here: what may be done to a meeting, and the event that each act writes. Not here: what the
events come to (`current`), the rules (`attendance`, `figures`), sealing and durability
(`edge.log`), the card, who may do what (`edge.people`).

A meeting that was open when the power went is open again afterwards: `resume` reads its events. A
practice meeting is written to a log of its own that nobody keeps, and never counts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from edge.errors import EdgeError, MeetingState, RecordingLocked
from edge.log.append import EventLog
from edge.meeting import facts
from edge.meeting.attendance import Fact, FactKind, Presence
from edge.meeting.current import Current
from edge.meeting.figures import Figures
from edge.meeting.opening import Opening, PhotoPolicy
from edge.meeting.roster import Category, Person, Roster, person_key
from edge.meeting.sitting import Entry, Sitting
from edge.wire.event import Event
from edge.wire.kinds import (
    AbsenceOutcome,
    AnnulReason,
    EventKind,
    ExportOutcome,
    HandOutcome,
    HandReason,
    SheetOutcome,
)
from verify.moment import Moment

MAX_NOTE = 500  # characters of what somebody typed
EXTRA = frozenset({Category.GUEST, Category.OBSERVER, Category.DELEGATE})
"""Who may be put on a meeting's list at the desk."""
_UNDOABLE = frozenset(
    {
        FactKind.CHECK_IN,
        FactKind.CONFIRMED,
        FactKind.HAND_ENTRY,
        FactKind.ABSENCE,
        FactKind.DEPARTURE,
    }
)


class MeetingBook:
    """Opens, fills and closes the meeting of one organisation; safe from any thread.

    `practice_log` makes the log of a practice meeting; it is closed, and so forgotten, with it.
    """

    def __init__(
        self,
        log: EventLog,
        roster: Roster | None,
        practice_log: Callable[[], EventLog] | None = None,
    ) -> None:
        self._kept = log
        self._log = log
        self._practice_log = practice_log
        self._roster = roster
        self._lock = threading.RLock()
        self._current: Current | None = None
        self._owed: list[tuple[int, Moment, str]] = []

    @property
    def roster(self) -> Roster | None:
        """Return the standing roster."""
        return self._roster

    def replace_roster(self, roster: Roster | None) -> None:
        """Take a new standing roster, or have none; an open meeting keeps its own."""
        with self._lock:
            self._roster = roster

    @property
    def sitting(self) -> Sitting | None:
        """Return the open meeting as a value, None where none is open."""
        with self._lock:
            return None if self._current is None else self._current.sitting

    @property
    def list_of_meeting(self) -> Roster | None:
        """Return the list of the open meeting, None where none is open; costs nothing."""
        current = self._current
        return None if current is None else current.roster

    def require_list(self) -> Roster:
        """Return the list of the open meeting. Raises MeetingState where none is open."""
        return self._require().roster

    @property
    def leaving(self) -> bool:
        """Whether a card laid now means that somebody leaves."""
        current = self._current
        return current is not None and current.leaving

    @property
    def photo(self) -> PhotoPolicy:
        """What becomes of a card's photo at the open meeting."""
        current = self._current
        return PhotoPolicy.GLANCE if current is None else current.opening.photo

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
            if fault is None and self._current is None:
                self.resume()
            if fault is None:
                self._pay_owed()
            return fault

    def resume(self) -> None:
        """Take up the meeting that the log still has open, with the roster of its opening.

        Raises LogDamaged, SealBroken, MeetingState or RosterInvalid where that cannot be read.
        """
        with self._lock:
            meeting = next(filter(self.is_meeting, reversed(self._kept.open_contexts())), None)
            if meeting is not None:
                self._current = self._read(meeting)

    def is_meeting(self, context: str) -> bool:
        """Whether a context is a meeting, rather than a counter's day or a batch of cards.

        Raises LogDamaged, SealBroken; KeyDestroyed where only the centre can tell.
        """
        return any(map(self.opens_meeting, self._kept.events(context=context, limit=1)))

    def opens_meeting(self, opening: Event) -> bool:
        """Whether a context with this first event is a meeting. Raises what `is_meeting` does."""
        return facts.of_meeting(self._kept.body(opening))

    def past(self, context: str, until: int | None = None) -> Sitting:
        """Return a closed meeting whose key lives, as it is now with what came after its end.

        `until`: as it was when the log had got to that place. Raises what `resume` does;
        KeyDestroyed where only the centre can read it.
        """
        with self._lock:
            return self._read(context, until).sitting

    def after_the_end(self, context: str) -> MeetingBook:
        """Return a book that writes to a closed meeting, for its supplement.

        Raises what `past` does; MeetingState for a meeting that is open or unknown.
        """
        with self._lock:
            current = self._read(context)
            if current.sitting.closed_at is None:
                raise MeetingState(
                    "This meeting is still open.", next_step="Record it at the desk."
                )
            late = MeetingBook(self._kept, self._roster)
            late._lock, late._current = self._lock, current
            return late

    def _read(self, context: str, until: int | None = None) -> Current:
        opening, *later = self._kept.events(context=context) or (None,)
        if opening is None:
            raise MeetingState(
                "There is no such meeting.", next_step="Choose one of the closed meetings."
            )
        settings, head = facts.opened(self._kept.body(opening))
        roster = Roster.from_parts(head, self._kept.roster(context))
        current = Current(context, settings, opening.moment.at, roster)
        for event in later:
            if until is not None and self._kept.place(event) > until:
                break
            if event.kind is not EventKind.ROSTER_PART:
                self._taken(current, event, self._kept.body(event))
        return current

    # Opening and closing

    def open(
        self, opening: Opening, at: Moment, *, practice: bool = False, by: str | None = None
    ) -> Sitting:
        """Open a meeting over a snapshot of the standing roster.

        Raises MeetingState without a roster or with a meeting open, RecordingLocked where the
        log takes nothing.
        """
        with self._lock:
            if self._current is not None:
                raise MeetingState(
                    "A meeting is open already.", next_step="Close it before opening another."
                )
            if self._roster is None:
                raise MeetingState(
                    "There is no roster on this terminal.",
                    next_step="Load the organisation's roster first.",
                )
            if practice:
                self._log = self._scratch()
            head, people = self._roster.to_parts()
            body = {
                "kind": opening.kind.value,
                "opening": opening.to_object(),
                "roster": head,
                "by": by,
            }
            try:
                context = self._log.open_context(body, at, people)
            except EdgeError:
                self._end_practice()
                raise
            self._current = Current(context, opening, at.at, self._roster, practice=practice)
            return self._current.sitting

    def close(self, at: Moment, *, by: str | None = None) -> Sitting:
        """Close the open meeting and return how it ended.

        Raises MeetingState where none is, RecordingLocked.
        """
        with self._lock:
            current = self._require()
            self._pay_owed()
            self._log.close_context(current.context, at, body=None if by is None else {"by": by})
            self._current = None
            ended = current.closed(at.at)
            self._end_practice()
            return ended

    def drop(self, contexts: Collection[str]) -> None:
        """Let the open meeting go where it is one of these, which the log closed by itself."""
        with self._lock:
            if self._current is not None and self._current.context in contexts:
                self._current = None

    def require(self) -> Sitting:
        """Return the open meeting. Raises MeetingState where none is."""
        with self._lock:
            return self._require().sitting

    def tag(self, person_key: str) -> bytes:
        """Return the person's pseudonym in the open meeting. Raises MeetingState."""
        return self._log.person_tag(self._require().context, person_key)

    def presence(self, tag: bytes | None) -> Presence | None:
        """Return since when the person of a pseudonym is here. Raises MeetingState."""
        with self._lock:
            return self._require().presence(tag)

    def amend(self, opening: Opening, at: Moment, *, by: str | None = None) -> None:
        """Change what the meeting was opened with: hours, officers, quorum; not its kind."""
        with self._lock:
            if opening.kind is not self._require().opening.kind:
                raise MeetingState(
                    "An open meeting does not change its kind.",
                    next_step="Close it, and open one of the other kind.",
                )
            body = {"opening": opening.to_object(), "by": by}
            self._append(EventKind.AMENDED, at, body=body)

    def set_leaving(self, leaving: bool) -> None:
        """Switch the mode in which a card laid means that somebody leaves."""
        with self._lock:
            self._require().set_leaving(leaving)

    # Cards

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
        with self._lock:
            self._pay_owed()
            return self._about(
                EventKind.CHECK_IN, person, at, body, outcome=outcome, reason=reason, key=person_key
            )

    def confirm(self, seq: int, at: Moment, *, by: str | None = None) -> Entry | None:
        """Record the person of an UNCONFIRMED check-in as present (one touch at the desk).

        Return None where the person is here already: a touch may come twice.
        """
        with self._lock:
            current = self._require()
            entry = current.entry(seq)
            person_id = entry.person_id if entry is not None else None
            if person_id is not None and current.sitting.attendance.of_person(person_id):
                return None
            if seq in current.sitting.undone or seq in {of for of, _, _ in self._owed}:
                raise MeetingState(
                    f"Event {seq} was withdrawn.", next_step="Let the secretary see to this person."
                )
            more = {"by": by}
            return self._follow(EventKind.CONFIRMED, seq, at, needs="UNCONFIRMED", more=more)

    def withdraw(self, seq: int, at: Moment, reason: str) -> Entry:
        """Undo what the card of check-in `seq` gave its holder, now or at an earlier laying.

        Both events stay. A presence that another card gave, or a hand, stays too. Where the log
        takes nothing, the person no longer counts all the same and the event is written first
        when it takes events again. Raises RecordingLocked, MeetingState.
        """
        with self._lock:
            meant = self._made_by_the_same_card(seq)
            try:
                return self._follow(EventKind.WITHDRAWN, meant, at, reason=reason)
            except RecordingLocked:
                self._owed.append((meant, at, reason))
                current = self._require()
                for tag, held in current.tags_of(meant):
                    kind = FactKind.WITHDRAWN
                    gone = Fact(meant, kind, at.at, held.person_id, tag, False, meant)
                    current.count_out(gone)
                raise

    def depart(
        self,
        person: Person,
        at: Moment,
        *,
        reason: HandReason | None = None,
        body: Mapping[str, Any] | None = None,
        by: str | None = None,
    ) -> Entry:
        """Record that somebody left before the end: by card (`body`), or by hand (`reason`)."""
        with self._lock:
            held = self._require().sitting.attendance.of_person(person.id)
            if held is None or held.left is not None:
                raise _not_so(person, "is not here")
            said = {"by": by} if body is None else body
            return self._about(EventKind.DEPARTURE, person, at, said, reason=reason)

    # The desk

    def hand_entry(
        self, person_id: str, reason: HandReason, at: Moment, *, late: bool, by: str | None = None
    ) -> Entry:
        """Record somebody of the list as present without a card. Raises MeetingState."""
        with self._lock:
            person = self.on_list(person_id)
            held = self._require().sitting.attendance.of_person(person_id)
            if held is not None and held.left is None:
                raise _not_so(person, "is here already")
            outcome = HandOutcome.LATE if late else HandOutcome.PRESENT
            return self._about(
                EventKind.HAND_ENTRY, person, at, {"by": by}, outcome=outcome, reason=reason
            )

    def absence(
        self,
        person_id: str,
        outcome: AbsenceOutcome,
        at: Moment,
        *,
        note: str = "",
        before: bool = False,
        by: str | None = None,
    ) -> Entry:
        """Record that somebody is absent, and why in the secretary's words. Raises MeetingState."""
        with self._lock:
            person = self.on_list(person_id)
            held = self._require().sitting.attendance.of_person(person_id)
            if held is not None:
                raise _not_so(person, "is here")
            body = {"said": "before" if before else "desk", "note": _note(note), "by": by}
            return self._about(EventKind.ABSENCE, person, at, body, outcome=outcome)

    def add(self, name: str, category: Category, at: Moment, *, by: str | None = None) -> Person:
        """Put a guest, observer or delegate on the meeting's list. Raises MeetingState."""
        with self._lock:
            current = self._require()
            if category not in EXTRA or not name.strip() or len(name) > MAX_NOTE:
                raise MeetingState(
                    "Nobody can be put on the list so.",
                    next_step="Type the name and choose guest, observer or delegate.",
                )
            taken = sum(1 for p in current.roster.people if p.id.startswith(_ADDED))
            person = Person(f"{_ADDED}{taken + 1}", " ".join(name.split()), category)
            entry = {"id": person.id, "name": person.name, "category": category.value}
            self._append(
                EventKind.ADDED, at, body={"entry": entry, "by": by}, key=_key_of(current, person)
            )
            return person

    def annul(
        self, seq: int, reason: AnnulReason, at: Moment, *, note: str = "", by: str | None = None
    ) -> Entry:
        """Take an event back, with a reason; both stay. Raises MeetingState."""
        with self._lock:
            current = self._require()
            entry = current.entry(seq)
            if entry is None or entry.kind not in _UNDOABLE or seq in current.sitting.undone:
                raise _no_such(seq)
            more = {"note": _note(note), "by": by}
            return self._follow(EventKind.ANNULLED, seq, at, reason=reason, more=more)

    def correct(
        self,
        person_id: str | None,
        changes: Mapping[str, str],
        at: Moment,
        *,
        by: str | None = None,
    ) -> None:
        """Record a wish to have the standing roster corrected (*đề nghị sửa*)."""
        with self._lock:
            if not changes or any(len(text) > MAX_NOTE for text in changes.values()):
                raise MeetingState(
                    "There is nothing to correct.", next_step="Type what the roster should say."
                )
            person = self._require().person(person_id)
            body = {
                "person": person.id if person else None,
                "name": person.name if person else None,
                "changes": dict(changes),
                "by": by,
            }
            key = _key_of(self._require(), person) if person else None
            self._append(EventKind.CORRECTION, at, body=body, key=key)

    def announce(
        self,
        at: Moment,
        *,
        by: str | None = None,
        figures: Figures | None = None,
        as_of: datetime | None = None,
    ) -> None:
        """Copy figures into the minutes (*đọc công bố*): those read, or as they stand now.

        `as_of`: when those that were read stood so.
        """
        with self._lock:
            read = self._require().sitting.figures if figures is None else figures
            body: dict[str, Any] = {"figures": counted(read), "by": by}
            if as_of is not None:
                body["as_of"] = as_of.isoformat(timespec="seconds")
            self._append(EventKind.FIGURES_ANNOUNCED, at, body=body)

    def confirm_by_hand(self, at: Moment, *, by: str | None) -> None:
        """Record that the chair confirms the entries by hand, all that stand."""
        with self._lock:
            current = self._require()
            places = [entry.seq for entry in current.sitting.by_hand]
            person = current.person(by)
            body = {
                "by": by,
                "name": person.name if person else None,
                "entries": [self._log.reference(place) for place in places],
            }
            key = _key_of(current, person) if person else None
            self._append(EventKind.HAND_ENTRIES_CONFIRMED, at, body=body, key=key)

    # After the end

    def record_sheet(
        self,
        context: str,
        outcome: SheetOutcome,
        number: int,
        digest: bytes,
        at: Moment,
        *,
        by: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that a sheet of a meeting was made and signed, by its SHA-256.

        `more`: what is needed to make it again (`sheets`).
        """
        body = {**(more or {}), "number": number, "sha256": digest.hex(), "by": by}
        self._to(context, EventKind.SHEET, at, outcome, body)

    def record_export(
        self,
        context: str,
        outcome: ExportOutcome,
        number: int,
        digest: bytes,
        at: Moment,
        *,
        by: str | None = None,
    ) -> None:
        """Record that a sheet left the terminal, and in which form."""
        body = {"number": number, "sha256": digest.hex(), "by": by}
        self._to(context, EventKind.EXPORTED, at, outcome, body)

    # Steps

    def _require(self) -> Current:
        if self._current is None:
            raise MeetingState("No meeting is open.", next_step="Open the meeting at the desk.")
        return self._current

    def on_list(self, person_id: str) -> Person:
        """Return somebody of the open meeting's list. Raises MeetingState."""
        person = self._require().person(person_id)
        if person is None:
            raise MeetingState(
                "This person is not on the meeting's list.",
                next_step="Choose somebody of the list, or add a guest.",
            )
        return person

    def _scratch(self) -> EventLog:
        if self._practice_log is None:
            raise MeetingState(
                "This terminal has no practice mode.", next_step="Open a meeting as it is."
            )
        return self._practice_log()

    def _end_practice(self) -> None:
        if self._log is not self._kept:
            self._log.close()
            self._log = self._kept

    def _made_by_the_same_card(self, seq: int) -> int:
        """Return the event of the presence that this card made earlier, else `seq` itself."""
        current = self._require()
        entry = current.entry(seq)
        held = current.sitting.attendance.of_person(entry.person_id or "") if entry else None
        if entry is None or held is None or entry.chip is None:
            return seq
        earlier = current.entry(held.seq)
        if earlier is not None and earlier.of is not None:  # confirmed at the desk
            earlier = current.entry(earlier.of)
        return held.seq if earlier is not None and earlier.chip == entry.chip else seq

    def _pay_owed(self) -> None:
        """Write the withdrawals that the log did not take when they happened."""
        while self._owed:
            seq, at, reason = self._owed[0]
            self._follow(EventKind.WITHDRAWN, seq, at, reason=reason)
            del self._owed[0]

    def _follow(
        self,
        kind: EventKind,
        seq: int,
        at: Moment,
        *,
        needs: str | None = None,
        reason: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Write an event about an earlier one."""
        current = self._require()
        entry = current.entry(seq)
        person = current.person(entry.person_id) if entry else None
        if entry is None or person is None or (needs and entry.outcome != needs):
            raise _no_such(seq)
        body = {**(more or {}), "of": self._log.reference(seq)}
        return self._about(kind, person, at, body, reason=reason)

    def _about(
        self,
        kind: EventKind,
        person: Person | None,
        at: Moment,
        body: Mapping[str, Any],
        *,
        outcome: str | None = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Entry:
        """Write an event about somebody, and return its entry."""
        who = {"person": person.id if person else None, "name": person.name if person else None}
        if key is None and person is not None:
            key = _key_of(self._require(), person)
        entry = self._append(
            kind, at, outcome=outcome, reason=reason, key=key, body={**body, **who}
        )
        if entry is None:
            raise AssertionError("an event about somebody has an entry")
        return entry

    def _append(
        self,
        kind: EventKind,
        at: Moment,
        *,
        outcome: str | None = None,
        reason: str | None = None,
        key: str | None = None,
        body: Mapping[str, Any],
    ) -> Entry | None:
        current = self._require()
        event = self._log.append(
            kind,
            context=current.context,
            at=at,
            outcome=outcome,
            reason=reason,
            person_key=key,
            body=body,
        )
        return self._taken(current, event, body)

    def _taken(self, current: Current, event: Event, body: Mapping[str, Any]) -> Entry | None:
        return current.take(event, body, self._log.place(event), self._log.referred)

    def _to(
        self, context: str, kind: EventKind, at: Moment, outcome: str, body: Mapping[str, Any]
    ) -> None:
        with self._lock:
            self._kept.append(kind, context=context, at=at, outcome=outcome, body=body)


_ADDED = "them-"
"""How the ids of people begin that were added to one meeting's list."""


def counted(figures: Figures) -> dict[str, int]:
    """Return the figures that are read aloud and kept, by their names."""
    return {
        "members": figures.members,
        "summoned": figures.summoned,
        "summoned_official": figures.summoned_official,
        "summoned_probationary": figures.summoned_probationary,
        "present": figures.present,
        "late": figures.late,
        "excused": figures.excused,
        "unexcused": figures.unexcused,
        "not_yet": figures.not_yet,
        "exempt": figures.exempt,
        "not_summoned": figures.not_summoned,
        "guests": figures.guests,
    }


def _key_of(current: Current, person: Person) -> str:
    """Return what names the person; somebody without any number, within this meeting."""
    if person.number or person.personal_number:
        return person.person_key
    return person_key(f"roster:{current.context}", person.id)


def _note(text: str) -> str:
    if len(text) > MAX_NOTE:
        raise MeetingState(
            f"A note has up to {MAX_NOTE} characters.", next_step="Say it in fewer words."
        )
    return text


def _not_so(person: Person, why: str) -> MeetingState:
    return MeetingState(
        f"Person {person.id} {why}.", next_step="Look at the list, and choose again."
    )


def _no_such(seq: int) -> MeetingState:
    return MeetingState(
        f"Event {seq} is not one that this act applies to.",
        next_step="Reload the desk and choose from the last results.",
    )
