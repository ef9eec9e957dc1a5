"""The elementary files of a card, built from values.

Lives here: EF.ATR/INFO, EF.DIR, EF.COM and data groups 1, 2, 3 (empty), 13 and 15 as bytes. Not
here: what the chip can do (`security_infos`), a face's record (`face`), data groups of particulars
(`details`), the signature over them (`security_object`), what a person's card says
(`personalise`), reading (`reader.lds`).
Source: Doc 9303-10 sections 3.11 and 4.7, Doc 9303-11 section 9.3.1.2; a CBEFF template (ISO/IEC
7816-11); DG13 in the form of the Vietnamese citizen card.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from datetime import date

from provisioning.office import der, face
from provisioning.office.face import FaceForm
from reader.lds.files import FileId
from reader.tlv import encode

LDS_VERSION = "0107"
UNICODE_VERSION = "040000"

DG13_FORM = "1.0.10646.1.0.8"

_FACE_OWNER = 0x0101  # ISO/IEC JTC 1/SC 37
Dg13Value = str | tuple[str, ...]


def atr_info(capabilities: bytes, announced: tuple[int, int] | None) -> bytes:
    """Return EF.ATR/INFO: the historical bytes' capabilities, and how long an APDU may be.

    `announced` are the bytes of command and response APDU, None for no such object.
    """
    info = encode(0x47, capabilities)
    if announced is not None:
        info += encode(0x7F66, b"".join(der.integer(size) for size in announced))
    return info


def ef_dir(aids: Iterable[bytes]) -> bytes:
    """Return EF.DIR with a template for each application."""
    return b"".join(encode(0x61, encode(0x4F, aid)) for aid in aids)


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


def dg2(
    jpeg: bytes,
    *,
    size: tuple[int, int],
    sex: str,
    made: date,
    form: FaceForm = FaceForm.ISO_19794,
) -> bytes:
    """Return DG2 with one face: `jpeg` of `size` pixels, taken on `made`."""
    header = encode(
        0xA1,
        encode(0x80, b"\x01\x01")  # header version
        + encode(0x81, b"\x02")  # biometric type: facial features
        + encode(0x83, bytes.fromhex(made.strftime("%Y%m%d000000")))
        + encode(0x87, struct.pack(">H", _FACE_OWNER))
        + encode(0x88, struct.pack(">H", form.format_type)),
    )
    block = face.record(form, jpeg, size=size, sex=sex, made=made)
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


def dg15(public_key: bytes) -> bytes:
    """Return DG15 around a SubjectPublicKeyInfo (DER)."""
    return encode(0x6F, public_key)


def _dg13_value(value: Dg13Value) -> bytes:
    if isinstance(value, str):
        return der.utf8(value)
    return der.sequence(*(der.utf8(part) for part in value))
