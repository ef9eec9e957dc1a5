"""SignedData taken apart: as another parser finds it, in either encoding, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import tlv
from reader.errors import MalformedData
from reader.lds import signed_data
from reader.lds.asn1 import malformed
from reader.lds.signed_data import SignedData
from tests.reader.lds.test_card_security import indefinite

parse = partial(signed_data.parse, fail=partial(malformed, "object"))

OBJECTS = [f"{country}.EF_SOD.bin" for country in ("AT", "DE", "FI", "FR", "MY", "NZ", "UK", "US")]
OBJECTS += ["DE.EF_CardSecurity.bin", "FI.EF_CardSecurity.bin"]
MASTER_LISTS = ["DE_ML_2026-04-08-14-24-32.ml", "DE_ML_2026-05-28-08-28-45.ml"]


@pytest.fixture(scope="session")
def load(vectors: Path) -> Callable[[str], bytes]:
    """Return a reader of real objects by file name."""

    def read(name: str) -> bytes:
        if name in MASTER_LISTS:
            return (vectors / "masterlists" / name).read_bytes()
        data = (vectors / "sod" / name).read_bytes()
        return tlv.unwrap(data, 0x77) if data[0] == 0x77 else data

    return read


def elsewhere(data: bytes) -> Any:
    """Return what asn1crypto finds."""
    return cms.ContentInfo.load(data, strict=True)["content"]


@pytest.mark.parametrize("name", [*OBJECTS, *MASTER_LISTS])
def test_real_object_is_what_another_parser_finds(load: Callable[[str], bytes], name: str) -> None:
    """Every part that counts, octet for octet, also of New Zealand's BER."""
    data = load(name)
    found, other = parse(data), elsewhere(data)
    assert found.content_type == other["encap_content_info"]["content_type"].dotted
    assert found.content == bytes(other["encap_content_info"]["content"])
    assert list(found.certificates) == [one.chosen.dump() for one in other["certificates"]]
    (signer,) = found.signers
    (info,) = other["signer_infos"]
    identifier = info["sid"]
    if identifier.name == "issuer_and_serial_number":
        assert signer.issuer == identifier.chosen["issuer"].dump()
        assert signer.serial == int(identifier.chosen["serial_number"])
        assert signer.key_id is None
    else:
        assert (signer.issuer, signer.serial) == (None, None)
        assert signer.key_id == bytes(identifier.chosen.native)
    assert signer.digest_algorithm == info["digest_algorithm"]["algorithm"].dotted
    assert signer.attributes == info["signed_attrs"].dump()
    assert signer.signature_algorithm == info["signature_algorithm"].dump()
    assert signer.signature == bytes(info["signature"])


@pytest.mark.parametrize("name", [name for name in OBJECTS if not name.startswith("NZ")])
def test_same_object_in_ber(load: Callable[[str], bytes], name: str) -> None:
    """Indefinite lengths and octets in pieces change neither content nor signature."""
    data = load(name)
    found, same = parse(data), parse(indefinite(data))
    assert b"\x30\x80" in indefinite(data)
    assert (same.content_type, same.content) == (found.content_type, found.content)
    assert same.signers[0].signature == found.signers[0].signature
    assert same.signers[0].serial == found.signers[0].serial
    assert len(same.certificates) == len(found.certificates)


def seq(*parts: bytes) -> bytes:
    """Return a SEQUENCE."""
    return tlv.encode(0x30, b"".join(parts))


OID_1 = bytes.fromhex("06092a864886f70d010701")
SHA256 = seq(bytes.fromhex("0609608648016503040201"))
ECDSA = seq(bytes.fromhex("06082a8648ce3d040302"))
VERSION = bytes.fromhex("020101")
NAME = seq(tlv.encode(0x31, seq(bytes.fromhex("0603550403"), tlv.encode(0x0C, b"DS"))))
BY_NAME = seq(NAME, bytes.fromhex("020105"))
BY_KEY = bytes.fromhex("8003010203")
ATTRIBUTES = tlv.encode(0xA0, b"\x30\x00")
SIGNATURE = tlv.encode(0x04, b"signature")
CERTIFICATE = seq(b"\x05\x00")


def signer(*parts: bytes) -> bytes:
    """Return a SignerInfo of these parts."""
    return seq(*(parts or (VERSION, BY_NAME, SHA256, ATTRIBUTES, ECDSA, SIGNATURE)))


def made(
    *,
    certificates: bytes = b"",
    lists: bytes = b"",
    signers: bytes | None = None,
    behind: bytes = b"",
    content: bytes | None = None,
) -> bytes:
    """Return a SignedData with one part changed."""
    inner = tlv.encode(0x04, b"content") if content is None else content
    encapsulated = seq(OID_1, tlv.encode(0xA0, inner))
    infos = signer() if signers is None else signers
    body = seq(
        VERSION,
        tlv.encode(0x31, SHA256),
        encapsulated,
        certificates,
        lists,
        tlv.encode(0x31, infos),
        behind,
    )
    return seq(bytes.fromhex("06092a864886f70d010702"), tlv.encode(0xA0, body))


def test_least_object() -> None:
    """Without certificates and lists; what each refusal below changes is good."""
    found = parse(made())
    assert found[:3] == ("1.2.840.113549.1.7.1", b"content", ())
    (one,) = found.signers
    assert (one.issuer, one.serial, one.key_id) == (NAME, 5, None)
    assert one.digest_algorithm == "2.16.840.1.101.3.4.2.1"
    assert (one.attributes, one.signature_algorithm, one.signature) == (
        ATTRIBUTES,
        ECDSA,
        b"signature",
    )


@pytest.mark.parametrize("identifier", [BY_KEY, bytes.fromhex("a0050403010203")])
def test_signer_by_key_identifier(identifier: bytes) -> None:
    """In one piece or in several."""
    whole = signer(VERSION, identifier, SHA256, ATTRIBUTES, ECDSA, SIGNATURE)
    (one,) = parse(made(signers=whole)).signers
    assert (one.issuer, one.serial, one.key_id) == (None, None, b"\x01\x02\x03")


def test_parts_that_may_be_there() -> None:
    """Certificates of other kinds, lists and unsigned attributes are passed over."""
    other = tlv.encode(0xA2, b"\x05\x00")
    found = parse(
        made(
            certificates=tlv.encode(0xA0, CERTIFICATE + other + CERTIFICATE),
            lists=tlv.encode(0xA1, seq()),
            signers=signer(
                VERSION, BY_NAME, SHA256, ATTRIBUTES, ECDSA, SIGNATURE, tlv.encode(0xA1, b"")
            )
            + signer(VERSION, BY_NAME, SHA256, ECDSA, SIGNATURE),
        )
    )
    assert found.certificates == (CERTIFICATE, CERTIFICATE)
    assert [one.attributes for one in found.signers] == [ATTRIBUTES, None]


NONE_OF_OURS: dict[str, bytes] = {
    "something behind the signers": made(behind=b"\x05\x00"),
    "lists before certificates": made(
        certificates=tlv.encode(0xA1, b""), lists=tlv.encode(0xA0, CERTIFICATE)
    ),
    "certificates of no known kind": made(certificates=tlv.encode(0xA0, b"\x31\x00")),
    "certificates that are cut short": made(certificates=tlv.encode(0xA0, b"\x30\x05")),
    "content under another tag": made(content=tlv.encode(0x0C, b"content")),
    "content of two values": made(content=tlv.encode(0x04, b"a") + tlv.encode(0x04, b"b")),
    "content in pieces of pieces": made(content=bytes.fromhex("240624040402 6162")),
    "signer that is no SEQUENCE": made(signers=tlv.encode(0x31, VERSION)),
    "signer without version": made(signers=signer(BY_NAME, SHA256, ATTRIBUTES, ECDSA, SIGNATURE)),
    "signer without signature": made(signers=signer(VERSION, BY_NAME, SHA256, ATTRIBUTES, ECDSA)),
    "signer with more": made(
        signers=signer(VERSION, BY_NAME, SHA256, ATTRIBUTES, ECDSA, SIGNATURE, b"\x05\x00")
    ),
    "signature that is no OCTET STRING": made(
        signers=signer(VERSION, BY_NAME, SHA256, ATTRIBUTES, ECDSA, tlv.encode(0x03, b"\x00x"))
    ),
    "hash without identifier": made(
        signers=signer(VERSION, BY_NAME, seq(), ATTRIBUTES, ECDSA, SIGNATURE)
    ),
    "hash with an identifier that is padded": made(
        signers=signer(VERSION, BY_NAME, seq(b"\x06\x02\x80\x01"), ATTRIBUTES, ECDSA, SIGNATURE)
    ),
    "signer named in another way": made(
        signers=signer(VERSION, b"\x81\x01x", SHA256, ATTRIBUTES, ECDSA, SIGNATURE)
    ),
    "signer without serial": made(
        signers=signer(VERSION, seq(NAME), SHA256, ATTRIBUTES, ECDSA, SIGNATURE)
    ),
    "signer with an empty serial": made(
        signers=signer(VERSION, seq(NAME, b"\x02\x00"), SHA256, ATTRIBUTES, ECDSA, SIGNATURE)
    ),
    "signer with an endless serial": made(
        signers=signer(
            VERSION, seq(NAME, tlv.encode(2, b"\x01" * 65)), SHA256, ATTRIBUTES, ECDSA, SIGNATURE
        )
    ),
    "tag of two bytes": made(certificates=b"\x3f\x21\x00"),
    "length of five bytes": b"\x30\x85\x00\x00\x00\x00\x02\x05\x00",
    "indefinite length of a primitive value": b"\x30\x80\x04\x80\x00\x00\x00\x00",
    "indefinite length without end": b"\x30\x80\x05\x00",
    "end at the last octet only": b"\x30\x80\x05\x00\x00",
    "nested without end": b"\x30\x80" * 20_000,
}


@pytest.mark.parametrize("data", NONE_OF_OURS.values(), ids=NONE_OF_OURS)
def test_object_that_is_none(data: bytes) -> None:
    """Each departure is refused with the caller's own error."""
    with pytest.raises(MalformedData, match="The card's object is malformed"):
        parse(data)


def test_object_cut_at_every_byte() -> None:
    """And with a byte behind it."""
    whole = made(certificates=tlv.encode(0xA0, CERTIFICATE))
    for data in (whole, indefinite(whole)):
        for end in range(len(data)):
            with pytest.raises(MalformedData):
                parse(data[:end])
        with pytest.raises(MalformedData):
            parse(data + b"\x00")


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, 10_000), octet=st.integers(0, 255))
def test_object_with_any_octet_changed(place: int, octet: int) -> None:
    """It is read or refused, and what is read is written nowhere in full."""
    whole = bytearray(made(certificates=tlv.encode(0xA0, CERTIFICATE)))
    whole[place % len(whole)] = octet
    try:
        found = parse(bytes(whole))
    except MalformedData:
        return
    assert isinstance(found, SignedData)
    assert "content'" not in repr(found)
