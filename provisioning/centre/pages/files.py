"""A table as a file: CSV and XLSX, harmless to the program that opens it.

Lives here: the two forms. Not here: which tables there are (each page), who may have one (`guard`).
Sources: RFC 4180 (CSV, with semicolons, which spreadsheets set to Vietnamese take, and a byte order
mark); OWASP, CSV injection: a cell that begins like a formula gets an apostrophe before it; XML 1.0
section 2.2: a character that XLSX cannot hold is U+FFFD in either form.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from flask import Response, abort

from provisioning.centre.local_time import day_of

Row = TypeVar("Row")
Cell = str | int | None
Column = tuple[str, Callable[[Row], Cell]]
"""A column's head, and its cell in a row."""
CSV, XLSX = "csv", "xlsx"
_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_HARMFUL = tuple("=+-@\t\r＝＋－＠")
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MAX_WIDTH = 40  # characters of a column in XLSX


def table_file(
    form: str, name: str, columns: Sequence[Column[Row]], rows: Iterable[Row], at: datetime
) -> Response:
    """Return the table as a file `NAME_2026-11-05.csv`, or .xlsx; 404 for another form."""
    if form not in _TYPES:
        abort(404)
    head = [title for title, _ in columns]
    cells = ([cell(row) for _, cell in columns] for row in rows)
    data = to_csv(head, cells) if form == CSV else to_xlsx(name, head, cells)
    response = Response(data, content_type=_TYPES[form])
    file_name = f"{name}_{day_of(at)}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, of characters that each can hold."""
    held = _UNHELD.sub("\ufffd", text)
    return f"'{held}" if held.startswith(_HARMFUL) else held


def to_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return CSV: UTF-8 with byte order mark, semicolons, CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless(cell) for cell in head])
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet: figures as figures, all else as text."""
    import openpyxl  # a page that nobody takes as a file does without it
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for column, cell in enumerate(head, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(len(cell) + 6, MAX_WIDTH)
    bold = []
    for cell in head:
        made = WriteOnlyCell(sheet, harmless(cell))
        made.font = Font(bold=True)
        bold.append(made)
    sheet.append(bold)
    for row in rows:
        made_row = []
        for value in row:
            made = WriteOnlyCell(sheet, value if isinstance(value, int) else _text(value))
            if not isinstance(value, int):
                made.data_type = "s"
                made.number_format = "@"
            made_row.append(made)
        sheet.append(made_row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _text(cell: Cell) -> str:
    return harmless(cell) if isinstance(cell, str) else "" if cell is None else str(cell)
