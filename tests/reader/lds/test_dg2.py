"""DG2: a real face, and records that lie about their sizes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg2
from reader.lds.dg2 import FaceImage

JPEG = b"\xff\xd8\xff\xe0 a picture"


def face(image: bytes = JPEG, points: int = 0) -> bytes:
    """Return facial information, feature points, image information and image."""
    length = 20 + 8 * points + 12 + len(image)
    information = length.to_bytes(4, "big") + points.to_bytes(2, "big") + bytes(14)
    size = (240).to_bytes(2, "big") + (320).to_bytes(2, "big")
    return information + bytes(8 * points) + b"\x01\x00" + size + bytes(6) + image


def record(*faces: bytes, count: int | None = None, tail: bytes = b"") -> bytes:
    """Return a facial record of ISO/IEC 19794-5:2005."""
    body = b"".join(faces) + tail
    number = len(faces) if count is None else count
    size = (14 + len(body)).to_bytes(4, "big")
    return b"FAC\x00010\x00" + size + number.to_bytes(2, "big") + body


def ef_dg2(*records: bytes, count: int | None = None, tag: int = 0x5F2E) -> bytes:
    """Return DG2 with one template for each record."""
    header = tlv.encode(0xA1, bytes.fromhex("810102"))
    templates = b"".join(tlv.encode(0x7F60, header + tlv.encode(tag, r)) for r in records)
    number = bytes([len(records) if count is None else count])
    return tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(2, number) + templates))


def test_specimen_gives_its_jpeg_2000_face(specimen: Callable[[str], bytes]) -> None:
    """The record's claims agree with the image header inside."""
    (found,) = dg2.parse(specimen("0102"))
    assert (found.media_type, found.width, found.height) == ("image/jp2", 449, 598)
    assert len(found.data) == 13_701
    assert specimen("0102").endswith(found.data)


def test_feature_points_before_the_image_are_stepped_over() -> None:
    """Their number moves the beginning of the image."""
    (found,) = dg2.parse(ef_dg2(record(face(points=3))))
    assert found == FaceImage("image/jpeg", JPEG, 240, 320)


def test_several_faces_in_several_templates_are_all_found() -> None:
    """In the order of the file."""
    other = b"\xff\x4f\xff\x51 codestream"
    found = dg2.parse(ef_dg2(record(face(), face(other)), record(face())))
    assert [image.media_type for image in found] == ["image/jpeg", "image/jp2", "image/jpeg"]


def test_face_in_the_newer_form_is_passed_over() -> None:
    """A card that carries ISO/IEC 39794-5 alone has no photo for this terminal."""
    assert dg2.parse(ef_dg2(bytes.fromhex("a100"), tag=0x7F2E)) == ()


@pytest.mark.parametrize(
    "data",
    [
        ef_dg2(record(face()), count=2),
        ef_dg2(*[record(face())] * 10),
        ef_dg2(record(face(), count=2)),
        ef_dg2(record(face(), count=0)),
        ef_dg2(record(*[face()] * 10)),
        ef_dg2(record(face(), tail=b"\x00")),
        ef_dg2(record(face())[:-1]),
        ef_dg2(b"FIR" + record(face())[3:]),
        ef_dg2(b"FAC"),
        ef_dg2(record(face(image=b""))),
        ef_dg2(record(face(image=b"GIF89a"))),
        ef_dg2(record(face()[:4] + b"\xff\xff" + face()[6:])),
        ef_dg2(record(b"\x00\x00\x00\x00" + face()[4:])),
        ef_dg2(record(face()), tag=0x5F2F),
        tlv.encode(0x75, tlv.encode(0x7F61, b"")),
        tlv.encode(0x75, tlv.encode(0x7F61, bytes.fromhex("020101 7F6100"))),
    ],
    ids=[
        "fewer templates",
        "ten templates",
        "fewer faces",
        "more faces",
        "ten faces",
        "tail",
        "cut",
        "finger record",
        "header cut",
        "no image",
        "GIF",
        "points beyond the end",
        "length 0",
        "other tag",
        "no count",
        "other template",
    ],
)
def test_record_that_lies_is_refused(data: bytes) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        dg2.parse(data)


def test_file_beyond_the_cap_is_refused() -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        dg2.parse(bytes(dg2.MAX_DG2 + 1))
