"""DG11: the standard's example, a published file, and what issuers make of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import details, dg11
from reader.lds.dg1 import Name
from reader.lds.dg11 import Dg11

# Doc 9303-10 appendix A.5, the two lengths that it prints wrong put right.
STANDARD = bytes.fromhex("6B60 5C0A5F0E5F115F425F125F13") + b"".join(
    tlv.encode(tag, value)
    for tag, value in (
        (0x5F0E, b"SMITH<<JOHN<J"),
        (0x5F11, b"ANYTOWN<MN"),
        (0x5F42, b"123 MAPLE RD<ANYTOWN<MN"),
        (0x5F12, b"16125551212"),
        (0x5F13, b"TRAVEL<AGENT"),
    )
)


def ef_dg11(*objects: str) -> bytes:
    """Return DG11 around objects in hex."""
    return tlv.encode(0x6B, bytes.fromhex("".join(objects)))


def test_example_of_the_standard() -> None:
    """Name, place, address, telephone and profession, and back to the same bytes."""
    found = dg11.parse(STANDARD)
    assert found.full_name == "SMITH<<JOHN<J"
    assert found.name == Name("SMITH", "JOHN J")
    assert found.place_of_birth == ("ANYTOWN", "MN")
    assert found.address == ("123 MAPLE RD", "ANYTOWN", "MN")
    assert (found.telephone, found.profession) == ("16125551212", "TRAVEL AGENT")
    assert found.tags == (0x5F0E, 0x5F11, 0x5F42, 0x5F12, 0x5F13)
    assert (found.other_names, found.birth, found.proof_of_citizenship) == ((), "", b"")
    assert found.to_bytes() == STANDARD


def test_published_file_with_every_tag(synthetic: Callable[[str], bytes]) -> None:
    """All of table 71; its list of tags leaves one out and names the template of the names."""
    data = synthetic("DG11")
    found = dg11.parse(data)
    assert (found.full_name, found.other_names) == ("Doe John", ("William",))
    assert (found.personal_number, found.birth) == ("123", "1970-01-01")
    assert (found.place_of_birth, found.address) == (("TEST", "TEST"), ("TEST", "TEST"))
    assert (found.telephone, found.profession, found.title) == ("123", "TEST", "TEST")
    assert (found.summary, found.custody) == ("TEST", "TEST")
    assert (found.proof_of_citizenship, found.other_documents) == (b"\x00", ("123", "123"))
    assert 0xA0 in found.tags
    assert 0x5F17 not in found.tags
    assert found.to_bytes() == data


@pytest.mark.parametrize(
    ("objects", "names"),
    [
        ("5C025F0F A00B 020101 5F0F 05 53594C2C41", ("SYL,A",)),
        ("5C01A0 A012 020102 5F0F 04 41<<42 5F0F 05 41<42<43", ("A<<B", "A<B<C")),
        ("5C025F0F 5F0F 04 5A48414F", ("ZHAO",)),
        ("5F0F 01 41 5F0F 01 42", ("A", "B")),
        ("A003 020100", ()),
        ("", ()),
    ],
    ids=["as the table", "template in the list", "no template", "repeated", "none", "absent"],
)
def test_other_names_in_the_forms_that_issuers_use(objects: str, names: tuple[str, ...]) -> None:
    """In their template or without it, and whatever the list of tags calls them."""
    data = ef_dg11(objects.replace("<", "3C"))
    found = dg11.parse(data)
    assert found.other_names == names
    assert found.to_bytes() == data


@pytest.mark.parametrize(
    ("value", "birth"),
    [
        ("20210915", "2021-09-15"),
        (b"20170905".hex(), "2017-09-05"),
        ("19620000", "1962"),
        ("19620400", "1962-04"),
        (b"00000000".hex(), ""),
        ("00000413", ""),
    ],
)
def test_birth_in_digits_or_packed_as_far_as_it_is_known(value: str, birth: str) -> None:
    """Eight characters or four bytes; unknown parts are zeros (section 4.7.11.1)."""
    assert dg11.parse(ef_dg11("5F2B", f"{len(value) // 2:02X}", value)).birth == birth


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2021",
        "2021091A",
        "20210231",
        "20211301",
        b"2021-9-5".hex(),
        b"2021<<<<".hex(),
        "D9" * 8,
    ],
)
def test_birth_that_is_no_date_is_refused(value: str) -> None:
    """Another length, other characters, a day that never was."""
    with pytest.raises(MalformedData):
        dg11.parse(ef_dg11("5F2B", f"{len(value) // 2:02X}", value))


def test_text_in_the_national_alphabet() -> None:
    """NFC, and nothing that a screen would obey."""
    name = "Đặng Thị Mơ"
    data = tlv.encode(0x6B, tlv.encode(0x5F0E, name.encode()))
    assert dg11.parse(data).full_name == "Đặng Thị Mơ"
    data = tlv.encode(0x6B, tlv.encode(0x5F42, "1 Rue\u202e<\nParis".encode()))
    assert dg11.parse(data).address == ("1 Rue\ufffd", " Paris")
    assert dg11.parse(data).to_bytes() == data


def test_separators_that_part_nothing() -> None:
    """French passports begin an address with one: no empty lines come out."""
    data = tlv.encode(0x6B, tlv.encode(0x5F42, b"<1 RUE DE LA PAIX<<PARIS<"))
    assert dg11.parse(data).address == ("1 RUE DE LA PAIX", "PARIS")
    assert dg11.parse(data).to_bytes() == data


def test_values_make_a_file() -> None:
    """In the order of the table, under a list of the tags that are there."""
    made = Dg11.of(
        full_name="NGUYỄN<<VĂN<AN",
        other_names=("AN", "ÚT"),
        birth="1962-04",
        address=("Nậm Khoai", "Sơn La"),
        proof_of_citizenship=b"\xff\xd8\xff",
    )
    assert made.tags == (0x5F0E, 0x5F0F, 0x5F2B, 0x5F42, 0x5F16)
    assert [item.tag for item in made.objects] == [0x5C, 0x5F0E, 0xA0, 0x5F2B, 0x5F42, 0x5F16]
    assert dg11.parse(made.to_bytes()) == made
    assert (made.birth, made.name) == ("1962-04", Name("NGUYỄN", "VĂN AN"))


@pytest.mark.parametrize(
    "objects",
    [
        ["5F1000 5F1000"],
        ["A009 020102 5F0F 03 414243"],
        ["A009 020101 5F10 03 414243"],
        ["A005 5F0F 02 4142"],
        ["A000"],
        ["5F0E02 C3 28"],
        ["5F0E 01"],
        ["5C01 5F"],
        ["5C03 5FFFFF"],
        ["A1"],
    ],
    ids=[
        "twice",
        "fewer names",
        "another tag among the names",
        "no count",
        "empty template",
        "no UTF-8",
        "cut short",
        "tag cut short",
        "tag too long",
        "no length",
    ],
)
def test_form_not_of_the_standard_is_refused(objects: list[str]) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        dg11.parse(ef_dg11(*objects))


def test_file_beyond_the_caps_is_refused() -> None:
    """Bytes, objects and names are counted."""
    with pytest.raises(MalformedData, match="larger than"):
        dg11.parse(bytes(details.MAX_DETAILS + 1))
    many = "".join(f"5F{n:02X}00" for n in range(details.MAX_OBJECTS + 1))
    with pytest.raises(MalformedData, match="more than 64 objects"):
        dg11.parse(ef_dg11(many))
    names = tlv.encode(0xA0, bytes.fromhex("020164") + bytes.fromhex("5F0F0141") * 100)
    with pytest.raises(MalformedData, match="more than 100 objects"):
        dg11.parse(tlv.encode(0x6B, names))
    both = tlv.encode(0xA0, bytes.fromhex("020160") + bytes.fromhex("5F0F0141") * 96)
    with pytest.raises(MalformedData, match="more than 99 other names"):
        dg11.parse(tlv.encode(0x6B, both + bytes.fromhex("5F0F0141") * 4))


def test_holder_stands_in_no_repr() -> None:
    """A logged file tells how much there is, and nobody's name."""
    assert repr(dg11.parse(STANDARD)) == "Dg11(6 objects)"
