"""The order of Vietnamese names in lists."""

from __future__ import annotations

import unicodedata

from edge.meeting.names import given_and_rest, order


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


def test_decomposed_letters_sort_alike() -> None:
    """However the bytes arrive."""
    name = "Nguyễn Thị Thuỷ"
    assert order(unicodedata.normalize("NFD", name)) == order(name)


def test_a_mark_without_its_letter_sorts() -> None:
    """Damaged text has some place; nothing fails."""
    assert sorted(["Lò \u0301", "", "Lò An"], key=order)


def test_a_name_of_one_word() -> None:
    """It is its own given name."""
    assert given_and_rest("Siu") == ("", "Siu")
    assert given_and_rest("Lò Văn Thành") == ("Lò Văn", "Thành")
