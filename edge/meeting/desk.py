"""The acts of the desk, each with its time: what a page asks for, the book writes.

Lives here: handing the terminal's clock to the book, telling whoever shows that something changed.
Not here: what an act does (`book`), who may do it (`edge.people`), pages (`edge.web`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from edge.meeting.book import MeetingBook
from edge.meeting.figures import Figures
from edge.meeting.opening import Opening
from edge.meeting.roster import Category, Person, Roster
from edge.meeting.sitting import Sitting
from edge.wire.kinds import AbsenceOutcome, AnnulReason, HandReason
from verify.moment import Moment


class MeetingDesk:
    """The open meeting as the desk acts on it. Every act raises what the book's raises.

    `now` gives the terminal's time; `changed` is called once an act is written. `by` is whoever
    acts, as each event says it (`edge.people.sessions`); None: the terminal cannot say.
    """

    def __init__(
        self,
        book: MeetingBook,
        now: Callable[[], Moment],
        changed: Callable[[], None],
        by: str | None = None,
    ) -> None:
        self._book = book
        self._now = now
        self._changed = changed
        self._by = by

    def acting(self, by: str | None) -> MeetingDesk:
        """Return the same acts as done by somebody."""
        return MeetingDesk(self._book, self._now, self._changed, by)

    @property
    def sitting(self) -> Sitting | None:
        """Return the open meeting, None where none is open."""
        return self._book.sitting

    def require(self) -> Sitting:
        """Return the open meeting. Raises MeetingState where none is."""
        return self._book.require()

    @property
    def roster(self) -> Roster | None:
        """Return the list of the open meeting, else the organisation's standing roster."""
        return self._book.list_of_meeting or self._book.roster

    @property
    def standing_roster(self) -> Roster | None:
        """Return the organisation's standing roster, whatever meeting is open."""
        return self._book.roster

    def after_the_end(self, context: str) -> MeetingDesk:
        """Return the acts on a closed meeting whose key lives, for its supplement."""
        return MeetingDesk(self._book.after_the_end(context), self._now, self._changed, self._by)

    def past(self, context: str) -> Sitting:
        """Return a closed meeting whose key lives."""
        return self._book.past(context)

    def open(self, opening: Opening, *, practice: bool = False) -> Sitting:
        """Open a meeting, or a practice one that never counts."""
        sitting = self._book.open(opening, self._now(), practice=practice, by=self._by)
        self._changed()
        return sitting

    def amend(self, opening: Opening) -> None:
        """Change hours, officers or quorum of the open meeting."""
        self._book.amend(opening, self._now(), by=self._by)
        self._changed()

    def close(self) -> Sitting:
        """Close the meeting and return how it ended."""
        ended = self._book.close(self._now(), by=self._by)
        self._changed()
        return ended

    def set_leaving(self, leaving: bool) -> None:
        """Switch the mode in which a card laid means that somebody leaves (*Ra về*)."""
        self._book.set_leaving(leaving)
        self._changed()

    def confirm(self, seq: int) -> None:
        """Record the person of an UNCONFIRMED check-in as present."""
        self._book.confirm(seq, self._now(), by=self._by)
        self._changed()

    def hand_entry(self, person_id: str, reason: HandReason, *, late: bool) -> None:
        """Record somebody of the list as present without a card."""
        self._book.hand_entry(person_id, reason, self._now(), late=late, by=self._by)
        self._changed()

    def guest(self, name: str, category: Category, *, late: bool = False) -> Person:
        """Put somebody on the list who is not of the organisation, and record them as present."""
        now = self._now()
        person = self._book.add(name, category, now, by=self._by)
        self._book.hand_entry(person.id, HandReason.GUEST, now, late=late, by=self._by)
        self._changed()
        return person

    def absence(
        self,
        person_id: str,
        outcome: AbsenceOutcome,
        *,
        note: str = "",
        before: bool = False,
    ) -> None:
        """Record that somebody is absent."""
        self._book.absence(person_id, outcome, self._now(), note=note, before=before, by=self._by)
        self._changed()

    def leave(self, person_id: str, reason: HandReason) -> None:
        """Record by hand that somebody left before the end."""
        person = self._book.on_list(person_id)
        self._book.depart(person, self._now(), reason=reason, by=self._by)
        self._changed()

    def annul(self, seq: int, reason: AnnulReason, *, note: str = "") -> None:
        """Take an event back, with a reason."""
        self._book.annul(seq, reason, self._now(), note=note, by=self._by)
        self._changed()

    def correct(self, person_id: str | None, changes: Mapping[str, str]) -> None:
        """Record a wish to have the standing roster corrected."""
        self._book.correct(person_id, changes, self._now(), by=self._by)
        self._changed()

    def announce(self, *, figures: Figures | None = None, as_of: datetime | None = None) -> None:
        """Copy figures into the minutes: those that were read, or as they stand."""
        self._book.announce(self._now(), by=self._by, figures=figures, as_of=as_of)
        self._changed()

    def confirm_by_hand(self, *, by: str | None) -> None:
        """Record that the chair confirms the entries by hand."""
        self._book.confirm_by_hand(self._now(), by=by)
        self._changed()
