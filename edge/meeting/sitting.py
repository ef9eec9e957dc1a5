"""The open meeting at one moment, as a value for pages and sheets.

Lives here: what was opened, who is on its list, what happened, and the numbers that follow. Not
here: how it is written down (`book`), how it is counted (`figures`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from edge.meeting.attendance import Attendance, FactKind
from edge.meeting.figures import Figures, Line, figures, lines
from edge.meeting.opening import Opening
from edge.meeting.quorum import Base, Preset, QuorumResult, QuorumRule
from edge.meeting.roster import Roster
from edge.meeting.rules import Kind


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
    note: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Announced:
    """The figures as they were read aloud, and when."""

    at: datetime
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The chair's word for the entries by hand: when, who, which."""

    at: datetime
    by: str | None
    entries: frozenset[int]


@dataclass(frozen=True)
class Sitting:
    """The meeting at one moment. Its numbers are worked out once for everybody who looks."""

    context: str
    opening: Opening
    opened_at: datetime
    roster: Roster = field(repr=False)
    """The list of this meeting: the snapshot of its opening, and who was added since."""
    attendance: Attendance
    entries: tuple[Entry, ...] = field(repr=False)
    announced: Announced | None = None
    confirmed: Confirmed | None = None
    practice: bool = False
    leaving: bool = False
    """Whether a card laid now means that somebody leaves (*Ra về*)."""
    closed_at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """Return the kind of meeting."""
        return self.opening.kind

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Return how everybody on the list stands; whoever is not here may still come."""
        return self._lines(closing=self.closed_at is not None)

    @cached_property
    def figures(self) -> Figures:
        """Return the sums as they stand."""
        return self._figures(self.lines)

    @cached_property
    def closing_lines(self) -> tuple[Line, ...]:
        """Return how everybody stands if the meeting ends now."""
        return self._lines(closing=True)

    @cached_property
    def closing_figures(self) -> Figures:
        """Return the sums if the meeting ends now."""
        return self._figures(self.closing_lines)

    @property
    def summoned(self) -> int:
        """Return how many are called to the meeting."""
        return self.figures.summoned

    @property
    def present(self) -> int:
        """Return how many of those called are here."""
        return self.figures.present

    @cached_property
    def votes(self) -> QuorumResult:
        """Return how many who may vote are here, of how many who are called."""
        delegates = self.kind is Kind.DELEGATES_CONGRESS
        base = Base.SUMMONED if delegates else Base.OFFICIAL
        everybody = QuorumRule(Preset.OWN, base, 1, 1, strict=False)
        return figures(self.lines, (everybody,), delegates=delegates).quorums[0]

    @cached_property
    def _by_place(self) -> Mapping[int, Entry]:
        return {entry.seq: entry for entry in self.entries}

    def entry(self, seq: int) -> Entry | None:
        """Return the entry of this event number."""
        return self._by_place.get(seq)

    @cached_property
    def undone(self) -> frozenset[int]:
        """Return the events whose effect was taken back, with the check-ins that they confirmed."""
        taken = {
            entry.of
            for entry in self.entries
            if entry.kind in (FactKind.WITHDRAWN, FactKind.ANNULLED) and entry.of is not None
        }
        confirmed = {e.of for e in self.entries if e.seq in taken and e.of is not None}
        return frozenset(taken | confirmed)

    @cached_property
    def by_hand(self) -> tuple[Entry, ...]:
        """Return the entries by hand that stand, which the chair confirms at the end."""
        return tuple(
            entry
            for entry in self.entries
            if entry.kind is FactKind.HAND_ENTRY and entry.seq not in self.undone
        )

    def _lines(self, *, closing: bool) -> tuple[Line, ...]:
        after = self.opening.late_after
        return lines(self.roster.people, self.attendance, late_after=after, closing=closing)

    def _figures(self, standing: tuple[Line, ...]) -> Figures:
        delegates = self.kind is Kind.DELEGATES_CONGRESS
        return figures(standing, self.opening.quorums, delegates=delegates)
