"""From a table to people: headings, cells, each bad row by name, what changes."""

from __future__ import annotations

from datetime import date

import pytest

from edge.errors import RosterInvalid
from edge.meeting.roster import Category, Person, Roster, Standing
from edge.meeting.roster_table import Column, preview
from edge.meeting.table import Problem

TODAY = date(2026, 11, 28)
HEAD = ("TT", "Họ và tên", "Ngày sinh", "Số thẻ", "Số định danh", "CAN", "Diện", "Trạng thái")
DO = ("1", "Lò Thị Dợ", "19/08/1962", "991000001", "099162000001", "073594", "CT", "")


def test_a_roster_as_a_cell_keeps_it() -> None:
    """A title above, headings in words, each column understood."""
    rows = [
        ("DANH SÁCH CHI BỘ",),
        (*HEAD, "Chức vụ", "Cấp uỷ", "Ghi chú"),
        (*DO, "Phó bí thư", "x", "đủ"),
        ("2", "Sùng A Trư", "2001-07-27", "", "", "", "Dự bị", "", "", "", ""),
        ("3", "Hà Văn  Đại", "3.2.1955", "991000002", "", "", "Chính thức", "Được miễn"),
        ("",),
    ]
    found = preview(rows, None, TODAY)
    assert found.ok
    assert found.unused == ("Ghi chú",)
    first, second, third = found.people
    assert first == Person(
        "r1", "Lò Thị Dợ", Category.OFFICIAL, "1962-08-19", "991000001", "099162000001",
        "073594", Standing.ACTIVE, committee=True, post="Phó bí thư",
    )  # fmt: skip
    assert (second.category, second.number) == (Category.PROBATIONARY, None)
    assert (third.name, third.birth) == ("Hà Văn Đại", "1955-02-03")
    assert third.standing is Standing.EXEMPT
    assert found.added == ("Lò Thị Dợ", "Sùng A Trư", "Hà Văn Đại")


@pytest.mark.parametrize(
    ("column", "text", "at", "problem"),
    [
        (1, "", Column.NAME, Problem.NAME_MISSING),
        (1, "x" * 201, Column.NAME, Problem.TOO_LONG),
        (1, "Lò\x07", Column.NAME, Problem.TOO_LONG),
        (2, "31/02/1962", Column.BIRTH, Problem.NOT_A_DATE),
        (2, "1962", Column.BIRTH, Problem.NOT_A_DATE),
        (2, "01/01/2999", Column.BIRTH, Problem.NOT_A_DATE),
        (3, "99100000A", Column.NUMBER, Problem.NOT_DIGITS),
        (3, "٩٩١٠٠٠٠٠١", Column.NUMBER, Problem.NOT_DIGITS),
        (3, "12", Column.NUMBER, Problem.WRONG_LENGTH),
        (4, "99162000001", Column.PERSONAL_NUMBER, Problem.WRONG_LENGTH),
        (5, "73594", Column.CAN, Problem.WRONG_LENGTH),
        (6, "Thường", Column.CATEGORY, Problem.UNKNOWN_WORD),
        (7, "nghỉ", Column.STANDING, Problem.UNKNOWN_WORD),
    ],
)
def test_row_that_cannot_be_taken(column: int, text: str, at: Column, problem: Problem) -> None:
    """Named by its row in the file, its column and the reason; the good rows are shown too."""
    bad = list(DO)
    bad[column] = text
    found = preview([HEAD, bad, ("2", "Vi Thị Mai")], None, TODAY)
    assert not found.ok
    (only,) = found.problems
    assert (only.row, only.column, only.problem) == (2, at, problem)
    assert [p.name for p in found.people] == ["Vi Thị Mai"]


def test_number_that_stands_twice() -> None:
    """The later row is named, with the earlier one."""
    other = ("2", "Vi Thị Mai", "", "991000001", "", "", "", "")
    (only,) = preview([HEAD, DO, other], None, TODAY).problems
    assert (only.row, only.problem, only.other) == (3, Problem.REPEATED, 2)


def test_two_people_of_one_name() -> None:
    """Told apart by their dates of birth; without any they cannot be."""
    first, second = ("1", "Lò Văn Thành", "01/01/1961"), ("2", "Lò Văn Thành", "01/01/1984")
    assert preview([HEAD, first, second], None, TODAY).ok
    (only,) = preview([HEAD, first, first], None, TODAY).problems
    assert only.problem is Problem.SAME_NAME


@pytest.mark.parametrize(
    "rows", [[], [("TT", "Số thẻ")], [("Họ tên", "Họ và tên")], [("",)] * 30 + [HEAD]]
)
def test_table_without_usable_headings(rows: list[tuple[str, ...]]) -> None:
    """No names, or the same heading twice: refused, saying what is missing."""
    with pytest.raises(RosterInvalid) as caught:
        preview(rows, None, TODAY)
    assert caught.value.next_step


def test_what_an_import_changes() -> None:
    """Who is new, changed and gone; whoever stays keeps the id."""
    held = Roster(
        "Chi bộ", "99168053000001",
        (
            Person("r7", "Lò Thị Dợ", Category.OFFICIAL, number="991000001"),
            Person("r8", "Hà Văn Khiêm", Category.OFFICIAL, number="991000009"),
            Person("r1", "Sùng A Trư", Category.PROBATIONARY, birth="2001-07-27"),
        ),
    )  # fmt: skip
    rows = [HEAD, DO, ("2", "Sùng A Trư", "27/07/2001", "", "", "", "DB"), ("3", "Vi Thị Mai")]
    found = preview(rows, held, TODAY)
    assert (found.added, found.changed, found.gone) == (
        ("Vi Thị Mai",), ("Lò Thị Dợ",), ("Hà Văn Khiêm",),
    )  # fmt: skip
    assert [p.id for p in found.people] == ["r7", "r1", "r2"]


def test_ids_are_never_given_twice() -> None:
    """Two rows that match one old entry do not share its id."""
    held = Roster(
        "Chi bộ", "99168053000001",
        (Person("r1", "Lò Thị Dợ", Category.OFFICIAL, "1962-08-19", number="991000001"),),
    )  # fmt: skip
    twin = ("2", "Lò Thị Dợ", "19/08/1962", "991000002")
    people = preview([HEAD, DO, twin], held, TODAY).people
    assert [p.id for p in people] == ["r1", "r2"]
    assert Roster("Chi bộ", "99168053000001", people).by_id("r2") is not None
