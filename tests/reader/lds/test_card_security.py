"""EF.CardSecurity: two real ones, in DER and rewritten to BER, and everything that is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms

from reader import tlv
from reader.errors import MalformedData
from reader.lds import card_security, signed_data

COUNTRIES = ["DE", "FI"]
SOD_COUNTRIES = ["AT", "DE", "FI", "FR", "MY", "NZ", "UK", "US"]
LDS_SECURITY_OBJECT = "2.23.136.1.1.1"


@pytest.fixture(scope="session")
def real(vectors: Path) -> Callable[[str], bytes]:
    """Return a reader of real files by country."""
    return lambda country: (vectors / "sod" / f"{country}.EF_CardSecurity.bin").read_bytes()


def indefinite(data: bytes) -> bytes:
    """Return DER as BER: every constructed value without its length, octets in two pieces."""
    written = b""
    for item in tlv.iterate(data):
        if item.tag & 0x20:
            written += bytes((item.tag, 0x80)) + indefinite(item.value) + b"\x00\x00"
        elif item.tag == 0x04 and len(item.value) > 99:
            pieces = tlv.encode(4, item.value[:50]) + tlv.encode(4, item.value[50:])
            written += b"\x24\x80" + pieces + b"\x00\x00"
        else:
            written += item.to_bytes()
    return written


@pytest.mark.parametrize("country", COUNTRIES)
def test_real_file_gives_its_infos_and_comes_back(
    real: Callable[[str], bytes], country: str
) -> None:
    """The signed octets are those that another parser finds, and re-encode to the same bytes."""
    data = real(country)
    found = card_security.parse(data)
    inside = cms.ContentInfo.load(data)["content"]["encap_content_info"]
    assert inside["content_type"].dotted == card_security.CONTENT_TYPE
    assert found.signed_content == bytes(inside["content"])
    assert found.infos.to_bytes() == found.signed_content
    assert card_security.content(found.signed_content) == found.infos
    assert found.to_bytes() == data
    keys = {key.key_id for key in found.infos.chip_auth_keys}
    assert keys >= {info.parameter_id for info in found.infos.pace}


@pytest.mark.parametrize("country", COUNTRIES)
def test_same_file_in_ber_gives_the_same_infos(real: Callable[[str], bytes], country: str) -> None:
    """Indefinite lengths and octets in pieces change nothing."""
    data = indefinite(real(country))
    assert b"\x24\x80" in data
    assert (
        card_security.parse(data).signed_content
        == card_security.parse(real(country)).signed_content
    )


@pytest.mark.parametrize("country", SOD_COUNTRIES)
def test_real_security_objects_give_the_octets_that_another_parser_finds(
    vectors: Path, country: str
) -> None:
    """DER and BER (NZ), whatever the signer wrote around them."""
    data = tlv.unwrap((vectors / "sod" / f"{country}.EF_SOD.bin").read_bytes(), 0x77)
    inside = cms.ContentInfo.load(data)["content"]["encap_content_info"]["content"]
    assert signed_data.content(data, LDS_SECURITY_OBJECT, "x") == bytes(inside)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("form", [bytes, indefinite], ids=["DER", "BER"])
def test_file_cut_at_every_byte_is_refused(
    real: Callable[[str], bytes], country: str, form: Callable[[bytes], bytes]
) -> None:
    """In either encoding, and with a byte behind it."""
    data = form(real(country))
    for end in range(len(data)):
        with pytest.raises(MalformedData):
            card_security.parse(data[:end])
    with pytest.raises(MalformedData):
        card_security.parse(data + b"\x00")


def made(
    *,
    outer: str = "06092a864886f70d010702",
    inner: str = "0608 04007f0007030201",
    content: bytes = bytes.fromhex("0402 3100"),
    members: str = "020103 3100",
) -> bytes:
    """Return a SignedData without any signer."""
    encapsulated = tlv.encode(0x30, bytes.fromhex(inner) + tlv.encode(0xA0, content))
    signed = tlv.encode(0x30, bytes.fromhex(members) + encapsulated + bytes.fromhex("3100"))
    return tlv.encode(0x30, bytes.fromhex(outer) + tlv.encode(0xA0, signed))


def test_empty_set_is_read() -> None:
    """The made object is good; each change below is what is refused."""
    assert card_security.parse(made()).infos.entries == ()
    pieces = bytes.fromhex("2406 0401 31 0401 00")
    assert card_security.parse(made(content=pieces)).signed_content == bytes.fromhex("3100")


@pytest.mark.parametrize(
    "data",
    [
        made(outer="06092a864886f70d010701"),
        made(inner="0606 678108010101"),
        made(inner="0608 04007f0007030201 0500"),
        made(inner=""),
        made(members="3100 020103"),
        made(members=""),
        made(content=b""),
        made(content=bytes.fromhex("3100")),
        made(content=bytes.fromhex("0402 3100 0500")),
        made(content=bytes.fromhex("2404 0302 3100")),
        made(content=bytes.fromhex("0402 3000")),
        made(content=b"\x24\x80" * 40),
        b"\x30\x80" * 40,
        b"\x30\x80" * 4000,
        b"",
    ],
    ids=[
        "no SignedData",
        "an LDS security object",
        "three in a pair",
        "no type",
        "members not in order",
        "no members",
        "no content",
        "content is no string",
        "something behind the content",
        "pieces are no strings",
        "no SET inside",
        "pieces nested too deeply",
        "nested too deeply",
        "nested much too deeply",
        "empty",
    ],
)
def test_form_not_of_the_standard_is_refused(data: bytes) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        card_security.parse(data)


def test_end_that_belongs_to_another_value_is_refused() -> None:
    """An indefinite value inside a definite one ends inside it, whatever follows."""
    identifier = bytes.fromhex("0608 04007f0007030201")
    encapsulated = tlv.encode(0x30, identifier + tlv.encode(0xA0, bytes.fromhex("0402 3100")))
    before = bytes.fromhex("020103 3100") + encapsulated
    outer = bytes.fromhex("3080 06092a864886f70d010702 A080")
    for ending, whole in ((b"\x31\x80\x00\x00", True), (b"\x31\x80", False)):
        data = outer + tlv.encode(0x30, before + ending) + bytes(4)
        if whole:
            assert card_security.parse(data).infos.entries == ()
        else:
            with pytest.raises(MalformedData):
                card_security.parse(data)


def test_file_beyond_the_cap_is_refused() -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        card_security.parse(bytes(card_security.MAX_CARD_SECURITY + 1))
