"""A table as a file: CSV and XLSX, harmless to the program that opens it.

Lives here: the two forms. Not here: which tables there are (each page), who may have one (`guard`).
Sources: RFC 4180 (CSV, with semicolons, which spreadsheets set to Vietnamese take, and a byte order
mark); OWASP, CSV injection: a cell that begins like a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import Response, abort

from provisioning.centre.local_time import day_of

Cell = str | int | None
CSV, XLSX = "csv", "xlsx"
_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_HARMFUL = tuple("=+-@\t\r＝＋－＠")
MAX_WIDTH = 40  # characters of a column in XLSX


def table_file(
    form: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], at: datetime
) -> Response:
    """Return the table as a file `NAME_2026-11-05.csv`, or .xlsx; 404 for another form."""
    if form not in _TYPES:
        abort(404)
    data = to_csv(head, rows) if form == CSV else to_xlsx(name, head, rows)
    response = Response(data, content_type=_TYPES[form])
    file_name = f"{name}_{day_of(at)}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_HARMFUL) else text


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
