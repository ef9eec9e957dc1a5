"""EF.ATR/INFO: capabilities from either place, sizes, and what follows behind."""

from __future__ import annotations

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import atr_info
from reader.lds.atr_info import Capabilities, ExtendedLength

CAPABILITIES = bytes.fromhex("4703 9401E0")
SIZES = tlv.encode(0x7F66, bytes.fromhex("02022000 0202 1000"))


def test_capabilities_and_sizes_are_read() -> None:
    """What table 29 of Doc 9303-10 asks for: each flag, the data unit, both sizes."""
    found = atr_info.parse(CAPABILITIES + SIZES)
    can = found.capabilities
    assert can is not None
    assert (can.selects_by_name, can.short_identifiers, can.record_numbers) == (True, True, False)
    assert (can.command_chaining, can.extended_length) == (True, True)
    assert can.extended_length_info
    assert can.data_unit == 2
    assert found.extended_length == ExtendedLength(command=0x2000, response=0x1000)


@pytest.mark.parametrize(
    ("historical", "table"),
    [
        ("80 73 9401E0", "9401E0"),
        ("80 31B8 71 80 8103", "80"),
        ("00 73 9401E0 059000", "9401E0"),
        ("00 059000", None),
        ("80", None),
        ("10 73", None),
        ("", None),
    ],
)
def test_capabilities_among_the_historical_bytes(historical: str, table: str | None) -> None:
    """Compact objects in categories 00 (with a status at the end) and 80."""
    found = atr_info.parse(tlv.encode(0x5F52, bytes.fromhex(historical)))
    expected = None if table is None else Capabilities(bytes.fromhex(table))
    assert found.capabilities == expected


def test_object_of_its_own_outranks_the_historical_bytes() -> None:
    """DO47 is what the standard names."""
    historical = tlv.encode(0x5F52, bytes.fromhex("80 71 00"))
    found = atr_info.parse(historical + CAPABILITIES)
    assert found.capabilities == Capabilities(bytes.fromhex("9401E0"))


def test_byte_that_is_not_there_says_nothing() -> None:
    """One byte of capabilities: no chaining, no long lengths, no data unit."""
    can = Capabilities(b"\x84")
    assert can.selects_by_name
    assert (can.command_chaining, can.extended_length, can.data_unit) == (False, False, None)


def test_size_without_its_leading_zero_is_no_negative_number() -> None:
    """Some chips write FFFF where an INTEGER would be 00FFFF."""
    sizes = tlv.encode(0x7F66, bytes.fromhex("0202FFFF 020300FFFF"))
    assert atr_info.parse(sizes).extended_length == ExtendedLength(0xFFFF, 0xFFFF)


def test_other_objects_are_kept_and_padding_is_not() -> None:
    """Issuer's data come out as they went in; what fills the file up is nobody's data."""
    data = bytes.fromhex("4301B8") + CAPABILITIES + SIZES + bytes.fromhex("5302CAFE")
    for padding in (b"", b"\x00" * 40, b"\xff" * 40):
        assert atr_info.parse(data + padding).to_bytes() == data


def test_sizes_are_found_in_the_first_part_of_a_long_file() -> None:
    """One answer suffices, whatever is cut off behind them."""
    assert atr_info.extended_length(CAPABILITIES + SIZES + b"\x53\x7f\x00") is not None
    assert atr_info.extended_length(CAPABILITIES) is None


@pytest.mark.parametrize(
    "data",
    [
        "",
        "0000FFFF",
        "4700",
        "4704 9401E000",
        "7F6600",
        "7F6604 02021000",
        "7F660C 02021000 02021000 02021000",
        "7F6608 04021000 02021000",
        "7F6607 0200 0203100000",
        "7F660A 02050100000000 0201FF",
        "5F5204 80 73 9401",
        "4701 80 4701 80",
        "47",
        "4702 80",
    ],
)
def test_form_not_of_the_standard_is_refused(data: str) -> None:
    """Nothing, no capabilities or too many, no sizes, an object twice or cut short."""
    with pytest.raises(MalformedData):
        atr_info.parse(bytes.fromhex(data))


def test_file_beyond_the_caps_is_refused() -> None:
    """Bytes and objects are counted before anything is believed."""
    with pytest.raises(MalformedData, match="larger than"):
        atr_info.parse(b"\x53" * (atr_info.MAX_ATR_INFO + 1))
    many = b"".join(tlv.encode(0x5F00 | n, b"") for n in range(atr_info.MAX_OBJECTS + 1))
    with pytest.raises(MalformedData, match="more than 32 objects"):
        atr_info.parse(many)
