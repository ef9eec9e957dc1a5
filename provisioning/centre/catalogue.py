"""Organisations by their code of 14 digits, in versions, and which one a terminal stands with.

Lives here: what a catalogue's file says and whether it holds together, keeping it, asking it. Not
here: pages (`pages.organisations`), the command (`cli.catalogue`).
Source: codes as in TERMS: 2.3.3.3.3 digits for province, level above the base, base, subordinate
committee (000 if none), cell. A code may change its name or its parent: each version runs from a
day to the day before another.

A file is CSV (RFC 4180; semicolons or commas) with a head: `ma;tu;den;ten;truc_thuoc` for
organisations, `tram;tu;den;ma` for terminals; `den` and `truc_thuoc` may be empty. It is taken
whole or not at all; what it does not name stays as it is.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate, pairwise

import sqlalchemy as sa

from edge.wire.event import TERMINAL
from provisioning.centre.database import Database
from provisioning.centre.office_tables import ORGANISATION, PLACE
from provisioning.centre.people.audit import CONSOLE, Done, record
from provisioning.errors import OfficeInputInvalid

MAX_FILE = 128 * 1024 * 1024  # bytes; the whole country takes some 30 MB
MAX_ROWS = 2_000_000
MAX_NAME = 200  # characters
GROUPS = (2, 3, 3, 3, 3)
"""Digits of a code, level by level."""
LEVELS = tuple(accumulate(GROUPS))
"""How many digits of a code say its place, level by level."""
DIGITS = LEVELS[-1]
_CODE = re.compile(r"\d{14}", re.ASCII)
_ORGANISATIONS = ("ma", "tu", "den", "ten", "truc_thuoc")
_TERMINALS = ("tram", "tu", "den", "ma")
_KEPT_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Version:
    """An organisation from one day to the day before another."""

    code: str
    since: str
    until: str | None
    name: str
    parent: str | None

    def covers(self, day: str) -> bool:
        """Return whether it is the one of a day (`valid_on`, of a row in hand)."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a terminal stands from one day to the day before another."""

    terminal: str
    since: str
    until: str | None
    code: str


def groups(code: str) -> tuple[str, ...]:
    """Return the groups of a code's digits, level by level."""
    return tuple(code[start:end] for start, end in pairwise((0, *LEVELS)))


def written(code: str) -> str:
    """Return a code with points between its groups: 38.168.053.000.001."""
    return ".".join(groups(code))


def read_code(text: str) -> str | None:
    """Return the 14 digits of a code, written with or without points; None where it is none."""
    digits = text.strip().replace(".", "").replace(" ", "")
    return digits if _CODE.fullmatch(digits) else None


def prefix(code: str) -> str:
    """Return the digits that all codes below this one begin with: without its last zero groups."""
    head, *rest = groups(code)
    while rest and not int(rest[-1]):
        rest.pop()
    return "".join((head, *rest))


def above(code: str) -> str | None:
    """Return the code one level up, None for a province: its last group, zeroed."""
    higher = [end for end in LEVELS if end < len(prefix(code))]
    return code[: higher[-1]].ljust(DIGITS, "0") if higher else None


def plain(text: str) -> str:
    """Return a text without accents and in small letters, for searching."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def read_organisations(data: bytes) -> tuple[Version, ...]:
    """Return the versions of a file. OfficeInputInvalid names the line and what is wrong."""
    found = []
    for line, row in _rows(data, _ORGANISATIONS):
        code = _code(row["ma"], line)
        parent = _code(row["truc_thuoc"], line) if row["truc_thuoc"] else above(code)
        name = unicodedata.normalize("NFC", " ".join(row["ten"].split()))
        if not 1 <= len(name) <= MAX_NAME:
            raise _wrong(line, f"the name has not 1 to {MAX_NAME} characters")
        if parent == code:
            raise _wrong(line, "the organisation is its own parent")
        found.append(Version(code, *_days(row, line), name, parent))
    _apart((one.code, one.since, one.until) for one in found)
    return tuple(found)


def read_places(data: bytes) -> tuple[Place, ...]:
    """Return the places of a file. OfficeInputInvalid names the line and what is wrong."""
    found = []
    for line, row in _rows(data, _TERMINALS):
        if TERMINAL.fullmatch(row["tram"]) is None:
            raise _wrong(line, "this is no terminal's id")
        found.append(Place(row["tram"], *_days(row, line), _code(row["ma"], line)))
    _apart((one.terminal, one.since, one.until) for one in found)
    return tuple(found)


def keep_organisations(
    database: Database, versions: Sequence[Version], subject: str, at: datetime
) -> None:
    """Put the versions of the codes that are named in place of those that were there."""
    rows = [
        {
            "code": one.code,
            "since": one.since,
            "until": one.until,
            "name": one.name,
            "plain": plain(one.name),
            "parent": one.parent,
        }
        for one in versions
    ]
    _keep(database, ORGANISATION, ORGANISATION.c.code, rows, Done.CATALOGUE, subject, at)


def keep_places(database: Database, places: Sequence[Place], subject: str, at: datetime) -> None:
    """Put the places of the terminals that are named in place of those that were there."""
    rows = [
        {"terminal": one.terminal, "since": one.since, "until": one.until, "code": one.code}
        for one in places
    ]
    _keep(database, PLACE, PLACE.c.terminal, rows, Done.PLACES, subject, at)


def valid_on(table: sa.FromClause, day: str | sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a version of ORGANISATION or PLACE is the one of a day."""
    return sa.and_(table.c.since <= day, sa.or_(table.c.until.is_(None), table.c.until > day))


def called(sought: str, code: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that ORGANISATION's name holds a text, or the code begins so.

    Accents of the name and points of the code are ignored.
    """
    named = ORGANISATION.c.plain.contains(plain(sought), autoescape=True)
    digits = sought.replace(".", "")
    return sa.or_(named, code.startswith(digits, autoescape=True)) if digits else named


def _keep(
    database: Database,
    table: sa.Table,
    key: sa.Column[str],
    rows: Sequence[Mapping[str, str | None]],
    act: Done,
    subject: str,
    at: datetime,
) -> None:
    names = sorted({str(row[key.name]) for row in rows})
    with database.writing() as connection:
        for start in range(0, len(names), _KEPT_AT_ONCE):
            some = names[start : start + _KEPT_AT_ONCE]
            connection.execute(sa.delete(table).where(key.in_(some)))
        for start in range(0, len(rows), _KEPT_AT_ONCE):
            connection.execute(sa.insert(table), list(rows[start : start + _KEPT_AT_ONCE]))
        record(connection, at, CONSOLE, act, subject=f"{subject}, {len(rows)}")


def _rows(data: bytes, head: tuple[str, ...]) -> Iterable[tuple[int, dict[str, str]]]:
    if len(data) > MAX_FILE:
        raise OfficeInputInvalid("The file is too large.", next_step="Import it in parts.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OfficeInputInvalid(
            "The file is not UTF-8.", next_step="Save it as CSV in UTF-8."
        ) from error
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        if tuple(next(reader, ())) != head:
            raise _wrong(1, f"the head is not {';'.join(head)}")
        for number, row in enumerate(reader, start=2):
            if number > MAX_ROWS:
                raise _wrong(number, "there are too many lines")
            if len(row) != len(head):
                raise _wrong(number, f"there are {len(row)} cells, not {len(head)}")
            yield number, {name: cell.strip() for name, cell in zip(head, row, strict=True)}
    except csv.Error as error:
        raise OfficeInputInvalid(
            "The file is not CSV.", next_step="Save the table as CSV in UTF-8."
        ) from error


def _code(text: str, line: int) -> str:
    code = read_code(text)
    if code is None:
        raise _wrong(line, "a code has not 14 digits")
    return code


def _days(row: Mapping[str, str], line: int) -> tuple[str, str | None]:
    try:
        since = date.fromisoformat(row["tu"])
        until = date.fromisoformat(row["den"]) if row["den"] else None
    except ValueError as error:
        raise _wrong(line, "a day is not written as 2026-11-05") from error
    if until is not None and until <= since:
        raise _wrong(line, "the version ends before it begins")
    return since.isoformat(), None if until is None else until.isoformat()


def _apart(spans: Iterable[tuple[str, str, str | None]]) -> None:
    for (name, _, until), (following, since, _) in pairwise(sorted(spans, key=lambda s: s[:2])):
        if name == following and (until is None or until > since):
            raise OfficeInputInvalid(
                f"Two versions of {name} cover the day {since}.",
                next_step="End the earlier one on that day (column den).",
            )


def _wrong(line: int, what: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(f"Line {line}: {what}.", next_step="Correct it; nothing was taken.")
