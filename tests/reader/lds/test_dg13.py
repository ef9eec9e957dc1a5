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


@pytest.mark.parametrize("tag", [0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B])
def test_every_string_of_single_octets_is_utf8(dg13_of: Callable[..., bytes], tag: int) -> None:
    """The form says UTF-8, whatever an issuer calls the string."""
    data = dg13_of({1: tlv.encode(tag, "Sơn La".encode())})
    assert dg13.parse(data) == {1: "Sơn La"}


@pytest.mark.parametrize(("tag", "encoding"), [(0x1E, "utf-16-be"), (0x1C, "utf-32-be")])
def test_strings_of_wider_characters(
    dg13_of: Callable[..., bytes], tag: int, encoding: str
) -> None:
    """BMPString and UniversalString, alone and in a list."""
    text = tlv.encode(tag, "Mơ 𠀀".encode(encoding))
    data = dg13_of({2: text, 13: tlv.encode(0x30, text + tlv.encode(0x0C, b"An"))})
    assert dg13.parse(data) == {2: "Mơ 𠀀", 13: ("Mơ 𠀀", "An")}
    with pytest.raises(MalformedData, match="a text is not UTF"):
        dg13.parse(dg13_of({2: tlv.encode(tag, b"\xd8\x00\x00")}))


def test_nothing_of_a_text_is_obeyed(dg13_of: Callable[..., bytes]) -> None:
    """Breaks become a space, what controls becomes visible (`text`)."""
    data = dg13_of({2: "An\u202e", 9: "Nậm Khoai\nSơn La", 13: ("A\x00",)})
    assert dg13.parse(data) == {2: "An\ufffd", 9: "Nậm Khoai Sơn La", 13: ("A\ufffd",)}


def test_fields_are_written_as_they_are_read(dg13_of: Callable[..., bytes]) -> None:
    """In their order, lists as lists, as UTF8String."""
    fields: dict[int, dg13.Value] = {2: "Nguyễn Văn An", 1: "001201000001", 13: ("Bình", "Mơ")}
    assert dg13.encode(fields) == dg13_of({**fields})
    assert dg13.encode(dg13.parse(dg13_of({**fields}))) == dg13_of({**fields})


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
