"""Data groups of particulars, and the face in the newer standard, octet by octet."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from PIL import Image

from provisioning.office import details, lds, portrait
from provisioning.office.details import DocumentDetails, PersonDetails, PersonToNotify
from provisioning.office.face import FaceForm
from reader import tlv
from reader.tlv import encode

PERSON = PersonDetails(
    name="NGUYỄN<<THỊ<NGA",
    other_names=("BÙI<<NGA", "LÝ"),
    personal_number="099171004371",
    birth=date(1971, 3, 26),
    place_of_birth="Mường Lự",
    address="Bản Nậm Khoai",
    telephone="+84999",
    profession="Giáo viên",
)


def _tags(data: bytes, template: int) -> tuple[bytes, list[tlv.Tlv]]:
    """Return the tag list, and the objects behind it."""
    items = list(tlv.iterate(tlv.unwrap(data, template)))
    assert items[0].tag == 0x5C
    return items[0].value, items[1:]


def test_dg7_has_the_images_in_order() -> None:
    """Their number first, then each."""
    assert details.dg7([b"one", b"two"]).hex() == "670f020102" + "5f43036f6e65" + "5f430374776f"


def test_dg11_whole() -> None:
    """Every element is listed, other names stand counted in their template."""
    tags, items = _tags(details.dg11(PERSON), 0x6B)
    assert tags.hex() == "5f0e5f0f5f105f2b5f115f425f125f13"
    assert [item.tag for item in items] == [
        0x5F0E,
        0xA0,
        0x5F10,
        0x5F2B,
        0x5F11,
        0x5F42,
        0x5F12,
        0x5F13,
    ]
    assert items[0].value.decode() == "NGUYỄN<<THỊ<NGA"
    names = encode(0x5F0F, "BÙI<<NGA".encode()) + encode(0x5F0F, "LÝ".encode())
    assert items[1].value == b"\x02\x01\x02" + names
    assert items[3].value == b"19710326"


def test_dg11_of_somebody_of_whom_little_is_said() -> None:
    """What is empty is neither listed nor there."""
    assert details.dg11(PersonDetails(name="LÝ")).hex() == "6b0a5c025f0e" + "5f0e034cc39d"


def test_dg12() -> None:
    """Authority and date of issue; moment and place of personalisation where they are told."""
    document = DocumentDetails(
        authority="Bộ Công an",
        issued=date(2026, 10, 8),
        endorsements="Không",
        personalised=datetime(2026, 10, 8, 9, 5, 7, tzinfo=UTC),
        system="P-01",
    )
    tags, items = _tags(details.dg12(document), 0x6C)
    assert tags.hex() == "5f195f265f1b5f555f56"
    assert [item.value for item in items] == [
        "Bộ Công an".encode(),
        b"20261008",
        "Không".encode(),
        b"20261008090507",
        b"P-01",
    ]
    brief = details.dg12(DocumentDetails("Office", date(2026, 1, 2)))
    assert _tags(brief, 0x6C)[0].hex() == "5f195f26"


def test_dg16() -> None:
    """A template for each person, numbered from A1."""
    people = [
        PersonToNotify(date(2026, 1, 2), "LÒ<<THỊ<PÂNG", "+84999123", "Bản Nậm Khoai"),
        PersonToNotify(date(2026, 1, 3), "LÝ", "", ""),
    ]
    items = list(tlv.iterate(tlv.unwrap(details.dg16(people), 0x70)))
    assert [item.tag for item in items] == [0x02, 0xA1, 0xA2]
    assert items[0].value == b"\x02"
    inside = list(tlv.iterate(items[1].value))
    assert [item.tag for item in inside] == [0x5F50, 0x5F51, 0x5F52, 0x5F53]
    assert inside[0].value == b"20260102"
    assert inside[1].value.decode() == "LÒ<<THỊ<PÂNG"


def test_a_drawn_signature() -> None:
    """The same person, the same line; Pillow opens it."""
    jpeg = portrait.signature("nk-01")
    assert jpeg == portrait.signature("nk-01")
    assert jpeg != portrait.signature("nk-02")
    with Image.open(io.BytesIO(jpeg)) as image:
        image.load()
        assert (image.format, image.size) == ("JPEG", portrait.SIGNATURE_SIZE)


# ISO/IEC 39794-5: generation 3 of 2019, one representation of a JPEG of 3 by 4 pixels, taken on
# 2026-10-08, of a man.
NEW_FACE = (
    "6547"
    "A007800103810207E3"
    "A13C303A800100"
    "A122A020A01E"
    "8003FFD8FF"
    "A117A003800102A103800100A706800103810104A903800102"
    "A20A800207EA81010A820108"
    "A805A003800102"
)


def test_a_face_in_the_newer_standard() -> None:
    """The block stands under 7F2E, in A1, with the standard's own format number outside."""
    data = lds.dg2(
        b"\xff\xd8\xff", size=(3, 4), sex="M", made=date(2026, 10, 8), form=FaceForm.ISO_39794
    )
    assert bytes.fromhex("87020101" + "8802002A") in data
    group = list(tlv.iterate(tlv.unwrap(tlv.unwrap(data, 0x75), 0x7F61)))
    template = list(tlv.iterate(group[1].value))
    assert [item.tag for item in template] == [0xA1, 0x7F2E]
    block = tlv.unwrap(template[1].value, 0xA1)
    assert block.hex().upper() == NEW_FACE


@pytest.mark.parametrize("sex", ["M", "F"])
def test_a_womans_face_and_a_mans(sex: str) -> None:
    """They differ in one code."""
    data = lds.dg2(
        b"\xff\xd8", size=(1, 1), sex=sex, made=date(2026, 1, 1), form=FaceForm.ISO_39794
    )
    assert data.endswith(bytes.fromhex("A805A003800102" if sex == "M" else "A805A003800103"))
