"""DG16: the standard's example, and lists of persons that are none."""

from __future__ import annotations

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg16
from reader.lds.dg1 import Name
from reader.lds.dg16 import Person


def person(date: bytes, name: bytes, telephone: bytes, address: bytes) -> bytes:
    """Return the objects of one person."""
    tags = (0x5F50, 0x5F51, 0x5F52, 0x5F53)
    values = (date, name, telephone, address)
    return b"".join(tlv.encode(tag, value) for tag, value in zip(tags, values, strict=True))


CHARLES = person(b"20020101", b"SMITH<<CHARLES<R", b"19525551212", b"123 MAPLE RD<ANYTOWN<MN<55100")
MARY = person(b"20020315", b"BROWN<<MARY<J", b"14155551212", b"49 REDWOOD LN<OCEAN BREEZE<CA<94000")
# Doc 9303-10 appendix A.6
STANDARD = bytes.fromhex("7081A2 020102 A14C") + CHARLES + bytes.fromhex("A24F") + MARY


def ef_dg16(count: int, *persons: bytes, first: int = 0xA1) -> bytes:
    """Return DG16 of these persons, announced as `count`."""
    inside = b"".join(tlv.encode(first + n, one) for n, one in enumerate(persons))
    return tlv.encode(0x70, tlv.encode(2, bytes([count])) + inside)


def test_example_of_the_standard() -> None:
    """Two persons in full, and back to the same bytes."""
    charles, mary = dg16.parse(STANDARD)
    assert (charles.recorded, charles.telephone) == ("2002-01-01", "19525551212")
    assert charles.full_name == "SMITH<<CHARLES<R"
    assert charles.address == ("123 MAPLE RD", "ANYTOWN", "MN", "55100")
    assert mary.name == Name("BROWN", "MARY J")
    assert dg16.encode([charles, mary]) == STANDARD


def test_date_packed_into_four_bytes() -> None:
    """As other data groups have it; it comes back packed."""
    data = ef_dg16(1, person(bytes.fromhex("20250000"), b"AN", b"84", b"Son La"))
    (found,) = dg16.parse(data)
    assert found.recorded == "2025"
    assert dg16.encode([found]) == data


def test_values_make_a_person() -> None:
    """Text of any alphabet, an address of several lines."""
    made = Person.of(
        recorded="2025-09-02", full_name="LÊ<<MƠ", telephone="8491", address=("Nậm Khoai", "Sơn La")
    )
    assert dg16.parse(dg16.encode([made])) == (made,)
    assert (made.recorded, made.name) == ("2025-09-02", Name("LÊ", "MƠ"))
    assert made.address == ("Nậm Khoai", "Sơn La")


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("7000"),
        ef_dg16(0),
        ef_dg16(2, CHARLES),
        ef_dg16(1, CHARLES, MARY),
        ef_dg16(16, *[CHARLES] * 16),
        ef_dg16(1, CHARLES, first=0xA0),
        ef_dg16(1, CHARLES, first=0xA2),
        ef_dg16(1, CHARLES[:-1]),
        ef_dg16(1, CHARLES + bytes.fromhex("5F5400")),
        ef_dg16(1, CHARLES[CHARLES.index(b"\x5f\x51") :]),
        ef_dg16(1, person(b"20020231", b"A", b"", b"")),
        ef_dg16(1, person(b"20020201", b"\xff", b"", b"")),
        ef_dg16(1, CHARLES) + b"\x00",
    ],
    ids=[
        "empty",
        "nobody",
        "fewer",
        "more",
        "sixteen",
        "counted from nought",
        "counted from two",
        "cut short",
        "more said than the standard has",
        "no date",
        "day that never was",
        "no UTF-8",
        "a byte behind",
    ],
)
def test_list_that_is_none_is_refused(data: bytes) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        dg16.parse(data)


def test_file_beyond_the_cap_is_refused() -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        dg16.parse(bytes(dg16.MAX_DG16 + 1))


def test_nobody_stands_in_a_repr() -> None:
    """A logged person is no name."""
    assert repr(dg16.parse(STANDARD)) == "(Person(), Person())"
