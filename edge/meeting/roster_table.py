"""From rows of a table to people: every bad row is named, none is dropped in silence.

Lives here: which heading means what, how each cell is read, what changes against the roster that
is there. Not here: what all tables share (`table`), the file's form (`roster_rows`), the sentences
for problems (`edge.web`).
Headings and words of cells: TERMS (Người); accents, case and spaces do not matter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum, unique

from edge.meeting.roster import MAX_PEOPLE, MAX_TEXT, Category, Person, Roster, Standing
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


@unique
class Column(StrEnum):
    """What a column is about."""

    NAME = "name"
    BIRTH = "birth"
    NUMBER = "number"
    PERSONAL_NUMBER = "personal-number"
    CAN = "can"
    CATEGORY = "category"
    STANDING = "standing"
    POST = "post"
    COMMITTEE = "committee"


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. It may be taken only where there are no problems."""

    people: tuple[Person, ...] = field(repr=False)
    problems: tuple[RowProblem, ...]
    unused: tuple[str, ...]
    """Headings that this terminal has no use for."""
    added: tuple[str, ...] = field(repr=False)
    """Names that are new."""
    changed: tuple[str, ...] = field(repr=False)
    gone: tuple[str, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether every row can be taken."""
        return not self.problems


_HEADINGS: Mapping[str, Column] = {
    "ho ten": Column.NAME,
    "ho va ten": Column.NAME,
    "name": Column.NAME,
    "ngay sinh": Column.BIRTH,
    "ngay thang nam sinh": Column.BIRTH,
    "birth": Column.BIRTH,
    "so the": Column.NUMBER,
    "so the dang": Column.NUMBER,
    "so the dang vien": Column.NUMBER,
    "number": Column.NUMBER,
    "so dinh danh": Column.PERSONAL_NUMBER,
    "so dinh danh ca nhan": Column.PERSONAL_NUMBER,
    "so cccd": Column.PERSONAL_NUMBER,
    "cccd": Column.PERSONAL_NUMBER,
    "personal number": Column.PERSONAL_NUMBER,
    "can": Column.CAN,
    "so can": Column.CAN,
    "dien": Column.CATEGORY,
    "category": Column.CATEGORY,
    "trang thai": Column.STANDING,
    "standing": Column.STANDING,
    "chuc vu": Column.POST,
    "post": Column.POST,
    "cap uy": Column.COMMITTEE,
    "committee": Column.COMMITTEE,
}
_CATEGORIES: Mapping[str, Category] = {
    "": Category.OFFICIAL,
    "ct": Category.OFFICIAL,
    "chinh thuc": Category.OFFICIAL,
    "dang vien chinh thuc": Category.OFFICIAL,
    "db": Category.PROBATIONARY,
    "du bi": Category.PROBATIONARY,
    "dang vien du bi": Category.PROBATIONARY,
    "tt": Category.TEMPORARY,
    "tam thoi": Category.TEMPORARY,
    "sinh hoat tam thoi": Category.TEMPORARY,
    "dang vien sinh hoat tam thoi": Category.TEMPORARY,
    "khach": Category.GUEST,
    "khach moi": Category.GUEST,
    "du thinh": Category.OBSERVER,
    "dai bieu": Category.DELEGATE,
} | {category.value: category for category in Category}
_STANDINGS: Mapping[str, Standing] = {
    "": Standing.ACTIVE,
    "mien": Standing.EXEMPT,
    "duoc mien": Standing.EXEMPT,
    "mien sinh hoat": Standing.EXEMPT,
    "duoc mien cong tac va sinh hoat dang": Standing.EXEMPT,
    "noi khac": Standing.ELSEWHERE,
    "sinh hoat noi khac": Standing.ELSEWHERE,
    "sinh hoat tam thoi noi khac": Standing.ELSEWHERE,
    "dinh chi": Standing.SUSPENDED,
    "dinh chi sinh hoat": Standing.SUSPENDED,
    "bi dinh chi sinh hoat dang": Standing.SUSPENDED,
} | {standing.value: standing for standing in Standing}
_COMMITTEE: Mapping[str, bool] = {"": False, "khong": False, "x": True, "co": True, "1": True}
_DIGITS: Mapping[Column, tuple[str, frozenset[int]]] = {
    Column.NUMBER: ("number", frozenset({9})),
    Column.PERSONAL_NUMBER: ("personal_number", frozenset({9, 12})),
    Column.CAN: ("can", frozenset({6})),
}
"""Field and lengths: an older personal number has nine digits."""


def preview(rows: Sequence[Sequence[str]], held: Roster | None, today: date) -> Preview:
    """Return what importing these rows over `held` would do.

    Raises RosterInvalid where no heading names a column of names, a heading stands twice, or
    there are too many rows.
    """
    top, columns, unused = heading(rows, _HEADINGS, Column.NAME, "Họ và tên")
    people: list[Person] = []
    problems: list[RowProblem] = []
    seen: dict[str, int] = {}
    for row, cells in enumerate(rows[top + 1 :], start=top + 2):
        if not any(cells):
            continue
        values = {c: cells[i] if i < len(cells) else "" for c, i in columns.items()}
        found = _read(values, row, today) or _repeated(values, row, seen)
        if found is not None:
            problems.append(found)
        else:
            people.append(_person(values))
    if len(people) > MAX_PEOPLE:
        raise unusable(f"it has more than {MAX_PEOPLE} people")
    named = _with_ids(people, held)
    return Preview(named, tuple(problems), unused, *_changes(named, held))


def _read(values: Mapping[Column, str], row: int, today: date) -> RowProblem | None:
    """Return the first problem of a row by itself."""
    name = values[Column.NAME]

    def bad(column: Column, problem: Problem) -> RowProblem:
        return RowProblem(row, column, problem, name[:MAX_TEXT])

    if not name:
        return bad(Column.NAME, Problem.NAME_MISSING)
    for column, text in values.items():
        if len(text) > MAX_TEXT or not text.isprintable():
            return bad(column, Problem.TOO_LONG)
    if values.get(Column.BIRTH) and day(values[Column.BIRTH], today) is None:
        return bad(Column.BIRTH, Problem.NOT_A_DATE)
    for column, (_, lengths) in _DIGITS.items():
        problem = digits_problem(values.get(column, ""), lengths)
        if problem is not None:
            return bad(column, problem)
    for column, known in (
        (Column.CATEGORY, _CATEGORIES),
        (Column.STANDING, _STANDINGS),
        (Column.COMMITTEE, _COMMITTEE),
    ):
        if plain(values.get(column, "")) not in known:
            return bad(column, Problem.UNKNOWN_WORD)
    return None


def _repeated(values: Mapping[Column, str], row: int, seen: dict[str, int]) -> RowProblem | None:
    """Return the problem of a row that stands for somebody of an earlier one."""
    name = values[Column.NAME]
    for column in (Column.NUMBER, Column.PERSONAL_NUMBER):
        number = values.get(column, "")
        if not number:
            continue
        other = seen.setdefault(f"{column}:{number}", row)
        if other != row:
            return RowProblem(row, column, Problem.REPEATED, name, other)
    if not values.get(Column.NUMBER) and not values.get(Column.PERSONAL_NUMBER):
        other = seen.setdefault(f"name:{plain(name)}|{values.get(Column.BIRTH, '')}", row)
        if other != row:
            return RowProblem(row, Column.NAME, Problem.SAME_NAME, name, other)
    return None


def _person(values: Mapping[Column, str]) -> Person:
    birth = day(values.get(Column.BIRTH, ""), date.max)
    digits = {name: values.get(column) or None for column, (name, _) in _DIGITS.items()}
    return Person(
        id="",
        name=spelled(values[Column.NAME]),
        category=_CATEGORIES[plain(values.get(Column.CATEGORY, ""))],
        birth=None if birth is None else birth.isoformat(),
        number=digits["number"],
        personal_number=digits["personal_number"],
        can=digits["can"],
        standing=_STANDINGS[plain(values.get(Column.STANDING, ""))],
        committee=_COMMITTEE[plain(values.get(Column.COMMITTEE, ""))],
        post=unicodedata.normalize("NFC", values.get(Column.POST, "")) or None,
    )


def _with_ids(people: Sequence[Person], held: Roster | None) -> tuple[Person, ...]:
    """Give each person the id they had, by number, else by name and birth; new ones a new id."""
    known: dict[str, str] = {}
    for person in held.people if held is not None else ():
        for key in _keys(person):
            known[key] = person.id
    taken = set(known.values())
    used: set[str] = set()
    free = (f"r{n}" for n in range(1, 2 * MAX_PEOPLE + 1) if f"r{n}" not in taken)
    named = []
    for person in people:
        same = next((known[k] for k in _keys(person) if known.get(k, "") not in used | {""}), None)
        named.append(replace(person, id=same or next(free)))
        used.add(named[-1].id)
    return tuple(named)


def _keys(person: Person) -> tuple[str, ...]:
    numbers = [f"p:{person.personal_number}"] if person.personal_number else []
    numbers += [f"n:{person.number}"] if person.number else []
    return (*numbers, f"b:{plain(person.name)}|{person.birth}")


def _changes(
    people: Sequence[Person], held: Roster | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    before = {p.id: p for p in held.people} if held is not None else {}
    now = {p.id for p in people}
    added = tuple(p.name for p in people if p.id not in before)
    changed = tuple(p.name for p in people if p.id in before and before[p.id] != p)
    gone = tuple(p.name for p in before.values() if p.id not in now)
    return added, changed, gone
