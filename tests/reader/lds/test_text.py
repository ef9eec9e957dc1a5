"""Text of a card: shown in one spelling, and never obeyed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.errors import MalformedData
from reader.lds import text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        (unicodedata.normalize("NFD", "Lê Thị Mơ"), "Lê Thị Mơ"),
        ("12 Maple Rd\r\nAnytown", "12 Maple Rd  Anytown"),
        ("một\thai\u2028ba", "một hai ba"),
        ("An\x00", "An\ufffd"),
        ("An\x1b[31m", "An\ufffd[31m"),
        ("An\u202egnud", "An\ufffdgnud"),
        ("A\u200bn", "A\ufffdn"),
        ("\ufeffAn", "\ufffdAn"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("An\u00a0Bình", "An\u00a0Bình"),
        ("", ""),
    ],
)
def test_text_as_shown(raw: str, shown: str) -> None:
    """NFC; breaks become a space, what hides or turns text is made visible, joiners stay."""
    assert text.utf8(raw.encode(), "DG11") == shown


@given(st.text())
def test_any_text(raw: str) -> None:
    """Shown text is in NFC, stays as it is when shown again, and controls nothing."""
    shown = text.plain(raw)
    assert unicodedata.is_normalized("NFC", shown)
    assert text.plain(shown) == shown
    categories = {unicodedata.category(c) for c in shown if c not in "\u200c\u200d"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp"))))
def test_printable_text_in_nfc_is_left_alone(raw: str) -> None:
    """Nothing that can be shown is changed but for its spelling."""
    composed = unicodedata.normalize("NFC", raw)
    assert text.utf8(composed.encode(), "DG11") == composed


def test_bytes_that_are_no_utf8_are_refused_without_their_content() -> None:
    """The error names the file, and neither it nor its cause carries the text."""
    with pytest.raises(MalformedData, match="DG11 is malformed: a text is not UTF-8") as caught:
        text.utf8(b"Nguy\xff", "DG11")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_parts_between_fillers() -> None:
    """Leading, doubled and trailing separators, as real cards have them, make no empty parts."""
    assert text.parts("<1 RUE DE LA PAIX<<PARIS<") == ("1 RUE DE LA PAIX", "PARIS")
    assert text.parts("") == ()
