"""DG2 with face image blocks of ISO/IEC 39794-5: every form of picture, and what is no block."""

from __future__ import annotations

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg2, face_39794
from reader.lds.dg2 import Dg2, FaceImage
from reader.lds.face_39794 import FaceImageBlock
from tests.reader.lds.faces import (
    CODESTREAM,
    FORM_JPEG,
    JPEG,
    JPEG_2000,
    VERSION,
    block,
    code,
    context,
    ef_dg2,
    face,
    flat,
    full_representation,
    record,
    representation,
    whole,
)

DATA = 0x7F2E


def read(data: bytes) -> FaceImageBlock:
    """Return the one block of DG2 around `data`."""
    (found,) = Dg2.from_bytes(ef_dg2(data, tag=DATA)).records
    assert isinstance(found, FaceImageBlock)
    return found


@pytest.mark.parametrize(
    ("image", "kind"),
    [(JPEG, "image/jpeg"), (JPEG_2000, "image/jp2"), (CODESTREAM, "image/jp2")],
)
def test_picture_in_each_form(image: bytes, kind: str) -> None:
    """By its own first bytes, whatever the block calls it."""
    data = ef_dg2(block(representation(whole(0, 0), flat(image))), tag=DATA)
    assert dg2.parse(data) == (FaceImage(kind, image, 240, 320),)
    assert Dg2.from_bytes(data).to_bytes() == data


def test_block_that_says_everything() -> None:
    """Version, number, form, size and time; the rest is kept, and comes back as it was."""
    header = bytes.fromhex("80020101 810102 820100 8702 0101 8802 002A")
    data = ef_dg2(block(full_representation()), tag=DATA, header=header)
    file = Dg2.from_bytes(data)
    (found,) = file.records
    assert isinstance(found, FaceImageBlock)
    assert found.version == (3, 2019)
    (one,) = found.representations
    assert (one.number, one.data_format, one.size) == (7, 3, (572, 731))
    assert one.captured == (2024, 1, 20, 13, 23)
    assert file.templates[0].header is not None
    assert file.templates[0].header.format_type == 0x002A
    assert file.to_bytes() == data
    assert face_39794.parse(found.to_bytes()) == found


def test_size_that_is_not_said() -> None:
    """The block may leave it out: the picture itself knows."""
    data = block(representation(whole(0, 0), flat(JPEG, FORM_JPEG)))
    (found,) = dg2.parse(ef_dg2(data, tag=DATA))
    assert (found.width, found.height) == (None, None)


def test_both_forms_beside_each_other() -> None:
    """A card of the years of transition: the older record first, the newer after it."""
    older = tlv.encode(0x7F60, tlv.encode(0x5F2E, record(face())))
    newer = tlv.encode(0x7F60, tlv.encode(DATA, block(full_representation())))
    group = tlv.encode(0x7F61, bytes.fromhex("020102") + older + newer)
    data = tlv.encode(0x75, group)
    assert [one.data for one in dg2.parse(data)] == [JPEG, JPEG_2000]
    assert Dg2.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize(
    "image",
    [
        context(1, context(1, whole(0, 1))),
        context(1, context(0, context(1, whole(0, 1)))),
    ],
    ids=["extension", "shape in three dimensions"],
)
def test_representation_that_is_no_flat_picture(image: bytes) -> None:
    """Read, kept, and not among the faces."""
    data = ef_dg2(block(representation(whole(0, 0), image)), tag=DATA)
    assert dg2.parse(data) == ()
    assert Dg2.from_bytes(data).to_bytes() == data


def test_what_a_later_edition_adds() -> None:
    """Members behind those of this edition are stepped over, wherever the module lets them be."""
    later = tlv.encode(0x9E, b"\x01")
    information = (FORM_JPEG, later)
    data = block(
        representation(whole(0, 0), flat(JPEG, *information), later),
        version=context(0, whole(0, 4), whole(1, 2030), later),
        tail=later,
    )
    found = read(data)
    assert found.version == (4, 2030)
    assert found.representations[0].image == JPEG


def test_form_that_an_extension_names() -> None:
    """No code is known then; the picture's first bytes decide as ever."""
    found = read(block(representation(whole(0, 0), flat(JPEG, context(0, context(1))))))
    assert found.representations[0].data_format is None
    assert found.representations[0].image == JPEG


DEEP = whole(0, 1)
for _ in range(face_39794.MAX_DEPTH + 1):
    DEEP = context(9, DEEP)


BOTH = context(1, tlv.unwrap(flat(), 0xA1), context(1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        tlv.encode(0xA1, b""),
        tlv.encode(0xA1, tlv.encode(0x64, b"")),
        block() + b"\x00",
        tlv.encode(0xA2, tlv.unwrap(block(), 0xA1)),
        block(version=b""),
        block(version=context(0, whole(0, 3))),
        block(version=context(0, whole(0, 3), tlv.encode(0x81, b""))),
        block(version=VERSION * 2),
        tlv.encode(0xA1, tlv.encode(0x65, VERSION)),
        tlv.encode(0xA1, tlv.encode(0x65, VERSION + context(1))),
        block(*[representation()] * (face_39794.MAX_REPRESENTATIONS + 1)),
        block(tlv.encode(0x31, whole(0, 0) + flat())),
        block(representation(whole(0, 0))),
        block(representation(flat())),
        block(representation(flat(), whole(0, 0))),
        block(representation(whole(0, 0), context(1))),
        block(representation(whole(0, 0), BOTH)),
        block(representation(whole(0, 0), context(1, context(0, context(0))))),
        block(representation(whole(0, 0), flat(b"GIF89a"))),
        block(representation(whole(0, 0), flat(b""))),
        block(representation(whole(0, 0), flat(JPEG, code(1, 0)))),
        block(representation(whole(0, 0), flat(JPEG, FORM_JPEG, context(7, whole(0, 240))))),
        block(representation(whole(0, 0), flat(), context(2, whole(0, 2024), whole(1, 13)))),
        block(representation(whole(0, 0), flat(), context(2, whole(0, 10_000)))),
        block(representation(whole(0, 0), flat(), context(3, b"\x80"))),
        block(tail=DEEP),
        block(tail=bytes.fromhex("BF2000")),
        block(tail=bytes.fromhex("3000")),
    ],
    ids=[
        "empty",
        "no block",
        "a block of fingers",
        "a byte behind",
        "not in a standard's form",
        "no version",
        "no year",
        "year empty",
        "version twice",
        "no representations",
        "none of them",
        "too many of them",
        "one under another tag",
        "no picture",
        "no number",
        "not in order",
        "no choice",
        "two choices",
        "flat and empty",
        "GIF",
        "picture empty",
        "no form",
        "no height",
        "thirteenth month",
        "year 10000",
        "quality cut short",
        "nested too deeply",
        "tag of two bytes",
        "tag of another class",
    ],
)
def test_block_not_of_the_module_is_refused(data: bytes) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        dg2.parse(ef_dg2(data, tag=DATA))
