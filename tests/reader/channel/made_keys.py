"""Keys for chip authentication as their encodings: named, explicit, standardised, integers."""

from __future__ import annotations

from asn1crypto import core

from reader import tlv
from reader.curves import Curve

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
DH_PUBLIC_NUMBER = "1.2.840.10046.2.1"
PKCS3 = "1.2.840.113549.1.3.1"
STANDARDISED = "0.4.0.127.0.7.1.2"
PRIME_FIELD = "1.2.840.10045.1.1"


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    encoded: bytes = core.ObjectIdentifier(dotted).dump()
    return encoded


def integer(number: int) -> bytes:
    """Return an INTEGER."""
    encoded: bytes = core.Integer(number).dump()
    return encoded


def sequence(*items: bytes) -> bytes:
    """Return a SEQUENCE."""
    return tlv.encode(0x30, b"".join(items))


def octets(data: bytes) -> bytes:
    """Return an OCTET STRING."""
    return tlv.encode(0x04, data)


def spki(algorithm: str, parameters: bytes, public: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo."""
    return sequence(sequence(oid(algorithm), parameters), tlv.encode(0x03, b"\x00" + public))


def explicit(curve: Curve, *, base: bytes | None = None, **changed: int | None) -> bytes:
    """Return ECParameters; a cofactor of None is left out."""
    values: dict[str, int | None] = {
        name: getattr(curve, name) for name in ("p", "a", "b", "gx", "gy", "n", "h")
    }
    values |= changed
    p, a, b, gx, gy, n = (values[name] or 0 for name in ("p", "a", "b", "gx", "gy", "n"))
    size = curve.field_size
    if base is None:
        base = b"\x04" + gx.to_bytes(size, "big") + gy.to_bytes(size, "big")
    cofactor = values["h"]
    return sequence(
        integer(1),
        sequence(oid(PRIME_FIELD), integer(p)),
        sequence(octets(a.to_bytes(size, "big")), octets(b.to_bytes(size, "big"))),
        octets(base),
        integer(n),
        b"" if cofactor is None else integer(cofactor),
    )
