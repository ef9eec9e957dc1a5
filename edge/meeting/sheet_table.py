"""A closing sheet as a table: rows and CSV, made of nothing but the sheet.

Lives here: columns, harmless cells. Not here: XLSX (`sheet_xlsx`), what is said (`sheet_words`),
paper (`edge.web.sheet_page`), the signature: these files are for reckoning, the signed form proves.
Source: RFC 4180 (CSV, with semicolons, which spreadsheets set to Vietnamese take, and a byte order
mark, without which they take it for another encoding).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from edge.meeting import sheet_terms as terms
from edge.meeting import sheet_words as words
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_jws import short_code
from edge.meeting.sheet_parts import SheetLine

HEADER = (
    "TT", "Họ và tên", "Năm sinh", "Diện", "Điểm danh", "Giờ", "Về lúc", "Cách", "Lý do ghi tay",
    "Ghi chú", "Mã tổ chức đảng", "Cuộc họp", "Chữ ký số",
)  # fmt: skip
"""One row a person, guests after the members; the last three tell which sheet it is of."""
LATER_HEADER = ("TT", "Giờ", "Họ và tên", "Việc")
"""Of `later_rows`."""
_HARMFUL = tuple("=+-@\t\r＝＋－＠")
"""A cell that begins so is a formula to some spreadsheet."""

Row = tuple[str, ...]


def rows(sheet: Sheet, digest: bytes) -> tuple[Row, ...]:
    """Return the rows under `HEADER`, as they are: not yet harmless."""
    of = (
        words.organisation_code(sheet),
        f"{sheet.meeting.terminal} {sheet.meeting}",
        short_code(digest),
    )
    return tuple(
        (str(number), *_cells(line, sheet), *of)
        for part in (sheet.people, sheet.guests)
        for number, line in enumerate(part, start=1)
    )


def to_csv(sheet: Sheet, digest: bytes) -> bytes:
    """Return the rows as CSV: UTF-8 with byte order mark, semicolons, CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([harmless(row) for row in (HEADER, *rows(sheet, digest))])
    return text.getvalue().encode("utf-8-sig")


def about(sheet: Sheet, digest: bytes) -> tuple[tuple[str, str], ...]:
    """Return the meeting in rows of (what, says): head, sums, officers, and what was not known."""
    found = [
        (words.heading(sheet), words.meeting_title(sheet)),
        ("Tổ chức", sheet.organisation),
        ("Trực thuộc", sheet.parent or ""),
        ("Mã tổ chức đảng", words.organisation_code(sheet)),
        ("Thời gian, địa điểm", f"{words.place_and_day(sheet)}. {words.hours(sheet)}"),
        ("Chủ trì", sheet.chair or ""),
        ("Thư ký", sheet.secretary or ""),
        *words.sums(sheet),
        *(("Tỷ lệ quy định", words.quorum(result)) for result in sheet.figures.quorums),
        ("Khách", str(sheet.figures.guests)),
        ("Điểm danh thủ công", words.by_hand(sheet) or "0"),
    ]
    if sheet.announced is not None:
        found.append(("Công bố", words.announced(sheet.announced, sheet.meeting.day)))
    if sheet.practice:
        found.append(("Lưu ý", terms.PRACTICE))
    return (
        *found,
        ("Lúc ký, trạm chưa biết", words.unknown(sheet)),
        ("Trạm, cuộc họp", f"{sheet.meeting.terminal}, {sheet.meeting}"),
        ("Chữ ký số", short_code(digest)),
    )


def later_rows(sheet: Sheet) -> tuple[Row, ...]:
    """Return (number, time, name, what) of each event that a supplement is about."""
    if sheet.supplement is None:
        return ()
    return tuple(
        (
            str(number),
            words.clock(one.at, sheet.meeting.day),
            one.name or terms.DASH,
            words.later(one),
        )
        for number, one in enumerate(sheet.supplement.later, start=1)
    )


def file_name(sheet: Sheet, suffix: str) -> str:
    """Return a name for a file of this sheet: `bien-ban_99-0417_2026-11-05_1.csv`."""
    meeting = sheet.meeting
    more = f"_bo-sung-{sheet.number}" if sheet.number else ""
    practice = "_tap" if sheet.practice else ""
    name = f"bien-ban_{meeting.terminal}_{meeting.day}_{meeting.running}"
    return f"{name}{more}{practice}.{suffix}"


def _cells(line: SheetLine, sheet: Sheet) -> Row:
    day = sheet.meeting.day
    category = terms.CATEGORIES[line.category]
    return (
        line.name,
        "" if line.birth_year is None else str(line.birth_year),
        category[0].upper() + category[1:],
        terms.STATES[line.state],
        "" if line.at is None else words.clock(line.at, day),
        "" if line.left is None else words.clock(line.left, day),
        "" if line.how is None else terms.WAYS[line.how],
        "" if line.reason is None else terms.REASONS[line.reason],
        words.remarks(line),
    )


def harmless(row: Sequence[str]) -> Row:
    """Return the cells with an apostrophe before what a spreadsheet could take for a formula."""
    return tuple(f"'{cell}" if cell.startswith(_HARMFUL) else cell for cell in row)
