"""A closing sheet as an XLSX file.

Lives here: the file's form. Not here: its rows (`sheet_table`). Imported when a file is first asked
for: the library is a fifth of all that a terminal would load at its start.
Source: ISO/IEC 29500-1.

The same sheet gives the same bytes: no clock is read, also not for the times inside the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime

import openpyxl
from openpyxl.cell.cell import TYPE_STRING
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.constants import ARC_CORE

from edge.meeting.sheet import Sheet
from edge.meeting.sheet_table import HEADER, LATER_HEADER, Row, about, harmless, later_rows, rows

_WIDTHS = (5, 30, 10, 28, 18, 16, 16, 28, 20, 22, 22, 24, 22)  # characters
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:\w+ [^>]*>)[^<]*")
"""The times in the properties of an XLSX file: the library reads the clock for them."""


def to_xlsx(sheet: Sheet, digest: bytes) -> bytes:
    """Return an XLSX file: the rows, the meeting in words, and what a supplement is about.

    Every cell is text, also numbers: nothing in it is computed.
    """
    pages: dict[str, tuple[Sequence[Row], Sequence[int]]] = {
        "Điểm danh": ((HEADER, *rows(sheet, digest)), _WIDTHS),
        "Cuộc họp": (about(sheet, digest), (30, 80)),
    }
    if sheet.supplement is not None:
        pages["Bổ sung"] = ((LATER_HEADER, *later_rows(sheet)), (5, 18, 30, 50))
    book = openpyxl.Workbook()
    book.properties.creator = "Trạm Thẻ"
    for title in book.sheetnames:
        del book[title]
    for title, (table, widths) in pages.items():
        page: Worksheet = book.create_sheet(title)
        _fill(page, table, widths)
    made = io.BytesIO()
    book.save(made)
    return _without_times(made.getvalue(), sheet.signed)


def _fill(page: Worksheet, table: Iterable[Row], widths: Sequence[int]) -> None:
    for index, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(index)].width = width
    for number, row in enumerate(table, start=1):
        for column, text in enumerate(harmless(row), start=1):
            cell = page.cell(number, column, text)
            cell.data_type = TYPE_STRING
            cell.number_format = "@"
            if number == 1:
                cell.font = Font(bold=True)
    page.freeze_panes = "A2"


def _without_times(data: bytes, signed: datetime) -> bytes:
    """Return the file with every part dated alike, and itself dated by its signing."""
    stamp = rb"\g<1>%s" % f"{signed:%Y-%m-%dT%H:%M:%SZ}".encode()
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(made, "w") as target,
    ):
        for part in source.namelist():
            content = source.read(part)
            if part == ARC_CORE:
                content = _STAMP.sub(stamp, content)
            target.writestr(
                zipfile.ZipInfo(part, _ZIP_TIME), content, compress_type=zipfile.ZIP_DEFLATED
            )
    return made.getvalue()
