"""DG2 built by hand, in either form of a face, with anything wrong that a test wants.

Source: ISO/IEC 19794-5:2005 section 5; the ASN.1 module ID-ICAO-ISO-IEC-39794-5-ed-1-v1.
"""

from __future__ import annotations

from reader import tlv

JPEG = b"\xff\xd8\xff\xe0 a picture"
JPEG_2000 = b"\x00\x00\x00\x0cjP  \r\n\x87\n another"
CODESTREAM = b"\xff\x4f\xff\x51 codestream"
HEADER = bytes.fromhex("810102")


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


def ef_dg2(
    *records: bytes, count: int | None = None, tag: int = 0x5F2E, header: bytes = HEADER
) -> bytes:
    """Return DG2 with one template for each record."""
    before = tlv.encode(0xA1, header)
    templates = b"".join(tlv.encode(0x7F60, before + tlv.encode(tag, r)) for r in records)
    number = bytes([len(records) if count is None else count])
    return tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(2, number) + templates))


def context(number: int, *inside: bytes) -> bytes:
    """Return a constructed value under a context tag."""
    return tlv.encode(0xA0 | number, b"".join(inside))


def whole(number: int, value: int) -> bytes:
    """Return a number of one byte or two under a context tag."""
    return tlv.encode(0x80 | number, value.to_bytes(1 if value < 0x80 else 2, "big"))


def code(number: int, value: int) -> bytes:
    """Return a code as the profile writes all but the form: in an extension's fallback."""
    return context(number, context(1, whole(0, value)))


FORM_JPEG = context(0, whole(0, 2))
SIZE = context(7, whole(0, 240), whole(1, 320))


def flat(image: bytes = JPEG, *information: bytes) -> bytes:
    """Return the ImageRepresentation of a flat picture."""
    said = context(1, *(information or (FORM_JPEG, SIZE)))
    return context(1, context(0, context(0, tlv.encode(0x80, image), said)))


def representation(*members: bytes) -> bytes:
    """Return a RepresentationBlock; without `members`, the mandatory ones."""
    return tlv.encode(0x30, b"".join(members or (whole(0, 0), flat())))


VERSION = context(0, whole(0, 3), whole(1, 2019))


def block(*representations: bytes, version: bytes = VERSION, tail: bytes = b"") -> bytes:
    """Return DO7F2E's content: a FaceImageDataBlock in a standard's form."""
    inside = version + context(1, *(representations or (representation(),))) + tail
    return tlv.encode(0xA1, tlv.encode(0x65, inside))


def full_representation(image: bytes = JPEG_2000) -> bytes:
    """Return a RepresentationBlock that says everything the profile has."""
    registered = context(0, whole(0, 1), whole(1, 1))
    information = (
        context(0, whole(0, 3)),
        code(1, 0),
        context(2, whole(0, 0), whole(1, 1)),
        code(3, 1),
        whole(4, 3000),
        whole(5, 43),
        whole(6, 55),
        context(7, whole(0, 572), whole(1, 731)),
        context(8, whole(0, 300), whole(1, 150)),
        code(9, 2),
        context(10, tlv.encode(0x80, b"schema")),
    )
    quality = context(3, tlv.encode(0x30, registered + context(1, whole(0, 99))))
    identity = context(8, code(0, 3), code(1, 3), code(2, 5), whole(3, 1786))
    landmark = context(0, context(0, context(0, context(1, whole(0, 10)))))
    return representation(
        whole(0, 7),
        flat(image, *information),
        context(2, whole(0, 2024), whole(1, 1), whole(2, 20), whole(3, 13), whole(4, 23)),
        quality,
        context(4, code(0, 0), whole(5, 5), tlv.encode(0x87, b"parameter")),
        whole(5, 9),
        whole(6, 0),
        context(7, registered),
        identity,
        context(9, tlv.encode(0x30, landmark)),
    )
