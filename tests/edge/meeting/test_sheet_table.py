"""A sheet as a table: CSV and XLSX that say what the paper says and run nothing."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest

from edge.meeting import sheet_jws
from edge.meeting.attendance import fold
from edge.meeting.figures import HERE
from edge.meeting.roster import Category, Person
from edge.meeting.roster_rows import read as read_rows
from edge.meeting.sheet_table import (
    HEADER,
    about,
    file_name,
    later_rows,
    rows,
    to_csv,
)
from edge.meeting.sheet_xlsx import to_xlsx

from .evening import ENDING, MEMBERS, OPENING, ROSTER, SUPPLEMENT, arrived, the_sheet

SHEET = the_sheet()
DIGEST = sheet_jws.digest(SHEET)
HARMFUL = (
    "=HYPERLINK(\"https://example.org\";1)", "+1", "-1+2", "@SUM(A1)", "＝1", "－x",
)  # fmt: skip


def cells(data: bytes) -> list[list[str]]:
    """Return the cells of a CSV file as a spreadsheet reads it."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_row_a_person() -> None:
    """In the order and with the words of the paper."""
    head, *body = cells(to_csv(SHEET, DIGEST))
    assert tuple(head) == HEADER
    assert [row[1] for row in body] == [line.name for line in SHEET.people]
    assert [row[0] for row in body] == [str(n) for n in range(1, 41)]
    assert sum(1 for row in body if row[5]) == sum(1 for p in SHEET.people if p.state in HERE)
    quyet = next(row for row in body if row[1] == "Hà Văn Quyết")
    assert quyet == [
        "28", "Hà Văn Quyết", "", "Đảng viên chính thức", "Có mặt", "19:02", "", "tay", "quên thẻ",
        "", "99.168.053.000.004", "99-0417 2026-11-05/1", sheet_jws.short_code(DIGEST),
    ]  # fmt: skip


def test_guests_follow_with_numbers_of_their_own() -> None:
    """After the members."""
    guest = Person("them-1", "Nguyễn Văn Khách", Category.GUEST)
    people = (*MEMBERS[:2], guest)
    facts = [arrived(p, "18:50", seq=n) for n, p in enumerate(people, start=2)]
    sheet = the_sheet(
        roster=replace(ROSTER, people=people),
        attendance=fold(facts),
        ending=replace(ENDING, confirmed=None),
        opening=replace(OPENING, chair=None, secretary=None),
    )
    assert [(row[0], row[1]) for row in rows(sheet, DIGEST)] == [
        ("1", "Lò Văn An"), ("2", "Vi Thị Ánh"), ("1", "Nguyễn Văn Khách"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", HARMFUL)
def test_a_name_that_is_a_formula(text: str) -> None:
    """In CSV an apostrophe stands before it, in XLSX the cell is text besides."""
    people = (replace(MEMBERS[0], name=text), *MEMBERS[1:])
    roster = replace(ROSTER, people=people, organisation=text, parent=text)
    opening = replace(OPENING, title=text, place=text, chair="p1")
    sheet = the_sheet(roster=roster, opening=opening)
    found = [cell for row in cells(to_csv(sheet, DIGEST)) for cell in row]
    assert f"'{text}" in found
    assert not [cell for cell in found if cell.startswith(tuple("=+-@＝－"))]
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(sheet, DIGEST)))
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.value is None or cell.data_type == "s"
                assert not str(cell.value).startswith(tuple("=+-@＝－"))


def test_the_same_sheet_gives_the_same_bytes() -> None:
    """Also an XLSX file, which by itself would carry the time of its making."""
    assert to_csv(SHEET, DIGEST) == to_csv(the_sheet(), DIGEST)
    first = to_xlsx(SHEET, DIGEST)
    assert first == to_xlsx(the_sheet(), DIGEST)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-05T13:47:00Z" in archive.read("docProps/core.xml")


def test_the_workbook() -> None:
    """The rows, then the meeting with its sums, its officers and what was not known."""
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(SHEET, DIGEST)), read_only=True)
    assert book.sheetnames == ["Điểm danh", "Cuộc họp"]
    table = [[cell or "" for cell in row] for row in book["Điểm danh"].values]
    assert table == cells(to_csv(SHEET, DIGEST))
    said = dict(about(SHEET, DIGEST))
    assert said["Tỷ lệ dự"] == "88,9 %"
    assert said["Thư ký"] == "Lò Thị Pâng"
    assert "30/10/2026" in said["Lúc ký, trạm chưa biết"]
    assert said["Chữ ký số"] == sheet_jws.short_code(DIGEST)
    assert "Lưu ý" not in said
    assert dict(about(the_sheet(practice=True), DIGEST))["Lưu ý"] == "Chế độ tập: không tính"


def test_a_supplement() -> None:
    """A page more, with what came after the end."""
    sheet = the_sheet(supplement=SUPPLEMENT)
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(sheet, DIGEST)), read_only=True)
    assert book.sheetnames == ["Điểm danh", "Cuộc họp", "Bổ sung"]
    assert later_rows(sheet)[0] == ("1", "20:58", "Thao Văn Pó", "Điểm danh bằng thẻ")
    assert later_rows(SHEET) == ()


def test_the_projects_own_reader_takes_the_tables() -> None:
    """Both forms are of the kind that a roster comes in."""
    for data in (to_csv(SHEET, DIGEST), to_xlsx(SHEET, DIGEST)):
        assert read_rows(data)[1][:2] == ("1", "Lò Văn An")


def test_file_names() -> None:
    """Which meeting, which supplement, in letters that every system takes."""
    assert file_name(SHEET, "csv") == "bien-ban_99-0417_2026-11-05_1.csv"
    other = the_sheet(supplement=SUPPLEMENT, practice=True)
    assert file_name(other, "jws") == "bien-ban_99-0417_2026-11-05_1_bo-sung-1_tap.jws"
