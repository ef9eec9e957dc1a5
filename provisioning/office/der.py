"""DER as the office writes it: a handful of types, joined by hand.

Lives here: encoding only, for the small structures that no library builds (security infos, the
LDS security object, DG13, the CMS around it). Not here: decoding (`reader.lds`, `verify.cms`).
Source: ITU-T X.690 sections 8 and 10 to 11.
"""

from __future__ import annotations

from collections.abc import Iterable

from asn1crypto import core

from reader.tlv import encode

SEQUENCE = 0x30
SET = 0x31


def sequence(*items: bytes) -> bytes:
    """Return a SEQUENCE of encoded `items`."""
    return encode(SEQUENCE, b"".join(items))


def set_of(items: Iterable[bytes]) -> bytes:
    """Return a SET OF encoded `items`, in the order that DER demands (X.690 section 11.6)."""
    return encode(SET, b"".join(sorted(items)))


def integer(value: int) -> bytes:
    """Return an INTEGER."""
    return bytes(core.Integer(value).dump())


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER from its dotted form."""
    return bytes(core.ObjectIdentifier(dotted).dump())


def octets(value: bytes) -> bytes:
    """Return an OCTET STRING."""
    return encode(0x04, value)


def bit_string(value: bytes) -> bytes:
    """Return a BIT STRING of whole octets."""
    return encode(0x03, b"\x00" + value)


def utf8(value: str) -> bytes:
    """Return a UTF8String."""
    return encode(0x0C, value.encode())


def printable(value: str) -> bytes:
    """Return a PrintableString; the caller vouches for its alphabet."""
    return encode(0x13, value.encode("ascii"))


def explicit(number: int, content: bytes) -> bytes:
    """Return `content` behind the constructed context tag [number]."""
    return encode(0xA0 | number, content)
