"""EF.DIR: the example of the standard, labels, and what is no application."""

from __future__ import annotations

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import directory
from reader.lds.files import FileId

EMRTD = bytes.fromhex("A0000002471001")
# Doc 9303-10, table 31
STANDARD = bytes.fromhex(
    "61094F07A0000002471001 61094F07A0000002472001 61094F07A0000002472002 61094F07A0000002472003"
)


def test_example_of_the_standard_is_read_and_written_back() -> None:
    """Four applications in the order of the file, byte for byte."""
    found = directory.parse(STANDARD)
    aids = [entry.aid.hex() for entry in found.applications]
    assert aids == ["a0000002471001", "a0000002472001", "a0000002472002", "a0000002472003"]
    assert found.to_bytes() == STANDARD


def test_label_and_other_objects() -> None:
    """A label is text for people; a path or a command is kept with the rest."""
    inside = tlv.encode(0x4F, EMRTD) + tlv.encode(0x50, "Thẻ".encode()) + bytes.fromhex("51023F00")
    data = tlv.encode(0x61, inside)
    (entry,) = directory.parse(data).applications
    assert (entry.aid, entry.label) == (EMRTD, "Thẻ")
    assert directory.parse(data).to_bytes() == data


def test_identifier_without_a_template() -> None:
    """The other form that ISO/IEC 7816-4 allows, and a file longer than its objects."""
    (entry,) = directory.parse(tlv.encode(0x4F, EMRTD) + bytes(20)).applications
    assert (entry.aid, entry.label) == (EMRTD, "")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "00",
        "6100",
        "61054F03A00000",
        "610650045468E1BA",
        "61124F07A00000024710014F07A0000002471001",
        "61134F11" + "A0" * 17,
        "611A4F07A0000002471001 500F" + "41" * 14,
        "611B4F07A0000002471001 5011" + "41" * 17,
        "611B4F07A0000002471001 5010" + "FF" * 16,
        "5303010203",
        "61094F07A00000024710",
    ],
)
def test_what_is_no_application_is_refused(data: str) -> None:
    """Nothing, no identifier, too short or long a one, two; a label cut, too long or no UTF-8."""
    with pytest.raises(MalformedData):
        directory.parse(bytes.fromhex(data))


def test_file_beyond_the_caps_is_refused() -> None:
    """Bytes and applications are counted."""
    with pytest.raises(MalformedData, match="larger than"):
        directory.parse(bytes(directory.MAX_DIR + 1))
    with pytest.raises(MalformedData, match="more than 32 objects"):
        directory.parse(tlv.encode(0x4F, EMRTD) * (directory.MAX_APPLICATIONS + 1))


def test_place_of_the_file() -> None:
    """Its short identifier alone does not follow from its identifier (table 30)."""
    assert (FileId.DIR.fid, FileId.DIR.sfi) == (0x2F00, 0x1E)
    assert FileId.DIR.in_master_file
    assert [file.sfi for file in FileId if file.data_group] == list(range(1, 17))
