"""The page for whoever hands cards over says what the terminal says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from edge.procedure.handover_batch import MAX_CARDS, MAX_ORGANISATIONS
from edge.procedure.handover_list import Column, preview

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "handover.md").read_text()
DAY = date(2026, 12, 31)
SOURCES = "".join(
    path.read_text()
    for folder, ends in (("templates", "*.html"), (".", "*.py"))
    for path in (ROOT / "edge" / "web" / folder).glob(ends)
)


def columns() -> list[str]:
    """Return the columns that the page's first table names."""
    rows = re.findall(r"^\| ([^|]+) \|", PAGE.split("## 2.")[0], re.MULTILINE)
    return [row for row in rows if row != "Cột"]


def test_the_columns_are_the_ones_that_are_read() -> None:
    """Each is understood, and none that is understood is left out."""
    found = preview([tuple(columns())], DAY, DAY)
    assert found.unused == ()
    assert len(columns()) == len(Column)


@pytest.mark.parametrize("button", sorted(set(re.findall(r"\*\*([^*]+)\*\*", PAGE))))
def test_the_buttons_stand_on_the_pages(button: str) -> None:
    """Each button and place that the page names is there, letter by letter."""
    assert f'"{button}"' in SOURCES


def test_the_sizes_are_the_ones_that_hold() -> None:
    """Cards and organisations, as many as are taken."""
    sizes = re.search(r"Nhiều nhất ([\d.]+) thẻ, (\d+) tổ chức", PAGE)
    assert sizes is not None
    assert int(sizes[1].replace(".", "")) == MAX_CARDS
    assert int(sizes[2]) == MAX_ORGANISATIONS
