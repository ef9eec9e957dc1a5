"""The facial record of ISO/IEC 19794-5:2005, in which most cards keep the face.

Lives here: header, facial information, feature points and image information, read and written.
Not here: the template around the record (`dg2`), the picture in it (`picture`).
Source: ISO/IEC 19794-5:2005 sections 5.4 to 5.7.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from reader.lds.asn1 import malformed

MAX_FACES = 9  # images in one record

_WHERE = "DG2"
_MAGIC = b"FAC\x00010\x00"
_HEADER = struct.Struct(">8sIH")  # magic, length, number of faces
_FACIAL = struct.Struct(">IHBBB3sH3s3s")
_POINT = struct.Struct(">BBHHH")
_IMAGE = struct.Struct(">BBHHBBHH")


@dataclass(frozen=True, slots=True)
class FeaturePoint:
    """A point of the face: kind, code (two half bytes), place in pixels (section 5.6)."""

    kind: int
    code: int
    x: int
    y: int
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """One picture with what the record says about it; codes are those of sections 5.5 and 5.7."""

    image: bytes = field(repr=False)
    width: int
    height: int
    sex: int = field(default=0, repr=False)
    eye_colour: int = field(default=0, repr=False)
    hair_colour: int = field(default=0, repr=False)
    properties: bytes = field(default=bytes(3), repr=False)
    """24 flags: glasses, moustache, beard and so on."""
    expression: int = field(default=0, repr=False)
    pose: bytes = field(default=bytes(3), repr=False)
    """Yaw, pitch and roll."""
    pose_uncertainty: bytes = field(default=bytes(3), repr=False)
    points: tuple[FeaturePoint, ...] = field(default=(), repr=False)
    image_type: int = 0
    data_type: int = 0
    """0 JPEG, 1 JPEG 2000; issuers mislabel it."""
    colour_space: int = 0
    source: int = 0
    device: int = 0
    quality: int = 0


def parse(record: bytes) -> tuple[Face, ...]:
    """Read a facial record. Raises MalformedData."""
    if len(record) < _HEADER.size or not record.startswith(_MAGIC):
        raise malformed(_WHERE, "a biometric record is no facial record")
    _, size, count = _HEADER.unpack_from(record)
    if size != len(record):
        raise malformed(_WHERE, "a facial record is not as long as it says")
    if count > MAX_FACES:
        raise malformed(_WHERE, f"a facial record has {count} faces")
    faces = []
    offset = _HEADER.size
    for _ in range(count):
        length = int.from_bytes(record[offset : offset + 4], "big")
        block = record[offset : offset + length]
        if length < _FACIAL.size or len(block) != length:
            raise malformed(_WHERE, "a face is cut short")
        faces.append(_face(block))
        offset += length
    if offset != len(record):
        raise malformed(_WHERE, f"{len(record) - offset} bytes follow the last face")
    return tuple(faces)


def encode(faces: tuple[Face, ...]) -> bytes:
    """Return the facial record of these faces."""
    blocks = b"".join(map(_block, faces))
    return _HEADER.pack(_MAGIC, _HEADER.size + len(blocks), len(faces)) + blocks


def _face(block: bytes) -> Face:
    facial = _FACIAL.unpack_from(block)
    _, count, sex, eyes, hair, properties, expression, pose, uncertainty = facial
    information = _FACIAL.size + count * _POINT.size
    start = information + _IMAGE.size
    if start >= len(block):
        raise malformed(_WHERE, "a face has no image")
    points = tuple(
        FeaturePoint(*found) for found in _POINT.iter_unpack(block[_FACIAL.size : information])
    )
    kind, data_type, width, height, colours, source, device, quality = _IMAGE.unpack_from(
        block, information
    )
    return Face(
        image=block[start:],
        width=width,
        height=height,
        sex=sex,
        eye_colour=eyes,
        hair_colour=hair,
        properties=properties,
        expression=expression,
        pose=pose,
        pose_uncertainty=uncertainty,
        points=points,
        image_type=kind,
        data_type=data_type,
        colour_space=colours,
        source=source,
        device=device,
        quality=quality,
    )


def _block(face: Face) -> bytes:
    points = b"".join(
        _POINT.pack(one.kind, one.code, one.x, one.y, one.reserved) for one in face.points
    )
    facial = _FACIAL.pack(
        _FACIAL.size + len(points) + _IMAGE.size + len(face.image),
        len(face.points),
        face.sex,
        face.eye_colour,
        face.hair_colour,
        face.properties,
        face.expression,
        face.pose,
        face.pose_uncertainty,
    )
    image = _IMAGE.pack(
        face.image_type,
        face.data_type,
        face.width,
        face.height,
        face.colour_space,
        face.source,
        face.device,
        face.quality,
    )
    return facial + points + image + face.image
