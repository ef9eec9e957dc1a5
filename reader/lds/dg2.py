"""DG2: the encoded face, found and measured but not decoded.

Lives here: the biometric templates around an ISO/IEC 19794-5:2005 facial record, and that record.
Not here: JPEG and JPEG 2000, which only a child process with caps decodes, and only after the
file's hash held (`verify.verify_file`). The newer ISO/IEC 39794-5 form (tag 7F2E) is passed over.
Source: Doc 9303-10 section 4.7.2; ISO/IEC 19785 (CBEFF); ISO/IEC 19794-5:2005 section 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader import tlv
from reader.lds.asn1 import INTEGER, integer, malformed, require_size
from reader.tlv import Tlv

MAX_DG2 = 512 * 1024  # bytes
MAX_TEMPLATES = 9  # biometric information templates
MAX_FACES = 9  # images in one facial record

_WHERE = "DG2"
_GROUP_TEMPLATE = 0x7F61
_TEMPLATE = 0x7F60
_DATA_19794 = 0x5F2E
_DATA_39794 = 0x7F2E

_RECORD_MAGIC = b"FAC\x00010\x00"
_RECORD_HEADER = 14  # bytes: magic 8, length 4, number of faces 2
_FACE_HEADER = 20  # bytes: facial information block
_FEATURE_POINT = 8  # bytes
_IMAGE_HEADER = 12  # bytes: image information block

_JPEG = "image/jpeg"
_JPEG_2000 = "image/jp2"
_MAGICS = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", _JPEG_2000),
    (b"\xff\x4f\xff\x51", _JPEG_2000),  # a bare codestream
)


@dataclass(frozen=True, slots=True)
class FaceImage:
    """One picture as stored. `width` and `height` are the record's claim, in pixels."""

    media_type: str
    """image/jpeg or image/jp2, by the picture's own first bytes: issuers mislabel it."""
    data: bytes = field(repr=False)
    width: int
    height: int


def parse(data: bytes) -> tuple[FaceImage, ...]:
    """Return the faces in DG2, often one; none where all are in the 39794-5 form.

    Raises MalformedData.
    """
    require_size(data, MAX_DG2, _WHERE)
    items = list(tlv.iterate(tlv.unwrap(tlv.unwrap(data, 0x75), _GROUP_TEMPLATE)))
    if not items or items[0].tag != INTEGER:
        raise malformed(_WHERE, "it does not say how many templates follow")
    count, templates = integer(items[0].value, _WHERE), items[1:]
    if count != len(templates) or count > MAX_TEMPLATES:
        raise malformed(_WHERE, f"it announces {count} templates and has {len(templates)}")
    faces: list[FaceImage] = []
    for template in templates:
        faces.extend(_template(template))
    return tuple(faces)


def _template(item: Tlv) -> list[FaceImage]:
    parts = list(tlv.iterate(item.value)) if item.tag == _TEMPLATE else []
    records = [part for part in parts if part.tag in (_DATA_19794, _DATA_39794)]
    if len(records) != 1:
        raise malformed(_WHERE, "a template does not hold one biometric record")
    return _facial_record(records[0].value) if records[0].tag == _DATA_19794 else []


def _facial_record(record: bytes) -> list[FaceImage]:
    if len(record) < _RECORD_HEADER or not record.startswith(_RECORD_MAGIC):
        raise malformed(_WHERE, "a biometric record is no facial record")
    if int.from_bytes(record[8:12], "big") != len(record):
        raise malformed(_WHERE, "a facial record is not as long as it says")
    count = int.from_bytes(record[12:14], "big")
    if count > MAX_FACES:
        raise malformed(_WHERE, f"a facial record has {count} faces")
    faces = []
    offset = _RECORD_HEADER
    for _ in range(count):
        length = int.from_bytes(record[offset : offset + 4], "big")
        block = record[offset : offset + length]
        if length < _FACE_HEADER or len(block) != length:
            raise malformed(_WHERE, "a face is cut short")
        faces.append(_face(block))
        offset += length
    if offset != len(record):
        raise malformed(_WHERE, f"{len(record) - offset} bytes follow the last face")
    return faces


def _face(block: bytes) -> FaceImage:
    points = int.from_bytes(block[4:6], "big")
    information = _FACE_HEADER + points * _FEATURE_POINT
    start = information + _IMAGE_HEADER
    if start >= len(block):
        raise malformed(_WHERE, "a face has no image")
    image = block[start:]
    media_type = next((kind for magic, kind in _MAGICS if image.startswith(magic)), None)
    if media_type is None:
        raise malformed(_WHERE, "a face is neither JPEG nor JPEG 2000")
    return FaceImage(
        media_type=media_type,
        data=image,
        width=int.from_bytes(block[information + 2 : information + 4], "big"),
        height=int.from_bytes(block[information + 4 : information + 6], "big"),
    )
