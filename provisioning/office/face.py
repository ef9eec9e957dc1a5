"""The record of a face, in either of the two standards.

Lives here: the biometric data block that DG2 carries. Not here: the template around it (`lds`),
the picture (`portrait`), reading (`reader.lds.dg2`).
Sources: Doc 9303-10 section 4.5.6; ISO/IEC 19794-5:2005 section 5; ISO/IEC 39794-5:2019 annex A,
with the members that the application profile for eMRTDs asks for.
"""

from __future__ import annotations

import struct
from datetime import date
from enum import StrEnum, unique

from provisioning.office import der
from reader.tlv import encode

_FACE_HEADER = 14  # bytes
_FACE_INFORMATION = 20  # bytes
_IMAGE_INFORMATION = 12  # bytes
_SEX = {"M": 1, "F": 2}  # ISO/IEC 19794-5 section 5.5.3

_GENERATION, _YEAR = 3, 2019  # of the extensible standards, and of this one
_JPEG = 2
_MRTD_IMAGE = 0
_RGB_24 = 2
_NEW_SEX = {"M": 2, "F": 3}  # enumerated: unknown, other, male, female


@unique
class FaceForm(StrEnum):
    """The standard by which the face is recorded."""

    ISO_19794 = "ISO/IEC 19794-5"
    ISO_39794 = "ISO/IEC 39794-5"

    @property
    def format_type(self) -> int:
        """Return the registered number of the format (tag 88 of the biometric header)."""
        return {FaceForm.ISO_19794: 0x0008, FaceForm.ISO_39794: 0x002A}[self]


def record(form: FaceForm, jpeg: bytes, *, size: tuple[int, int], sex: str, made: date) -> bytes:
    """Return the data object with a face: `jpeg` of `size` pixels, taken on `made`."""
    if form is FaceForm.ISO_19794:
        return encode(0x5F2E, _old_record(jpeg, size, sex))
    return encode(0x7F2E, encode(0xA1, _new_record(jpeg, size, sex, made)))


def _old_record(jpeg: bytes, size: tuple[int, int], sex: str) -> bytes:
    """Return the facial record: header, facial information, image information, image."""
    block_length = _FACE_INFORMATION + _IMAGE_INFORMATION + len(jpeg)
    header = struct.pack(">4s4sIH", b"FAC\0", b"010\0", _FACE_HEADER + block_length, 1)
    # Length, no feature points, sex, eye and hair colour unspecified; no mask, expression, pose.
    facial = struct.pack(">IHBBB", block_length, 0, _SEX[sex], 0, 0).ljust(_FACE_INFORMATION, b"\0")
    # Full frontal, JPEG, pixels, sRGB; source, device and quality unspecified.
    image = struct.pack(">BBHHBBHH", 1, 0, *size, 1, 0, 0, 0)
    return header + facial + image + jpeg


def _new_record(jpeg: bytes, size: tuple[int, int], sex: str, made: date) -> bytes:
    """Return the FaceImageDataBlock, every tag implicit except around a CHOICE."""
    version = _block(_number(_GENERATION), _number(_YEAR))
    information = {
        0: _code(_JPEG),
        1: _code(_MRTD_IMAGE),
        7: _block(_number(size[0]), _number(size[1])),
        9: _code(_RGB_24),
    }
    picture = encode(0x80, jpeg) + encode(0xA1, _tagged(information))
    representation = {
        1: encode(0xA0, encode(0xA0, picture)),
        2: _block(_number(made.year), _number(made.month), _number(made.day)),
        8: encode(0xA0, _code(_NEW_SEX[sex])),
    }
    body = encode(0x80, _number(0)) + _tagged(representation)
    return encode(0x65, encode(0xA0, version) + encode(0xA1, der.sequence(body)))


def _number(value: int) -> bytes:
    """Return the contents of an INTEGER."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def _block(*members: bytes) -> bytes:
    """Return members under the primitive tags [0], [1] and so on."""
    return b"".join(encode(0x80 | tag, member) for tag, member in enumerate(members))


def _code(value: int) -> bytes:
    """Return a choice of code or extension: a code."""
    return encode(0x80, _number(value))


def _tagged(members: dict[int, bytes]) -> bytes:
    """Return members under constructed tags."""
    return b"".join(encode(0xA0 | tag, member) for tag, member in members.items())
