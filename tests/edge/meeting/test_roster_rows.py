"""Roster files: CSV and XLSX to rows, and what is refused before anything is understood."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import RosterInvalid
from edge.meeting import roster_rows
from edge.meeting.roster import MAX_TEXT


def xlsx(*rows: list[Any]) -> bytes:
    """Return an XLSX file of these rows, written by openpyxl."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_as_spreadsheets_write_it(delimiter: str, encoding: str) -> None:
    """Whatever separates the cells and however the letters are coded."""
    text = delimiter.join(["Họ và tên", "Số thẻ"]) + "\r\n" + delimiter.join(["Lò Thị Dợ ", "1"])
    assert roster_rows.read(text.encode(encoding)) == (("Họ và tên", "Số thẻ"), ("Lò Thị Dợ", "1"))


def test_csv_cell_with_a_line_break_and_quotes() -> None:
    """RFC 4180 quoting holds."""
    assert roster_rows.read(b'a,b\r\n"x ""y""\n z",2\r\n')[1] == ('x "y"\n z', "2")


def test_xlsx_cells_become_text() -> None:
    """Numbers, dates, truth and gaps."""
    rows = roster_rows.read(
        xlsx(
            ["a", 12, 3.0, date(1990, 2, 1), datetime.combine(date(1991, 2, 1), time()), True, None]
        )
    )
    assert rows == (("a", "12", "3", "1990-02-01", "1991-02-01", "x"),)


def test_formula_is_not_computed() -> None:
    """A cell that was never computed is empty; nothing is evaluated here."""
    assert roster_rows.read(xlsx(["=1+1", "b"])) == (("", "b"),)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xc3\x28", "UTF-8"),
        (b'a,"b', "CSV"),
        (b"PK\x03\x04 and no more", "whole XLSX"),
        (b"a," * 50 + b"a", "columns"),
        (b"a\n" * (roster_rows.MAX_ROWS + 1), "rows"),
        (b"a" * (roster_rows.MAX_FILE + 1), "larger"),
    ],
)
def test_file_that_cannot_be_read(data: bytes, why: str) -> None:
    """The reason and what to do."""
    with pytest.raises(RosterInvalid, match=why) as caught:
        roster_rows.read(data)
    assert caught.value.next_step


def test_zip_bomb() -> None:
    """A part that unpacks to more than a roster needs is refused without being kept."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(roster_rows.MAX_UNPACKED + 1))
    with pytest.raises(RosterInvalid, match="unpacks"):
        roster_rows.read(out.getvalue())


def test_zip_of_very_many_parts() -> None:
    """As many as no spreadsheet has."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for index in range(roster_rows.MAX_PARTS + 1):
            archive.writestr(str(index), b"")
    with pytest.raises(RosterInvalid, match="unpacks"):
        roster_rows.read(out.getvalue())


def test_xml_entities_are_refused() -> None:
    """A sheet that defines entities is not read."""
    source = io.BytesIO(xlsx(["a"]))
    out = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY e "boom">]>' + data
            new.writestr(part.filename, data)
    with pytest.raises(RosterInvalid):
        roster_rows.read(out.getvalue())


def test_zip_that_is_no_spreadsheet() -> None:
    """A whole ZIP of something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("letter.txt", b"hello")
    with pytest.raises(RosterInvalid):
        roster_rows.read(out.getvalue())


def test_cell_that_is_too_long_is_seen_to_be() -> None:
    """It is cut one character beyond what is allowed."""
    assert len(roster_rows.read(b"a" * 1000)[0][0]) == MAX_TEXT + 1


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    """Rows, or our own error."""
    for given_bytes in (data, b"PK\x03\x04" + data):
        try:
            roster_rows.read(given_bytes)
        except RosterInvalid:
            continue


def test_spreadsheet_cut_anywhere() -> None:
    """Every truncation of a good file is refused, none half read."""
    whole = xlsx(["Họ và tên"], ["Lò Thị Dợ"])
    for length in range(4, len(whole), 97):
        with pytest.raises(RosterInvalid):
            roster_rows.read(whole[:length])
