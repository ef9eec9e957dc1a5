"""Which rows of a sheet go on which page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.web.sheet_layout import KEPT, PAGE, TABLE_HEAD, TURN, Band, bands, text_lines

HEAD, FOOT = 46.0, 52.0


def height(heights: list[float], band: Band) -> float:
    """Return the height of a band's tallest column."""
    return max(sum(heights[first:last]) for first, last in band.columns)


@given(
    st.lists(st.floats(7, 60), max_size=400),
    st.integers(1, 2),
    st.floats(30, 90),
    st.floats(30, 90),
)
def test_every_row_stands_once_and_every_page_is_not_too_full(
    heights: list[float], columns: int, head: float, foot: float
) -> None:
    """In order, none lost; what stands on a page is no higher than it."""
    found = bands(heights, columns=columns, head=head, foot=foot)
    assert [found[0].first, *(band.last for band in found)] == [
        *(band.first for band in found), len(heights),
    ]  # fmt: skip
    for index, band in enumerate(found):
        assert [band.columns[0][0], *(last for _, last in band.columns)] == [
            *(first for first, _ in band.columns), band.last,
        ]  # fmt: skip
        assert len(band.columns) <= columns
        room = PAGE - TABLE_HEAD - (0 if index else head)
        room -= foot if band is found[-1] else TURN
        assert height(heights, band) <= room + 1e-6


@given(st.integers(1, 2000))
def test_nobody_signs_on_a_page_without_names(count: int) -> None:
    """The last of several pages has some of the list, twenty where there are so many."""
    *before, last = bands([8.4] * count, columns=2, head=HEAD, foot=FOOT)
    if before:
        assert last.last - last.first >= KEPT
    assert all(band.last > band.first for band in before)


def test_an_empty_list() -> None:
    """One page with one empty table."""
    (band,) = bands([], columns=2, head=HEAD, foot=FOOT)
    assert band.columns == ((0, 0),)


def test_a_row_higher_than_a_page() -> None:
    """It has a page of its own, and there is an end to it."""
    found = bands([400.0, 400.0, 8.0], columns=2, head=HEAD, foot=FOOT)
    assert found[-1].last == 3
    assert len(found) <= 4


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 1),
        ("Lò Văn An", 1),
        ("Nguyễn Thị Hồng Phương Thảo Ngọc", 2),
        ("NGUYỄN THỊ HỒNG NGỌC", 2),
        ("x" * 200, 12),
        ("漢" * 12, 2),
    ],
)
def test_lines_of_a_name(text: str, lines: int) -> None:
    """As wide as the type really is, whole words first."""
    assert text_lines(text, 38.0, 10, bold=True) == lines


def test_marks_have_no_width() -> None:
    """A letter with two marks is as wide as the letter."""
    assert text_lines("Ễ" * 16, 38.0, 10) == text_lines("E" * 16, 38.0, 10) == 1
