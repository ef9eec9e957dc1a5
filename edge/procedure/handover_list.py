"""The list of cards to hand over, from a table: every bad row is named, none is dropped in silence.

Lives here: which heading means what, how each cell is read, the organisations that the rows name.
Not here: what a corrected list changes in a batch that runs (`handover_correction`), what all
tables share (`edge.meeting.table`), the file's form (`edge.meeting.roster_rows`), the sentences
(`edge.web`).
Headings: TERMS (Người, Tổ chức); accents, case and spaces do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum, unique

from edge.meeting.roster import MAX_TEXT
from edge.meeting.table import (
    Problem,
    RowProblem,
    day,
    digits_problem,
    heading,
    plain,
    spelled,
    unusable,
)
from edge.procedure.handover_batch import (
    MAX_CARDS,
    MAX_ORGANISATIONS,
    Card,
    Organisation,
)

LATEST = date(2100, 1, 1)
"""Of a target date: a later one is a slip of the pen."""


@unique
class Column(StrEnum):
    """What a column is about."""

    NUMBER = "number"
    NAME = "name"
    BIRTH = "birth"
    PERSONAL_NUMBER = "personal-number"
    ORGANISATION = "organisation"
    CODE = "code"
    TARGET = "target"
    OLD_NUMBER = "old-number"
    CAN = "can"


@dataclass(frozen=True, slots=True)
class ListPreview:
    """What a file holds. It may be taken only where there are no problems."""

    organisations: tuple[Organisation, ...]
    cards: tuple[Card, ...] = field(repr=False)
    problems: tuple[RowProblem, ...]
    unused: tuple[str, ...]
    """Headings that this terminal has no use for."""

    @property
    def ok(self) -> bool:
        """Whether every row can be taken, and there is one."""
        return not self.problems and bool(self.cards)


_HEADINGS: Mapping[str, Column] = {
    "so the": Column.NUMBER,
    "so the moi": Column.NUMBER,
    "so the dang": Column.NUMBER,
    "so the dang vien": Column.NUMBER,
    "the moi": Column.NUMBER,
    "number": Column.NUMBER,
    "ho ten": Column.NAME,
    "ho va ten": Column.NAME,
    "name": Column.NAME,
    "ngay sinh": Column.BIRTH,
    "ngay thang nam sinh": Column.BIRTH,
    "birth": Column.BIRTH,
    "so dinh danh": Column.PERSONAL_NUMBER,
    "so dinh danh ca nhan": Column.PERSONAL_NUMBER,
    "so cccd": Column.PERSONAL_NUMBER,
    "cccd": Column.PERSONAL_NUMBER,
    "personal number": Column.PERSONAL_NUMBER,
    "to chuc": Column.ORGANISATION,
    "to chuc dang": Column.ORGANISATION,
    "chi bo": Column.ORGANISATION,
    "organisation": Column.ORGANISATION,
    "ma to chuc": Column.CODE,
    "ma to chuc dang": Column.CODE,
    "code": Column.CODE,
    "han phat": Column.TARGET,
    "han": Column.TARGET,
    "ngay han": Column.TARGET,
    "target": Column.TARGET,
    "so the cu": Column.OLD_NUMBER,
    "the cu": Column.OLD_NUMBER,
    "old number": Column.OLD_NUMBER,
    "can": Column.CAN,
    "so can": Column.CAN,
}
_LENGTHS: Mapping[Column, frozenset[int]] = {
    Column.NUMBER: frozenset({9}),
    Column.PERSONAL_NUMBER: frozenset({9, 12}),
    Column.CODE: frozenset({14}),
    Column.OLD_NUMBER: frozenset(range(6, 13)),
    Column.CAN: frozenset({6}),
}
"""Of a number in digits; the length of a paper card's is not laid down."""
_DOTTED = (Column.CODE, Column.OLD_NUMBER)
"""Numbers that are written with dots between their groups."""


def preview(
    rows: Sequence[Sequence[str]], target: date, today: date, *, citizen_card: bool = False
) -> ListPreview:
    """Return what these rows hold. `target`: where a row does not say another.

    `citizen_card`: people show who they are by citizen card, so each has a personal number.

    Raises RosterInvalid where no heading names a column of card numbers, a heading stands twice,
    or there are too many cards or organisations.
    """
    top, columns, unused = heading(rows, _HEADINGS, Column.NUMBER, "Số thẻ mới")
    reading = _Reading(target, today, citizen_card)
    for row, cells in enumerate(rows[top + 1 :], start=top + 2):
        if any(cells):
            reading.take(row, {c: cells[i] if i < len(cells) else "" for c, i in columns.items()})
    if len(reading.cards) > MAX_CARDS:
        raise unusable(f"it has more than {MAX_CARDS} cards")
    if len(reading.organisations) > MAX_ORGANISATIONS:
        raise unusable(f"it has more than {MAX_ORGANISATIONS} organisations")
    return ListPreview(
        tuple(one.organisation for one in reading.organisations),
        tuple(reading.cards),
        tuple(reading.problems),
        unused,
    )


@dataclass(slots=True)
class _Named:
    organisation: Organisation
    row: int
    said_target: bool


class _Reading:
    """The rows so far."""

    def __init__(self, target: date, today: date, citizen_card: bool) -> None:
        self._citizen_card = citizen_card
        self._target = target
        self._today = today
        self._seen: dict[str, int] = {}
        self._by_key: dict[str, _Named] = {}
        self.cards: list[Card] = []
        self.problems: list[RowProblem] = []

    @property
    def organisations(self) -> list[_Named]:
        return list(self._by_key.values())

    def take(self, row: int, values: dict[Column, str]) -> None:
        for column in _DOTTED:
            values[column] = values.get(column, "").replace(".", "").replace(" ", "")
        problem = self._read(row, values) or self._repeated(row, values)
        if problem is None:
            problem = self._name_organisation(row, values)
        if problem is not None:
            self.problems.append(problem)
            return
        birth = day(values.get(Column.BIRTH, ""), self._today)
        named = self._by_key[_key_of(values)]
        self.cards.append(
            Card(
                id=f"c{len(self.cards) + 1}",
                number=values[Column.NUMBER],
                name=spelled(values[Column.NAME]),
                organisation=named.organisation.id,
                birth=None if birth is None else birth.isoformat(),
                personal_number=values.get(Column.PERSONAL_NUMBER) or None,
                old_number=values.get(Column.OLD_NUMBER) or None,
                can=values.get(Column.CAN) or None,
            )
        )

    def _read(self, row: int, values: Mapping[Column, str]) -> RowProblem | None:
        """Return the first problem of a row by itself."""
        name = values.get(Column.NAME, "")

        def bad(column: Column, problem: Problem) -> RowProblem:
            return RowProblem(row, column, problem, name[:MAX_TEXT])

        if not name:
            return bad(Column.NAME, Problem.NAME_MISSING)
        for column, text in values.items():
            if len(text) > MAX_TEXT or not text.isprintable():
                return bad(column, Problem.TOO_LONG)
        if not values[Column.NUMBER]:
            return bad(Column.NUMBER, Problem.MISSING)
        if not values.get(Column.ORGANISATION) and not values[Column.CODE]:
            return bad(Column.ORGANISATION, Problem.MISSING)
        if self._citizen_card and not values.get(Column.PERSONAL_NUMBER):
            return bad(Column.PERSONAL_NUMBER, Problem.MISSING)
        for column, latest in ((Column.BIRTH, self._today), (Column.TARGET, LATEST)):
            if values.get(column) and day(values[column], latest) is None:
                return bad(column, Problem.NOT_A_DATE)
        for column, lengths in _LENGTHS.items():
            problem = digits_problem(values.get(column, ""), lengths)
            if problem is not None:
                return bad(column, problem)
        return None

    def _repeated(self, row: int, values: Mapping[Column, str]) -> RowProblem | None:
        for column in (Column.NUMBER, Column.PERSONAL_NUMBER):
            number = values.get(column, "")
            other = self._seen.setdefault(f"{column}:{number}", row) if number else row
            if other != row:
                name = values[Column.NAME]
                return RowProblem(row, column, Problem.REPEATED, name, other)
        return None

    def _name_organisation(self, row: int, values: Mapping[Column, str]) -> RowProblem | None:
        """Take the row's organisation; one of another name or target than before contradicts."""
        said = values.get(Column.TARGET, "")
        target = day(said, LATEST) or self._target
        name = spelled(values.get(Column.ORGANISATION, ""))
        key = _key_of(values)
        named = self._by_key.get(key)
        if named is None:
            one = Organisation(
                f"o{len(self._by_key) + 1}",
                name or values[Column.CODE],
                values[Column.CODE] or None,
                target,
            )
            self._by_key[key] = _Named(one, row, bool(said))
            return None
        held = named.organisation
        if name and plain(held.name) != plain(name):
            if held.name == held.code:
                named.organisation = replace(held, name=name)
            else:
                return self._contradicts(row, Column.ORGANISATION, values, named.row)
        if said and named.said_target and target != held.target:
            return self._contradicts(row, Column.TARGET, values, named.row)
        if said and not named.said_target:
            named.organisation = replace(named.organisation, target=target)
            named.said_target = True
        return None

    @staticmethod
    def _contradicts(
        row: int, column: Column, values: Mapping[Column, str], other: int
    ) -> RowProblem:
        return RowProblem(row, column, Problem.CONTRADICTS, values[Column.NAME], other)


def _key_of(values: Mapping[Column, str]) -> str:
    return organisation_key(values[Column.CODE] or None, values.get(Column.ORGANISATION, ""))


def organisation_key(code: str | None, name: str) -> str:
    """Return what tells organisations apart: the code where there is one, else the name."""
    return f"code:{code}" if code else f"name:{plain(name)}"
