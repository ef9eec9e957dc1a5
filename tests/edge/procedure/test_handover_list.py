"""The list of new cards from a table: headings, cells, bad rows by name, a corrected list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from edge.errors import HandoverRefused, RosterInvalid
from edge.meeting.table import Problem
from edge.procedure.handover_batch import (
    MAX_CARDS,
    MAX_ORGANISATIONS,
    Batch,
    Delivered,
    Earlier,
)
from edge.procedure.handover_correction import corrected
from edge.procedure.handover_list import Column, ListPreview, preview

TODAY = date(2026, 11, 29)
TARGET = date(2026, 12, 31)
HEAD = (
    "TT", "Số thẻ mới", "Họ và tên", "Ngày sinh", "Số định danh", "Chi bộ", "Mã tổ chức đảng",
    "Hạn phát", "Số thẻ cũ", "CAN",
)  # fmt: skip
CODE = "38.168.053.000.001"
AYUN = (
    "1", "991043660", "Y Ƀhiăo  Ayŭn", "30/04/1979", "066079001234", "Chi bộ bản Nậm Khoai",
    CODE, "", "99.104366", "366001",
)  # fmt: skip
DO = ("2", "991000001", "Lò Thị Dợ", "", "", "Chi bộ bản Pá Hộc", "", "15/12/2026", "", "")


def read(*rows: tuple[str, ...], citizen_card: bool = False) -> ListPreview:
    """Return what a table with these rows holds."""
    return preview([HEAD, *rows], TARGET, TODAY, citizen_card=citizen_card)


def test_list_as_an_office_writes_it() -> None:
    """Title above, dots in numbers, an organisation by code or by name, its own date or none."""
    found = preview([("DANH SÁCH PHÁT THẺ",), HEAD, AYUN, DO, ("",)], TARGET, TODAY)
    assert found.ok
    khoai, hoc = found.organisations
    assert (khoai.name, khoai.code, khoai.target) == (AYUN[5], "38168053000001", TARGET)
    assert (hoc.name, hoc.code, hoc.target) == (DO[5], None, date(2026, 12, 15))
    first, second = found.cards
    assert (first.number, first.name, first.birth) == ("991043660", "Y Ƀhiăo Ayŭn", "1979-04-30")
    assert (first.personal_number, first.old_number) == ("066079001234", "99104366")
    assert (first.can, first.organisation) == ("366001", khoai.id)
    assert (second.birth, second.old_number, second.organisation) == (None, None, hoc.id)


@pytest.mark.parametrize(
    ("place", "text", "at", "problem"),
    [
        (1, "", Column.NUMBER, Problem.MISSING),
        (1, "99104366", Column.NUMBER, Problem.WRONG_LENGTH),
        (1, "99104366A", Column.NUMBER, Problem.NOT_DIGITS),
        (2, "", Column.NAME, Problem.NAME_MISSING),
        (2, "x" * 201, Column.NAME, Problem.TOO_LONG),
        (3, "31/02/1979", Column.BIRTH, Problem.NOT_A_DATE),
        (3, "01/01/2999", Column.BIRTH, Problem.NOT_A_DATE),
        (4, "6607900123", Column.PERSONAL_NUMBER, Problem.WRONG_LENGTH),
        (6, "38.168", Column.CODE, Problem.WRONG_LENGTH),
        (7, "cuối năm", Column.TARGET, Problem.NOT_A_DATE),
        (7, "31/12/2206", Column.TARGET, Problem.NOT_A_DATE),
        (8, "99.1O4366", Column.OLD_NUMBER, Problem.NOT_DIGITS),
        (9, "36600", Column.CAN, Problem.WRONG_LENGTH),
    ],
)
def test_row_that_cannot_be_taken(place: int, text: str, at: Column, problem: Problem) -> None:
    """Named by its row, its column and the reason; the good rows are read all the same."""
    bad = list(AYUN)
    bad[place] = text
    found = read(tuple(bad), DO)
    assert not found.ok
    (only,) = found.problems
    assert (only.row, only.column, only.problem) == (2, at, problem)
    assert [card.name for card in found.cards] == ["Lò Thị Dợ"]


def test_row_without_organisation() -> None:
    """Neither name nor code: nobody could say whose progress the card is."""
    (only,) = read(tuple("" if i in (5, 6) else c for i, c in enumerate(AYUN))).problems
    assert (only.column, only.problem) == (Column.ORGANISATION, Problem.MISSING)


def test_citizen_cards_are_wanted() -> None:
    """Then every person needs the number by which the citizen card is compared."""
    (only,) = read(AYUN, DO, citizen_card=True).problems
    assert (only.row, only.column) == (3, Column.PERSONAL_NUMBER)
    assert only.problem is Problem.MISSING


@pytest.mark.parametrize("place", [1, 4])
def test_number_that_stands_twice(place: int) -> None:
    """Card number or personal number: the later row is named, with the earlier one."""
    twice = list(DO)
    twice[place] = AYUN[place]
    (only,) = read(AYUN, tuple(twice)).problems
    assert (only.row, only.problem, only.other) == (3, Problem.REPEATED, 2)


def test_two_names_for_one_code() -> None:
    """A code that an earlier row gives another organisation is named, with that row."""
    other = (*DO[:5], "Chi bộ cơ quan xã", CODE, *DO[7:])
    (only,) = read(AYUN, other).problems
    assert (only.row, only.column, only.problem) == (3, Column.ORGANISATION, Problem.CONTRADICTS)
    assert only.other == 2


def test_two_dates_for_one_organisation() -> None:
    """One organisation has one date; a row that says none leaves it to the others."""
    third = ("3", "991000003", "Vi Thị Mai", "", "", DO[5], "", "", "", "")
    assert read(DO, third).ok
    assert read(third, DO).organisations[0].target == date(2026, 12, 15)
    fourth = (*third[:7], "16/12/2026", "", "")
    (only,) = read(DO, fourth).problems
    assert (only.column, only.problem) == (Column.TARGET, Problem.CONTRADICTS)


def test_code_alone_until_a_row_names_it() -> None:
    """Where no row names the organisation, its code stands for the name."""
    bare = (*DO[:5], "", CODE, *DO[7:])
    assert read(bare).organisations[0].name == "38168053000001"
    assert read(bare, AYUN).organisations[0].name == "Chi bộ bản Nậm Khoai"


@pytest.mark.parametrize(
    "rows",
    [
        [("Họ và tên", "Chi bộ")],
        [("Số thẻ mới", "Số thẻ", "Họ và tên")],
        [HEAD, *((str(n), f"{n:09}", "A", "", "", "B") for n in range(MAX_CARDS + 1))],
        [HEAD, *((str(n), f"{n:09}", "A", "", "", f"B{n}") for n in range(MAX_ORGANISATIONS + 1))],
    ],
    ids=["no column of numbers", "two of them", "too many cards", "too many organisations"],
)
def test_table_that_is_no_list_of_cards(rows: list[tuple[str, ...]]) -> None:
    """Refused as a whole."""
    with pytest.raises(RosterInvalid):
        preview(rows, TARGET, TODAY)


def test_empty_list() -> None:
    """A heading without rows is nothing to take."""
    assert not read().ok


def running(*, earlier: Earlier | None = None) -> Batch:
    """Return a batch that runs, of both rows."""
    found = read(AYUN, DO)
    cards = tuple(replace(card, earlier=earlier) for card in found.cards)
    return Batch("5" * 32, "Đợt 2", TODAY, found.organisations, cards)


def test_corrected_list_takes_the_place_of_the_one_before() -> None:
    """New cards come, cards no longer on it go; who stays keeps id and what was said of them."""
    said = Earlier("ABSENT", TODAY)
    mai = ("3", "991000003", "Vi Thị Mai", "", "", "Chi bộ cơ quan xã", "", "", "", "")
    new = corrected(running(earlier=said), read(mai, AYUN))
    assert [card.name for card in new.cards] == ["Vi Thị Mai", "Y Ƀhiăo Ayŭn"]
    first, second = new.cards
    assert (first.id, first.earlier) == ("c3", None)
    assert (second.id, second.earlier) == ("c1", said)
    assert [one.name for one in new.organisations] == [AYUN[5], "Chi bộ cơ quan xã"]


def test_corrected_row_is_judged_anew() -> None:
    """What was said of a card before does not hold for other data."""
    said = Earlier("DATA_DIFFER", TODAY)
    new = corrected(running(earlier=said), read((*AYUN[:3], "30/04/1978", *AYUN[4:]), DO))
    assert new.cards[0].birth == "1978-04-30"
    assert [card.earlier for card in new.cards] == [None, said]


def test_corrected_list_still_has_who_got_the_card() -> None:
    """A card that was handed over stays so, and is not on the list again."""
    before = running()
    gone = Delivered("991043660", "o1", TODAY)
    before = replace(before, cards=before.cards[1:], delivered=(gone,))
    new = corrected(before, read(AYUN, DO))
    assert [card.number for card in new.cards] == ["991000001"]
    assert new.delivered == (gone,)
    assert {one.id for one in new.organisations} == {"o1", "o2"}


def test_corrected_list_with_a_bad_row() -> None:
    """All of it or nothing."""
    with pytest.raises(HandoverRefused):
        corrected(running(), read((*AYUN[:1], "12", *AYUN[2:]), DO))
