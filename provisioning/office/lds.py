"""The elementary files of a card, built from values.

Lives here: EF.CardAccess, EF.ATR/INFO, EF.COM and data groups 1, 2, 3 (empty), 13, 14 and 15 as
bytes. Not here: the signature over them (`security_object`), what a person's card says
(`personalise`), reading (`reader.lds`).
Source: Doc 9303-10 sections 3.11 and 4.7, Doc 9303-11 sections 9.2 and 9.3.1.2; ISO/IEC
19794-5:2005 section 5 in a CBEFF template (ISO/IEC 7816-11); DG13 in the form of the Vietnamese
citizen card.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from datetime import date

from provisioning.office import der
from reader.lds.files import FileId
from reader.tlv import encode

LDS_VERSION = "0107"
UNICODE_VERSION = "040000"

APDU_SIZE = 32_767  # bytes of command or response that the chip's buffer takes

PACE_ECDH_GM_AES_128 = "0.4.0.127.0.7.2.2.4.2.2"
PACE_VERSION = 2
ACTIVE_AUTH = "2.23.136.1.1.5"
ACTIVE_AUTH_VERSION = 1
ECDSA_PLAIN_SHA256 = "0.4.0.127.0.7.1.1.4.1.3"  # BSI TR-03111 section 5.2.1.1
DG13_FORM = "1.0.10646.1.0.8"

_FACE_OWNER = 0x0101  # ISO/IEC JTC 1/SC 37
_FACE_TYPE = 0x0008  # ISO/IEC 19794-5
_FACE_HEADER = 14  # bytes
_FACE_INFORMATION = 20  # bytes
_IMAGE_INFORMATION = 12  # bytes
_SEX = {"M": 1, "F": 2}  # ISO/IEC 19794-5 section 5.5.3

Dg13Value = str | tuple[str, ...]


def card_access(parameter_id: int) -> bytes:
    """Return EF.CardAccess for PACE-ECDH-GM with AES-128 on these domain parameters."""
    return der.set_of([_pace_info(parameter_id)])


def atr_info(capabilities: bytes) -> bytes:
    """Return EF.ATR/INFO: the historical bytes' capabilities, and how long an APDU may be."""
    sizes = der.integer(APDU_SIZE) * 2  # command, response
    return encode(0x47, capabilities) + encode(0x7F66, sizes)


def com(groups: Iterable[FileId]) -> bytes:
    """Return EF.COM listing these data groups."""
    tags = bytes(g.tag for g in groups if g.tag is not None)
    return encode(
        0x60,
        encode(0x5F01, LDS_VERSION.encode())
        + encode(0x5F36, UNICODE_VERSION.encode())
        + encode(0x5C, tags),
    )


def dg1(mrz: str) -> bytes:
    """Return DG1 around the zone's characters."""
    return encode(0x61, encode(0x5F1F, mrz.encode("ascii")))


def dg2(jpeg: bytes, *, size: tuple[int, int], sex: str, made: date) -> bytes:
    """Return DG2 with one face: `jpeg` of `size` pixels, taken on `made`."""
    header = encode(
        0xA1,
        encode(0x80, b"\x01\x01")  # header version
        + encode(0x81, b"\x02")  # biometric type: facial features
        + encode(0x83, bytes.fromhex(made.strftime("%Y%m%d000000")))
        + encode(0x87, struct.pack(">H", _FACE_OWNER))
        + encode(0x88, struct.pack(">H", _FACE_TYPE)),
    )
    block = encode(0x5F2E, _face_record(jpeg, size, sex))
    instance = encode(0x7F60, header + block)
    return encode(0x75, encode(0x7F61, der.integer(1) + instance))


def dg3_empty() -> bytes:
    """Return DG3 with no fingerprint in it (Doc 9303-10 section 4.7.3.1)."""
    return encode(0x63, encode(0x7F61, der.integer(0)))


def dg13(fields: Mapping[int, Dg13Value]) -> bytes:
    """Return DG13 in the citizen card's nested form: number to text, or to several."""
    items = [der.sequence(der.integer(n), _dg13_value(v)) for n, v in sorted(fields.items())]
    # In order of number, not of encoding: the form the citizen card has.
    content = encode(der.SET, b"".join(items))
    return encode(0x6D, der.sequence(der.integer(1), der.oid(DG13_FORM), content))


def dg14(parameter_id: int) -> bytes:
    """Return DG14: the signed copy of the PACE parameters, and how active authentication signs."""
    active = der.sequence(
        der.oid(ACTIVE_AUTH), der.integer(ACTIVE_AUTH_VERSION), der.oid(ECDSA_PLAIN_SHA256)
    )
    return encode(0x6E, der.set_of([_pace_info(parameter_id), active]))


def dg15(public_key: bytes) -> bytes:
    """Return DG15 around a SubjectPublicKeyInfo (DER)."""
    return encode(0x6F, public_key)


def _pace_info(parameter_id: int) -> bytes:
    return der.sequence(
        der.oid(PACE_ECDH_GM_AES_128), der.integer(PACE_VERSION), der.integer(parameter_id)
    )


def _dg13_value(value: Dg13Value) -> bytes:
    if isinstance(value, str):
        return der.utf8(value)
    return der.sequence(*(der.utf8(part) for part in value))


def _face_record(jpeg: bytes, size: tuple[int, int], sex: str) -> bytes:
    """Return the facial record: header, facial information, image information, image."""
    block_length = _FACE_INFORMATION + _IMAGE_INFORMATION + len(jpeg)
    header = struct.pack(">4s4sIH", b"FAC\0", b"010\0", _FACE_HEADER + block_length, 1)
    # Length, no feature points, sex, eye and hair colour unspecified; no mask, expression, pose.
    facial = struct.pack(">IHBBB", block_length, 0, _SEX[sex], 0, 0).ljust(_FACE_INFORMATION, b"\0")
    # Full frontal, JPEG, pixels, sRGB; source, device and quality unspecified.
    image = struct.pack(">BBHHBBHH", 1, 0, *size, 1, 0, 0, 0)
    return header + facial + image + jpeg
