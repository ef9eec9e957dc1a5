"""A roster as a table: CSV or XLSX to plain rows of text, nothing understood yet.

Lives here: the two file forms, from bytes, within limits. Not here: what a row says
(`roster_table`), where the file comes from.
Sources: RFC 4180 (CSV; semicolons and tabs too, as Vietnamese spreadsheets write), ISO/IEC
29500-1 (XLSX).

An XLSX file is a ZIP of XML: sizes are capped by its own directory and again while unpacking,
entities are refused (defusedxml), formulas are not computed, only their last values are read.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING

from edge.errors import RosterInvalid
from edge.meeting.roster import MAX_PEOPLE, MAX_TEXT

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_FILE = 8 * 1024 * 1024  # bytes
MAX_UNPACKED = 64 * 1024 * 1024  # bytes of an XLSX file's parts together
MAX_PARTS = 200  # of an XLSX file
MAX_COLUMNS = 40
MAX_ROWS = MAX_PEOPLE + 20  # a heading or two above the table

_ZIP = b"PK\x03\x04"
_DELIMITERS = ",;\t"

Rows = tuple[tuple[str, ...], ...]


def read(data: bytes) -> Rows:
    """Return the rows of the first sheet, each cell as text, without empty ones at the end.

    Row n of the file is item n - 1. Whole numbers and dates in cells come as `123` and
    `yyyy-mm-dd`. Raises RosterInvalid for a file of another kind or beyond the limits.
    """
    if len(data) > MAX_FILE:
        raise _invalid(f"it is larger than {MAX_FILE // 1024 // 1024} MB")
    return _xlsx(data) if data.startswith(_ZIP) else _csv(data)


def _csv(data: bytes) -> Rows:
    text = _decode(data)
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for cells in reader:
            rows.append(_row(cells))
            if len(rows) > MAX_ROWS:
                raise _invalid(f"it has more than {MAX_ROWS} rows")
    except csv.Error as error:
        raise _invalid(f"row {len(rows) + 1} is not CSV") from error
    return tuple(rows)


def _decode(data: bytes) -> str:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid("its letters are not UTF-8; save it as XLSX, or as CSV UTF-8") from error


def _xlsx(data: bytes) -> Rows:
    # Not at the start, of which the library would be a fifth.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            return _cells(book)
        finally:
            book.close()
    except RosterInvalid:
        raise
    except (zipfile.BadZipFile, InvalidFileException, OSError, EOFError) as error:
        raise _invalid("it is no whole XLSX file") from error
    except (KeyError, ValueError, TypeError, AttributeError, SyntaxError, IndexError) as error:
        # What openpyxl and its XML parsers let out for parts that contradict one another.
        raise _invalid("its XLSX parts do not fit together") from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _invalid("it unpacks to more than a roster needs")
    left = MAX_UNPACKED
    for part in parts:
        with archive.open(part) as stream:
            while block := stream.read(64 * 1024):
                left -= len(block)
                if left < 0:  # its directory lied
                    raise _invalid("it unpacks to more than a roster needs")


def _cells(book: Workbook) -> Rows:
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file claims of itself may be anything
    rows = []
    for cells in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True):
        rows.append(_row([_text(value) for value in cells]))
        if len(rows) > MAX_ROWS:
            raise _invalid(f"it has more than {MAX_ROWS} rows")
    return tuple(rows)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case bool():
            return "x" if value else ""
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _row(cells: list[str]) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        raise _invalid(f"it has more than {MAX_COLUMNS} columns")
    # One character more than is allowed, so that what is too long is still seen to be.
    row = [cell.strip()[: MAX_TEXT + 1] for cell in cells]
    while row and not row[-1]:
        row.pop()
    return tuple(row)


def _invalid(why: str) -> RosterInvalid:
    return RosterInvalid(
        f"The roster file cannot be read: {why}.",
        next_step="Take the file from the organisation's office again, as XLSX or CSV.",
    )
