"""Base 32 that people read aloud and type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.crockford import ALPHABET, canonical, encode, grouped


def test_the_alphabet() -> None:
    """32 characters, none that is taken for another."""
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    ("data", "characters", "text"),
    [
        (bytes(5), 8, "00000000"),
        (b"\xff" * 5, 8, "ZZZZZZZZ"),
        (b"\x00\x44\x32\x14\xc7", 8, "01234567"),
        (b"\xf8\x00", 1, "Z"),
        (b"\x07\xc0", 2, "0Z"),
    ],
)
def test_the_first_bits(data: bytes, characters: int, text: str) -> None:
    """Five at a time, from the front."""
    assert encode(data, characters) == text


def test_too_few_bytes() -> None:
    """Nothing is made up."""
    with pytest.raises(ValueError, match="too few"):
        encode(b"\x00" * 4, 8)


@given(st.binary(min_size=10, max_size=10))
def test_typed_by_a_person(data: bytes) -> None:
    """In groups, in small letters, with O and I for 0 and 1: the same."""
    text = encode(data, 16)
    typed = grouped(text).lower().replace("0", "o").replace("1", "l").replace(" ", "-")
    assert canonical(typed) == text


@pytest.mark.parametrize("text", ["U", "4F7K!", "Ă", "４F"])
def test_a_character_that_is_none(text: str) -> None:
    """Refused, not guessed."""
    assert canonical(text) is None


def test_groups() -> None:
    """Of four, for reading aloud."""
    assert grouped("7Q4K19ZDM2") == "7Q4K 19ZD M2"
