"""DG13 in the Vietnamese numbered form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg13


def test_numbered_texts_are_read(dg13_of: Callable[..., bytes]) -> None:
    """Texts by number, a list as a tuple, absent numbers absent."""
    data = dg13_of({1: "001201000001", 2: "Nguyễn Văn An", 13: ("Nguyễn Văn Bình", "Lê Thị Mơ")})
    assert dg13.parse(data) == {
        1: "001201000001",
        2: "Nguyễn Văn An",
        13: ("Nguyễn Văn Bình", "Lê Thị Mơ"),
    }


def test_decomposed_letters_come_out_composed(dg13_of: Callable[..., bytes]) -> None:
    """Names compare in NFC however the card spells them."""
    assert dg13.parse(dg13_of({2: "Lê Thị Mơ"})) == {2: "Lê Thị Mơ"}


def test_printable_and_ia5_strings_are_texts(dg13_of: Callable[..., bytes]) -> None:
    """The type of string does not matter."""
    data = dg13_of({1: tlv.encode(0x13, b"123456789"), 3: tlv.encode(0x16, b"03/02/2001")})
    assert dg13.parse(data) == {1: "123456789", 3: "03/02/2001"}


def test_value_of_another_type_is_left_out(dg13_of: Callable[..., bytes]) -> None:
    """Field 16 of the citizen card is not known and does no harm."""
    data = dg13_of({2: "An", 16: bytes.fromhex("040100"), 14: bytes.fromhex("3003020101")})
    assert dg13.parse(data) == {2: "An"}


HEAD = bytes.fromhex("020101 0606 28D316010008")


def ef_dg13(entries: bytes, head: bytes = HEAD) -> bytes:
    """Return DG13 around raw entries."""
    return tlv.encode(0x6D, tlv.encode(0x30, head + tlv.encode(0x31, entries)))


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("6d00"),
        ef_dg13(b"", bytes.fromhex("020102 0606 28D316010008")),
        ef_dg13(b"", bytes.fromhex("020101 0606 28D316010007")),
        ef_dg13(b"", bytes.fromhex("0606 28D316010008 020101")),
        ef_dg13(bytes.fromhex("0500")),
        ef_dg13(bytes.fromhex("3003020101")),
        ef_dg13(bytes.fromhex("3006 0c0141 020101")),
        ef_dg13(bytes.fromhex("3009 020101 0c0141 0c0142")),
        ef_dg13(bytes.fromhex("3006 020102 0c01ff")),
        ef_dg13(bytes.fromhex("3006 020102 0c0241")),
    ],
    ids=[
        "empty",
        "version 2",
        "another form",
        "not in order",
        "no entry",
        "no value",
        "no number",
        "two values",
        "not UTF-8",
        "cut",
    ],
)
def test_form_not_as_documented_is_refused(data: bytes) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        dg13.parse(data)


def test_field_that_stands_twice_is_refused() -> None:
    """Of two names on one card neither is taken."""
    entry = bytes.fromhex("3006 020102 0c0141")
    assert dg13.parse(ef_dg13(entry)) == {2: "A"}
    with pytest.raises(MalformedData, match="twice"):
        dg13.parse(ef_dg13(entry * 2))


def test_too_many_fields_or_texts_are_refused(dg13_of: Callable[..., bytes]) -> None:
    """Both counts are capped."""
    with pytest.raises(MalformedData):
        dg13.parse(dg13_of(dict.fromkeys(range(dg13.MAX_FIELDS + 1), "x")))
    with pytest.raises(MalformedData):
        dg13.parse(dg13_of({13: ("x",) * (dg13.MAX_LIST + 1)}))


def test_file_beyond_the_cap_is_refused(dg13_of: Callable[..., bytes]) -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        dg13.parse(dg13_of({2: "x" * dg13.MAX_DG13}))
