"""What tables of people have in common: the heading, cells that are dates or digits, bad rows.

Lives here: rules over rows of text, whatever the table is about. Not here: which columns a table
has (`roster_table`, `edge.procedure.handover_list`), the file's form (`roster_rows`), the
sentences for problems (`edge.web`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, unique
from typing import TypeVar

from edge.errors import RosterInvalid

HEADING_WITHIN = 20  # rows from the top
OLDEST = date(1900, 1, 1)

C = TypeVar("C", bound=StrEnum)

_DATES = (
    re.compile(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"),
)


@unique
class Problem(StrEnum):
    """Why a row cannot be taken. Stable codes."""

    NAME_MISSING = "NAME_MISSING"
    MISSING = "MISSING"
    """Something else that every row of the table needs."""
    TOO_LONG = "TOO_LONG"
    NOT_A_DATE = "NOT_A_DATE"
    NOT_DIGITS = "NOT_DIGITS"
    WRONG_LENGTH = "WRONG_LENGTH"
    """Also where a spreadsheet took leading zeros away."""
    UNKNOWN_WORD = "UNKNOWN_WORD"
    REPEATED = "REPEATED"
    """The same number stands in an earlier row, `other`."""
    SAME_NAME = "SAME_NAME"
    """Two people of one name without numbers and without different dates of birth."""
    CONTRADICTS = "CONTRADICTS"
    """An earlier row, `other`, says another thing of the same organisation."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row of the file (counted from 1) that cannot be taken, and why."""

    row: int
    column: StrEnum
    problem: Problem
    name: str = field(repr=False)
    """As it stands in the row; empty where it is missing."""
    other: int | None = None


def plain(text: str) -> str:
    """Return text for comparing: small letters, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w\s-]", " ", bare).split())


def spelled(text: str) -> str:
    """Return a name or title as it is kept: NFC, single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def heading(
    rows: Sequence[Sequence[str]], known: Mapping[str, C], required: C, says: str
) -> tuple[int, Mapping[C, int], tuple[str, ...]]:
    """Return where the heading stands, each column's place, and headings of no use.

    `known`: by what a heading says (`plain`). Raises RosterInvalid where no row within
    HEADING_WITHIN has the required column, which `says` names, or a heading stands twice.
    """
    for top, cells in enumerate(rows[:HEADING_WITHIN]):
        meant = [(known.get(plain(cell)), index) for index, cell in enumerate(cells)]
        columns = {column: index for column, index in meant if column is not None}
        if required not in columns:
            continue
        if len(columns) != sum(1 for column, _ in meant if column is not None):
            raise unusable("two of its columns have the same heading")
        unused = [cell for cell, (column, _) in zip(cells, meant, strict=True) if column is None]
        return top, columns, tuple(cell for cell in unused if plain(cell) not in ("", "tt", "stt"))
    raise unusable(f"it has no column with the heading '{says}'")


def day(text: str, latest: date) -> date | None:
    """Return the day that a cell says, None unless it is one from 1900 up to `latest`."""
    for form in _DATES:
        found = form.fullmatch(text)
        if found is None:
            continue
        try:
            read = date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            return None
        return read if OLDEST <= read <= latest else None
    return None


def digits_problem(digits: str, lengths: Collection[int]) -> Problem | None:
    """Return what is wrong with a number of one of these lengths, None also for an empty cell."""
    if digits and not (digits.isascii() and digits.isdigit()):
        return Problem.NOT_DIGITS
    if digits and len(digits) not in lengths:
        return Problem.WRONG_LENGTH
    return None


def unusable(why: str) -> RosterInvalid:
    """Return the error for a table that cannot be used at all."""
    return RosterInvalid(
        f"The file cannot be used: {why}.",
        next_step="Correct the file, or take it from the organisation's office again.",
    )
