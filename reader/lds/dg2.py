"""DG2: the encoded face, found and measured but not decoded.

Lives here: the file, with its records in either form. Not here: the templates around a record
(`biometric`), the records (`face_19794`, `face_39794`), and JPEG and JPEG 2000, which only a child
process with caps decodes, and only after the file's hash held (`verify.verify_file`).
Source: Doc 9303-10 section 4.7.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader import tlv
from reader.lds import biometric, face_19794, face_39794, picture
from reader.lds.asn1 import require_size
from reader.lds.biometric import DATA_19794, BiometricTemplate
from reader.lds.face_39794 import FaceImageBlock

MAX_DG2 = 512 * 1024  # bytes

_WHERE = "DG2"
_TEMPLATE = 0x75
_STANDARDIZED = 0xA1  # a record in a standard's form, inside DO7F2E

Record = tuple[face_19794.Face, ...] | FaceImageBlock


@dataclass(frozen=True, slots=True)
class FaceImage:
    """One picture as stored. `width` and `height` are the record's claim, in pixels."""

    media_type: str
    """image/jpeg or image/jp2, by the picture's own first bytes: issuers mislabel it."""
    data: bytes = field(repr=False)
    width: int | None
    """None where the record does not say; so `height`."""
    height: int | None


@dataclass(frozen=True, slots=True)
class Dg2:
    """The file: its templates, what each holds, and the pictures. Raises MalformedData."""

    templates: tuple[BiometricTemplate, ...]
    records: tuple[Record, ...] = field(init=False, compare=False, repr=False)
    """In the order of the templates: the faces of a facial record, or a face image block."""
    faces: tuple[FaceImage, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        records = tuple(map(_record, self.templates))
        object.__setattr__(self, "records", records)
        object.__setattr__(self, "faces", tuple(face for one in records for face in _faces(one)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Dg2:
        """Read DG2. Raises MalformedData."""
        require_size(data, MAX_DG2, _WHERE)
        return cls(biometric.parse(tlv.unwrap(data, _TEMPLATE)))

    def to_bytes(self) -> bytes:
        """Return DG2."""
        return tlv.encode(_TEMPLATE, biometric.encode(self.templates))


def parse(data: bytes) -> tuple[FaceImage, ...]:
    """Return the faces in DG2, often one. Raises MalformedData."""
    return Dg2.from_bytes(data).faces


def _record(template: BiometricTemplate) -> Record:
    record = template.record
    if record.tag == DATA_19794:
        return face_19794.parse(record.value)
    return face_39794.parse(tlv.unwrap(record.value, _STANDARDIZED))


def _faces(record: Record) -> list[FaceImage]:
    if isinstance(record, FaceImageBlock):
        shown = [one for one in record.representations if one.image is not None]
        return [_face(one.image or b"", *(one.size or (None, None))) for one in shown]
    return [_face(one.image, one.width, one.height) for one in record]


def _face(image: bytes, width: int | None, height: int | None) -> FaceImage:
    return FaceImage(picture.media_type(image, _WHERE), image, width, height)
