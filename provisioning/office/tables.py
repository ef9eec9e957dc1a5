"""Rows that an office's commands take: from a CSV file, or a table of its database.

Lives here: both as one stream of named cells, within limits, never held whole. Not here: what the
cells mean (`list_rows`, `card_rows`).
Source: RFC 4180; commas, semicolons and tabs, as Vietnamese spreadsheets write.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from provisioning.errors import OfficeInputInvalid

MAX_CELL = 1000  # characters
MAX_ROWS = 10_000_000
FETCH = 10_000  # rows of a database at once
_DELIMITERS = ",;\t"
_MAX_HEAD = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in its file (the heading is row 1), and its cells by column."""

    number: int
    cells: Mapping[str, str] = field(repr=False)


@contextmanager
def csv_rows(
    path: Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[Iterator[Row]]:
    """Give the rows of a CSV file (UTF-8) whose heading names `columns`, in any order.

    Columns that nobody asked for are left out; `optional` ones that are absent are empty cells.
    Raises OfficeInputInvalid, OSError.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield _csv(file, path, columns, optional)


def _csv(
    file: io.TextIOWrapper, path: Path, columns: Sequence[str], optional: Sequence[str]
) -> Iterator[Row]:
    number = 1
    try:
        head = file.readline(_MAX_HEAD)
        delimiter = max(_DELIMITERS, key=head.count)
        names = [name.strip().lower() for name in next(csv.reader([head], delimiter=delimiter), [])]
        _require(names, columns, path.name)
        wanted = [name for name in (*columns, *optional) if name in names]
        places = [names.index(name) for name in wanted]
        nothing = dict.fromkeys(optional, "")
        for number, cells in enumerate(csv.reader(file, delimiter=delimiter, strict=True), start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise _unreadable(f"row {number} of {path.name} has not as many cells as its head")
            texts = [cells[place].strip() for place in places]
            yield _row(number, nothing | dict(zip(wanted, texts, strict=True)))
    except UnicodeDecodeError as error:
        raise _unreadable(f"the letters of {path.name} are not UTF-8") from error
    except csv.Error as error:
        raise _unreadable(f"{path.name} is no CSV near row {number + 1}") from error


@contextmanager
def database_rows(url: str, table: str, columns: Sequence[str]) -> Iterator[Iterator[Row]]:
    """Give the rows of a database's table that has `columns`; only reads.

    `url` and what it reaches are SQLAlchemy's. Raises OfficeInputInvalid.
    """
    # A library that only an office with a database needs.
    import sqlalchemy as sa

    try:
        engine = sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise OfficeInputInvalid(
            "The database's address is not one that can be used.",
            next_step="Write sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.",
        ) from error
    try:
        with engine.connect() as connection:
            names = [one["name"] for one in sa.inspect(connection).get_columns(table)]
            _require(names, columns, table)
            wanted: list[Any] = [sa.column(name) for name in columns]
            chosen = sa.select(*wanted).select_from(sa.table(table))
            found = connection.execution_options(yield_per=FETCH).execute(chosen)
            yield (
                _row(number, {name: _text(value) for name, value in zip(columns, row, strict=True)})
                for number, row in enumerate(found, start=1)
            )
    except sa.exc.SQLAlchemyError as error:
        raise OfficeInputInvalid(
            f"The database's table {table} cannot be read.",
            next_step="Check its address, its name, and that this user may read it.",
        ) from error
    finally:
        engine.dispose()


def _row(number: int, cells: Mapping[str, str]) -> Row:
    if number > MAX_ROWS:
        raise _unreadable(f"there are more than {MAX_ROWS} rows")
    if any(len(cell) > MAX_CELL for cell in cells.values()):
        raise _unreadable(f"a cell of row {number} has more than {MAX_CELL} characters")
    return Row(number, cells)


def _text(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return "" if value is None else str(value).strip()


def _require(names: Sequence[str], columns: Sequence[str], where: str) -> None:
    missing = [name for name in columns if name not in names]
    if missing:
        raise _unreadable(f"{where} has no column {', '.join(missing)}")


def _unreadable(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The rows cannot be used: {why}.", next_step="Correct it; nothing was signed."
    )
