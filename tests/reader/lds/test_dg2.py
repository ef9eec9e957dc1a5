"""DG2 with facial records of ISO/IEC 19794-5: a real face, and records that lie about sizes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg2, face_19794
from reader.lds.dg2 import Dg2, FaceImage
from reader.lds.face_19794 import Face, FeaturePoint
from tests.reader.lds.faces import CODESTREAM, HEADER, JPEG, ef_dg2, face, record

TWO_HEADERS = tlv.encode(
    0x7F60, tlv.encode(0xA1, HEADER) + tlv.encode(0xA2, HEADER) + tlv.encode(0x5F2E, record(face()))
)


def test_specimen_gives_its_jpeg_2000_face(specimen: Callable[[str], bytes]) -> None:
    """The record's claims agree with the image header inside."""
    (found,) = dg2.parse(specimen("0102"))
    assert (found.media_type, found.width, found.height) == ("image/jp2", 449, 598)
    assert len(found.data) == 13_701
    assert specimen("0102").endswith(found.data)


def test_specimen_says_what_it_holds(specimen: Callable[[str], bytes]) -> None:
    """Header and record in full, and back to the same bytes."""
    data = specimen("0102")
    file = Dg2.from_bytes(data)
    (template,) = file.templates
    header = template.header
    assert header is not None
    assert (header.biometric_type, header.created) == (2, None)
    assert (header.format_owner, header.format_type) == (0x0101, 0x0008)
    (faces,) = file.records
    assert isinstance(faces, tuple)
    assert (faces[0].image_type, faces[0].data_type, faces[0].points) == (1, 1, ())
    assert face_19794.encode(faces) == template.record.value
    assert file.to_bytes() == data


def test_feature_points_before_the_image_are_stepped_over() -> None:
    """Their number moves the beginning of the image."""
    (found,) = dg2.parse(ef_dg2(record(face(points=3))))
    assert found == FaceImage("image/jpeg", JPEG, 240, 320)


def test_record_says_everything_where_the_standard_puts_it() -> None:
    """Each field of section 5 written as bytes, and read."""
    information = "0000003C 0001 02 05 06 010203 0007 0A0B0C 010203"
    point = "01 51 0064 00C8 0000"
    image = "01 00 0064 00C8 01 02 0102 0050"
    data = bytes.fromhex(information + point + image) + bytes.fromhex("FFD8FF") + bytes(17)
    (found,) = face_19794.parse(record(data))
    assert (found.sex, found.eye_colour, found.hair_colour) == (2, 5, 6)
    assert (found.properties.hex(), found.expression) == ("010203", 7)
    assert (found.pose.hex(), found.pose_uncertainty.hex()) == ("0a0b0c", "010203")
    assert found.points == (FeaturePoint(kind=1, code=0x51, x=100, y=200),)
    assert (found.image_type, found.data_type, found.width, found.height) == (1, 0, 100, 200)
    assert (found.colour_space, found.source, found.device, found.quality) == (1, 2, 0x0102, 0x50)
    assert face_19794.encode((found,)) == record(data)


def test_several_faces_in_several_templates_are_all_found() -> None:
    """In the order of the file."""
    found = dg2.parse(ef_dg2(record(face(), face(CODESTREAM)), record(face())))
    assert [image.media_type for image in found] == ["image/jpeg", "image/jp2", "image/jpeg"]


def test_no_template_at_all() -> None:
    """A way to say that there is no face, as with fingerprints (section 4.7.3.2.2)."""
    data = tlv.encode(0x75, tlv.encode(0x7F61, bytes.fromhex("020100")))
    assert dg2.parse(data) == ()
    assert Dg2.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize(
    ("header", "created"),
    [
        (b"", None),
        (
            bytes.fromhex("80020101 810102 830720020315133000 8508 2002040120070331"),
            "20020315133000",
        ),
        (bytes.fromhex("8604 00010001 8702 0101 8802 0008 9F01 00"), None),
        (bytes.fromhex("830100"), "00"),
    ],
    ids=["empty", "dates", "unknown tag", "date of another length"],
)
def test_header_says_what_it_likes(header: bytes, created: str | None) -> None:
    """Nothing is decided on it: the face is found, and the header comes back as it was."""
    data = ef_dg2(record(face()), header=header)
    file = Dg2.from_bytes(data)
    assert len(file.faces) == 1
    found = file.templates[0].header
    assert found is not None
    assert found.created == (None if created is None else bytes.fromhex(created))
    assert file.to_bytes() == data


def test_template_without_a_header() -> None:
    """The record tells by itself what it is."""
    template = tlv.encode(0x7F60, tlv.encode(0x5F2E, record(face())))
    data = tlv.encode(0x75, tlv.encode(0x7F61, bytes.fromhex("020101") + template))
    file = Dg2.from_bytes(data)
    assert (file.templates[0].header, len(file.faces)) == (None, 1)


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
        ef_dg2(record(face()).replace((14 + len(face())).to_bytes(4, "big"), bytes(4))),
        ef_dg2(b"FIR" + record(face())[3:]),
        ef_dg2(b"FAC"),
        ef_dg2(record(face(image=b""))),
        ef_dg2(record(face(image=b"GIF89a"))),
        ef_dg2(record(face()[:4] + b"\xff\xff" + face()[6:])),
        ef_dg2(record(b"\x00\x00\x00\x00" + face()[4:])),
        ef_dg2(record(face()), tag=0x5F2F),
        ef_dg2(record(face()), header=HEADER * 2),
        ef_dg2(record(face()), header=bytes.fromhex("8700")),
        ef_dg2(record(face()), header=bytes.fromhex("8101")),
        ef_dg2(record(face()), header=b"".join(bytes((0xC0 + n, 0)) for n in range(17))),
        tlv.encode(0x75, tlv.encode(0x7F61, bytes.fromhex("020101") + TWO_HEADERS)),
        tlv.encode(0x75, tlv.encode(0x7F61, b"")),
        tlv.encode(0x75, tlv.encode(0x7F61, bytes.fromhex("020101 7F6100"))),
        tlv.encode(0x75, tlv.encode(0x7F61, bytes.fromhex("0201FF"))),
    ],
    ids=[
        "fewer templates",
        "ten templates",
        "fewer faces",
        "more faces",
        "ten faces",
        "tail",
        "cut",
        "length of the record",
        "finger record",
        "header cut",
        "no image",
        "GIF",
        "points beyond the end",
        "length 0",
        "other tag",
        "header twice the same",
        "format owner empty",
        "header's object cut",
        "header too full",
        "two headers",
        "no count",
        "other template",
        "negative count",
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


def test_face_stands_in_no_repr() -> None:
    """A logged file tells no feature of a person."""
    shown = repr(Dg2.from_bytes(ef_dg2(record(face()))))
    assert "picture" not in shown
    assert "sex" not in repr(Face(image=JPEG, width=1, height=1, sex=2))
