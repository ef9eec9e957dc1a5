"""The closing sheet of a meeting (*biên bản điểm danh*), and its supplements, as a value.

Lives here: what a sheet says, and that its sums are those of its list. Not here: its parts
(`sheet_parts`), how it comes from a meeting (`sheet_build`), its JSON form (`sheet_json`) and
signature (`sheet_jws`), its words (`sheet_words`), paper and tables (`edge.web.sheet_page`,
`sheet_table`).
Source: DESIGN section 9; TERMS (total, present, absent with and without reason, exempt, time).

A sheet carries no number of a person or card, no reason for an absence, and of somebody who was
not called only whether they take part elsewhere: nothing on it says "suspended".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from edge.meeting.attendance import Presence
from edge.meeting.figures import Figures, Line, figures
from edge.meeting.opening import MAX_QUORUMS
from edge.meeting.opening import MAX_TEXT as MAX_TITLE
from edge.meeting.quorum import QuorumRule
from edge.meeting.roster import MAX_PEOPLE, MAX_TEXT, Person, Standing
from edge.meeting.rules import Kind
from edge.meeting.sheet_parts import (
    Calling,
    HandEntries,
    Knowledge,
    MeetingId,
    ReadAloud,
    Role,
    SheetLine,
    Supplement,
    settle,
)

_STANDING = {
    Calling.CALLED: Standing.ACTIVE,
    Calling.EXEMPT: Standing.EXEMPT,
    Calling.ELSEWHERE: Standing.ELSEWHERE,
    Calling.NOT_CALLED: Standing.SUSPENDED,
}
"""For counting only: who is not called counts alike, whatever the cause."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A closing sheet. ValueError for one whose parts do not fit together.

    `people` are those whom the meeting is counted over, in the order of given names, `guests` the
    others who came; numbers on paper are places in these. Times are in UTC, kept to the second.
    """

    meeting: MeetingId
    organisation: str
    code: str
    parent: str | None
    kind: Kind
    title: str
    place: str
    begins: datetime | None
    """The hour it was called for."""
    opened: datetime
    closed: datetime
    signed: datetime
    chair: str | None = field(repr=False)
    secretary: str | None = field(repr=False)
    people: tuple[SheetLine, ...] = field(repr=False)
    guests: tuple[SheetLine, ...] = field(repr=False)
    figures: Figures
    hand: HandEntries
    announced: ReadAloud | None
    knowledge: Knowledge
    supplement: Supplement | None = None
    practice: bool = False

    def __post_init__(self) -> None:
        for names, limit in (
            (("organisation", "code", "parent", "chair", "secretary"), MAX_TEXT),
            (("title", "place"), MAX_TITLE),
        ):
            settle(self, *names, text=limit)
        settle(self, "begins", "opened", "closed", "signed")
        if not self.organisation or not self.code:
            raise ValueError("a sheet names its organisation")
        if not self.opened <= self.closed <= self.signed:
            raise ValueError("a meeting is opened, closed and signed, in this order")
        self._check_list()
        self._check_officers()

    def _check_list(self) -> None:
        if len(self.everybody) > MAX_PEOPLE:
            raise ValueError(f"a sheet has up to {MAX_PEOPLE} people")
        if not all(line.here for line in self.guests):
            raise ValueError("a guest who did not come is not on the sheet")
        if len(self.rules) > MAX_QUORUMS:
            raise ValueError(f"a meeting has up to {MAX_QUORUMS} quorum rules")
        if count(self.kind, self.everybody, self.rules) != self.figures:
            raise ValueError("the sums are not those of the list")
        if self.hand.entries != self.figures.by_hand:
            raise ValueError("the entries by hand are not those of the list")

    def _check_officers(self) -> None:
        for role, name in ((Role.CHAIR, self.chair), (Role.SECRETARY, self.secretary)):
            marked = [line.name for line in self.everybody if role in line.roles]
            if marked and marked != [name]:
                raise ValueError("the marks of chair and secretary are not those of the sheet")

    @property
    def everybody(self) -> tuple[SheetLine, ...]:
        """Return all lines."""
        return (*self.people, *self.guests)

    @property
    def rules(self) -> tuple[QuorumRule, ...]:
        """Return the quorum rules of the meeting."""
        return tuple(result.rule for result in self.figures.quorums)

    @property
    def number(self) -> int:
        """Return 0 for the closing sheet, 1 and on for its supplements."""
        return 0 if self.supplement is None else self.supplement.number


def count(kind: Kind, listed: Iterable[SheetLine], rules: Iterable[QuorumRule]) -> Figures:
    """Return the sums over a sheet's lines, by the same count as board and desk (`figures`)."""
    standing = [_standing(line) for line in listed]
    return figures(standing, rules, delegates=kind is Kind.DELEGATES_CONGRESS)


def _standing(line: SheetLine) -> Line:
    person = Person("-", line.name, line.category, standing=_STANDING[line.calling])
    presence = None
    if line.at is not None and line.how is not None:
        presence = Presence(0, line.at, person.id, line.how)
    return Line(person, line.state, presence, line.reason)
