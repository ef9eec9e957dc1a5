"""Finding Vietnamese names by what was typed."""

from __future__ import annotations

import unicodedata

import pytest

from edge.web.names import fold, found_by


def test_decomposed_letters_fold_alike() -> None:
    """However the bytes arrive."""
    assert fold(unicodedata.normalize("NFD", "Nguyễn Thị Thuỷ")) == "nguyen thi thuy"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("đặng", True),
        ("dang", True),
        ("DA", True),
        ("anh dang", True),
        ("dangthi", True),
        ("thianh", True),
        ("ang", False),
        ("anh z", False),
        ("x" * 500, False),
    ],
)
def test_a_query_finds_beginnings_of_words(query: str, found: bool) -> None:
    """Never the middle of a word; a query without end is cut."""
    assert found_by("Đặng Thị Ánh", query) is found


def test_letters_of_other_peoples_fold() -> None:
    """Ƀ is found under B."""
    assert fold("Y Ƀlĭ Êban") == "y bli eban"
