"""DG12: a published file, what passports have, and times in both forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg12
from reader.lds.dg12 import Dg12


def ef_dg12(*objects: str) -> bytes:
    """Return DG12 around objects in hex."""
    return tlv.encode(0x6C, bytes.fromhex("".join(objects)))


def test_published_file_with_every_tag(synthetic: Callable[[str], bytes]) -> None:
    """All of table 73, dates packed, and no list of tags."""
    data = synthetic("DG12")
    found = dg12.parse(data)
    assert (found.authority, found.issued) == ("TEST", "2024-01-01")
    assert (found.other_persons, found.observations) == (("William",), "TEST")
    assert (found.tax, found.front, found.rear) == ("TEST", b"\x00", b"\x00")
    assert (found.personalised, found.system) == ("2024-01-01T12:30:59", "123")
    assert found.tags == ()
    assert found.to_bytes() == data


def test_what_passports_have() -> None:
    """Authority and day of issue; time and system of personalisation in digits."""
    authority = "EMBASSY - HÀ NỘI".encode()
    data = ef_dg12(
        "5C08 5F19 5F26 5F55 5F56",
        tlv.encode(0x5F19, authority).hex(),
        tlv.encode(0x5F26, b"20170905").hex(),
        tlv.encode(0x5F55, b"20161115013612").hex(),
        tlv.encode(0x5F56, b"N-4962").hex(),
    )
    found = dg12.parse(data)
    assert (found.authority, found.issued) == ("EMBASSY - HÀ NỘI", "2017-09-05")
    assert (found.personalised, found.system) == ("2016-11-15T01:36:12", "N-4962")
    assert found.tags == (0x5F19, 0x5F26, 0x5F55, 0x5F56)
    assert found.to_bytes() == data


def test_values_make_a_file() -> None:
    """In the order of the table, under a list of the tags that are there."""
    made = Dg12.of(
        authority="Cục Cảnh sát",
        issued="2025-09-02",
        other_persons=("NGUYEN<<AN", "LE<<BINH"),
        personalised="2025-09-02T08:30:00",
        system="T-1",
    )
    assert made.tags == (0x5F19, 0x5F26, 0x5F1A, 0x5F55, 0x5F56)
    assert made.other_persons == ("NGUYEN<<AN", "LE<<BINH")
    assert made.personalised == "2025-09-02T08:30:00"
    assert dg12.parse(made.to_bytes()) == made


@pytest.mark.parametrize(
    "objects",
    [
        "5F2604 20240231",
        "5F2607 20240101123059",
        "5F5504 20240101",
        "5F5507 20240101246059",
        "5F5507 2024010112305A",
        "5F550E" + b"2024-01-01T12:".hex(),
        "5F1900 5F1900",
        "A003 020101",
        "5F1901 FF",
        "5F19",
    ],
)
def test_form_not_of_the_standard_is_refused(objects: str) -> None:
    """Days and times that never were, an object twice, names missing, text that is none."""
    with pytest.raises(MalformedData):
        dg12.parse(ef_dg12(objects))


def test_nothing_of_the_document_in_its_repr() -> None:
    """A logged file tells how much there is."""
    assert repr(Dg12.of(authority="Cục Cảnh sát")) == "Dg12(2 objects)"
