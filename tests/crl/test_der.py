"""The strict DER reader on single values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crl import der
from crl.errors import ListMalformed


def _head(octets: str) -> tuple[int, int, int]:
    data = bytes.fromhex(octets)
    return der.head(memoryview(data), 0, len(data))


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param("", id="nothing"),
        pytest.param("30", id="tag only"),
        pytest.param("3080 0000", id="indefinite length"),
        pytest.param("30817f" + "00" * 127, id="long form of a short length"),
        pytest.param("30820080" + "00" * 128, id="leading zero in a length"),
        pytest.param("308500000000ff", id="length of five octets"),
        pytest.param("3082ff", id="cut length"),
        pytest.param("300500", id="cut value"),
        pytest.param("1f8101 00", id="tag of several octets"),
    ],
)
def test_head_that_is_not_der_is_refused(octets: str) -> None:
    """Only one-octet tags and shortest definite lengths inside the data pass."""
    with pytest.raises(ListMalformed):
        _head(octets)


def test_long_value_has_its_bounds_returned() -> None:
    """A long length in its shortest form passes."""
    assert _head("308180" + "00" * 128) == (0x30, 3, 131)


@pytest.mark.parametrize(("octets", "value"), [("00", 0), ("7f", 127), ("0080", 128), ("ff", -1)])
def test_integer_in_shortest_form(octets: str, value: int) -> None:
    """INTEGERs are signed, as X.690 has them; a negative serial is legible."""
    data = bytes.fromhex(octets)
    assert der.integer(memoryview(data), 0, len(data), 21, "it") == value


@pytest.mark.parametrize("octets", ["", "0001", "ff80", "01" * 22])
def test_integer_padded_empty_or_too_long_is_refused(octets: str) -> None:
    """A second encoding of one number could slip past a comparison of octets."""
    data = bytes.fromhex(octets)
    with pytest.raises(ListMalformed):
        der.integer(memoryview(data), 0, len(data), 21, "it")


@pytest.mark.parametrize("octets", ["", "01", "ffff"])
def test_boolean_that_is_neither_00_nor_ff_is_refused(octets: str) -> None:
    """DER knows two BOOLEANs."""
    data = bytes.fromhex(octets)
    with pytest.raises(ListMalformed):
        der.boolean(memoryview(data), 0, len(data), "it")


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (0x17, "490102030405Z", datetime(2049, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (0x17, "500102030405Z", datetime(1950, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (0x18, "20500102030405Z", datetime(2050, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_time_is_read_in_utc(tag: int, text: str, expected: datetime) -> None:
    """Two-digit years turn at 50."""
    data = text.encode()
    assert der.time(memoryview(data), 0, len(data), tag, "it") == expected


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (0x17, "2611211900Z"),
        (0x17, "261121190000+0700"),
        (0x17, "261121190000"),
        (0x17, "26112119000 Z"),
        (0x17, "261321190000Z"),
        (0x17, "20261121190000Z"),
        (0x18, "20261121190000.5Z"),
        (0x18, "20261121190000Z0"),
        (0x18, "00000101000000Z"),
        (0x16, "261121190000Z"),
    ],
)
def test_time_in_another_form_is_refused(tag: int, text: str) -> None:
    """No offsets, fractions, missing seconds, impossible dates or other types."""
    data = text.encode()
    with pytest.raises(ListMalformed):
        der.time(memoryview(data), 0, len(data), tag, "it")


def test_nesting_beyond_the_limit_is_refused() -> None:
    """Depth is bounded before another parser recurses into the value."""
    data = b""
    for _ in range(9):
        data = bytes([0x30, len(data)]) + data
    der.well_formed(memoryview(data), 0, len(data), 9, "it")
    with pytest.raises(ListMalformed, match="nested"):
        der.well_formed(memoryview(data), 0, len(data), 8, "it")
