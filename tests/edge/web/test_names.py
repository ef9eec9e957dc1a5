"""Vietnamese names: order and search."""

from __future__ import annotations

import unicodedata

import pytest

from edge.web.names import fold, found_by, given_and_rest, order


def test_names_in_vietnamese_order() -> None:
    """By given name, then family name; letters before tones; Đ is a letter of its own."""
    expected = [
        "Lò Thị An",
        "Nguyễn Văn An",
        "Trần Án",
        "Vi Ánh",
        "Hà Ân",
        "Thao Dơ",
        "Y Đăng",
        "Hà Em",
        "Y Êban",
        "Lò Thuỷ",
        "Vi Thuý",
        "Hà Thuỵ",
        "Bùi Uyên",
        "Bùi Ưng",
    ]
    shuffled = sorted(expected, key=lambda name: name[::-1])
    assert sorted(shuffled, key=order) == expected


def test_letters_that_vietnamese_lacks_come_last() -> None:
    """Names of other peoples still have a firm place."""
    assert sorted(["A Zơ", "A Yên", "A Fin"], key=order) == ["A Yên", "A Fin", "A Zơ"]


def test_decomposed_letters_sort_and_fold_alike() -> None:
    """However the bytes arrive."""
    name = "Nguyễn Thị Thuỷ"
    assert order(unicodedata.normalize("NFD", name)) == order(name)
    assert fold(unicodedata.normalize("NFD", name)) == "nguyen thi thuy"


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


def test_a_name_of_one_word() -> None:
    """It is its own given name."""
    assert given_and_rest("Siu") == ("", "Siu")
    assert given_and_rest("Lò Văn Thành") == ("Lò Văn", "Thành")


def test_letters_of_other_peoples_fold() -> None:
    """Ƀ is found under B."""
    assert fold("Y Ƀlĭ Êban") == "y bli eban"
