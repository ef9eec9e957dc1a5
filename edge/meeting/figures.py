"""The numbers of a meeting: one count for board, desk, the reading aloud and the sheet.

Lives here: what state each person of the roster is in, and the sums. Not here: the fold
(`attendance`), words (`edge.web`), when a meeting is over (`book`).
Source: 42-HD/BTCTW (the opening: present and absent are announced); 294-QĐ/TW article 9.3.2 (who
counts in a vote; a later rule may differ, so the rule is the meeting's data).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

from edge.meeting.attendance import Attendance, How, Presence
from edge.meeting.quorum import Base, QuorumResult, QuorumRule
from edge.meeting.roster import Category, Person, Standing
from edge.wire.kinds import AbsenceOutcome

TENTHS = 1000  # of a percent's tenth in a whole


@unique
class State(StrEnum):
    """How somebody stands in a meeting (TERMS, Điểm danh)."""

    PRESENT = "present"  # có mặt
    LATE = "late"  # đến muộn
    LEFT_EARLY = "left-early"  # về sớm
    EXCUSED = "excused"  # vắng có lý do
    UNEXCUSED = "unexcused"  # vắng không lý do: only once the meeting is closing
    NOT_YET = "not-yet"  # chưa đến
    EXEMPT = "exempt"  # được miễn
    NOT_SUMMONED = "not-summoned"  # không triệu tập


_AWAY = {
    AbsenceOutcome.EXCUSED: State.EXCUSED,
    AbsenceOutcome.UNEXCUSED: State.UNEXCUSED,
    AbsenceOutcome.EXEMPT: State.EXEMPT,
}
HERE = frozenset({State.PRESENT, State.LATE, State.LEFT_EARLY})
"""Who came: somebody who left early was present."""


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the meeting and how they stand."""

    person: Person
    state: State
    presence: Presence | None = field(repr=False)
    reason: str | None
    """Why absent, in words, or why by hand, a code."""

    @property
    def here(self) -> bool:
        """Whether the person came."""
        return self.state in HERE


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums; people who are no members of the organisation stand apart, as guests."""

    members: int
    """Tổng số đảng viên."""
    summoned: int
    """Tổng số triệu tập."""
    summoned_official: int
    summoned_probationary: int
    present: int
    """Of those called, and exempt ones who came."""
    by_hand: int
    late: int
    left_early: int
    excused: int
    unexcused: int
    not_yet: int
    exempt: int
    """Được miễn and not here."""
    not_summoned: int
    """Không triệu tập for another cause, and not here."""
    guests: int
    """Guests, observers and others beyond those called who are here."""
    quorums: tuple[QuorumResult, ...]

    @property
    def absent(self) -> int:
        """Return how many of those called are not here."""
        return self.excused + self.unexcused + self.not_yet

    @property
    def rate(self) -> int | None:
        """Return present of summoned in tenths of a percent, rounded half up; None of nobody."""
        if not self.summoned:
            return None
        return (2 * TENTHS * self.present + self.summoned) // (2 * self.summoned)


def lines(
    people: Iterable[Person],
    attendance: Attendance,
    *,
    late_after: datetime | None,
    closing: bool,
) -> tuple[Line, ...]:
    """Return how each of `people` stands, in their order.

    `late_after`: who comes later is late; None where the meeting has no such time. `closing`:
    whoever has not come and gave no reason is absent without one.
    """
    return tuple(_line(person, attendance, late_after, closing) for person in people)


def figures(
    standing: Iterable[Line], quorums: Iterable[QuorumRule] = (), *, delegates: bool = False
) -> Figures:
    """Return the sums over the lines, and each quorum rule against them.

    `delegates`: a congress of delegates, where those called are the delegates.
    """
    rows = tuple(standing)
    called = [line for line in rows if is_called(line, delegates=delegates)]
    count = Counter(line.state for line in called)
    extra = [line for line in rows if line.here and not is_called(line, delegates=delegates)]
    members = [line for line in rows if line.person.member]
    exempt_here = [line for line in extra if _exempt(line)]
    away = [line for line in members if not line.here]
    return Figures(
        members=len(members),
        summoned=len(called),
        summoned_official=sum(1 for line in called if _official(line)),
        summoned_probationary=sum(
            1 for line in called if line.person.category is Category.PROBATIONARY
        ),
        present=sum(1 for line in rows if is_counted(line, delegates=delegates)),
        by_hand=sum(1 for line in rows if line.here and _by_hand(line)),
        late=count[State.LATE],
        left_early=count[State.LEFT_EARLY],
        excused=count[State.EXCUSED],
        unexcused=count[State.UNEXCUSED],
        not_yet=count[State.NOT_YET],
        exempt=sum(1 for line in away if line.state is State.EXEMPT),
        not_summoned=sum(1 for line in away if line.state is State.NOT_SUMMONED),
        guests=len(extra) - len(exempt_here),
        quorums=tuple(_quorum(rule, called, exempt_here) for rule in quorums),
    )


def _line(
    person: Person, attendance: Attendance, late_after: datetime | None, closing: bool
) -> Line:
    presence = attendance.of_person(person.id)
    if presence is not None:
        return Line(person, _arrived(presence, late_after), presence, presence.reason)
    absence = attendance.absences.get(person.id)
    if person.standing is Standing.EXEMPT:
        return Line(person, State.EXEMPT, None, None)
    if not person.summoned:
        return Line(person, State.NOT_SUMMONED, None, None)
    if absence is not None:
        return Line(person, _AWAY[absence.outcome], None, absence.reason)
    return Line(person, State.UNEXCUSED if closing else State.NOT_YET, None, None)


def _arrived(presence: Presence, late_after: datetime | None) -> State:
    if presence.left is not None:
        return State.LEFT_EARLY
    late = presence.late
    if late is None:
        late = late_after is not None and presence.since > late_after
    return State.LATE if late else State.PRESENT


def is_called(line: Line, *, delegates: bool = False) -> bool:
    """Whether the line is one of those called to the meeting."""
    if line.state is State.EXEMPT:  # for this once: called, and let off
        return False
    if delegates:
        return line.person.category is Category.DELEGATE
    return line.person.summoned and line.person.member


def is_counted(line: Line, *, delegates: bool = False) -> bool:
    """Whether the line is one of those counted as present."""
    return line.here and (is_called(line, delegates=delegates) or _exempt(line))


def _official(line: Line) -> bool:
    return line.person.category in (Category.OFFICIAL, Category.TEMPORARY)


def _exempt(line: Line) -> bool:
    return line.person.member and line.person.standing is Standing.EXEMPT


def _by_hand(line: Line) -> bool:
    return line.presence is not None and line.presence.how is How.HAND


def _quorum(rule: QuorumRule, called: list[Line], exempt_here: list[Line]) -> QuorumResult:
    """Count a rule; an exempt member who comes counts on both sides (294-QĐ/TW 9.3.2)."""
    counted = [*called, *exempt_here]
    if rule.base is Base.OFFICIAL:
        counted = [line for line in counted if _official(line)]
    have = sum(1 for line in counted if line.here)
    return QuorumResult(rule, have, rule.need(len(counted)), len(counted))


def by_state(standing: Iterable[Line]) -> Mapping[State, int]:
    """Return how many people are in each state, all of them in the mapping."""
    count = Counter(line.state for line in standing)
    return {state: count[state] for state in State}
