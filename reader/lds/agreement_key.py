"""Public keys for key agreement as chips publish them: SubjectPublicKeyInfo to numbers.

Lives here: named or explicit curve, standardised domain parameters, integers modulo a prime. Not
here: running an agreement (`channel.chip_key`), and whether the key is believed (`verify`).
Source: Doc 9303-11 sections 9.2.6, 9.5 and 9.6; RFC 3279 sections 2.3.3 and 2.3.5, RFC 5480,
PKCS #3 section 9.

Explicit parameters are mapped exactly to a curve of the table, or the key is not taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from reader import curves, dh_groups, tlv
from reader.curves import Curve
from reader.lds.asn1 import (
    BIT_STRING,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    malformed,
    members,
    oid,
)
from reader.tlv import Tlv

MAX_KEY = 4096  # bytes
_MAX_NUMBER = 1024  # bytes
_WHERE = "key for chip authentication"

_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_PRIME_FIELD = "1.2.840.10045.1.1"
_DH_PUBLIC_NUMBER = "1.2.840.10046.2.1"
_PKCS3 = "1.2.840.113549.1.3.1"
_STANDARDISED = "0.4.0.127.0.7.1.2"


class CurvePublic(NamedTuple):
    """A public value on a curve of the table; whether it is a point of it is not yet known."""

    curve: Curve
    point: bytes


@dataclass(frozen=True, slots=True)
class ModularPublic:
    """A public value modulo the prime p; whether these numbers make a group is not yet known."""

    p: int
    g: int
    q: int | None
    """The order of g, where it is known."""
    private_bits: int | None
    """How long PKCS #3 wants a private key to be."""
    value: int


@lru_cache(maxsize=8)  # the reader asks, and then whoever judges what the chip proved
def parse(public_key: bytes) -> CurvePublic | ModularPublic | None:
    """Read a SubjectPublicKeyInfo (DER).

    None for a kind of key, or a curve, that this terminal lacks. Raises MalformedData.
    """
    if len(public_key) > MAX_KEY:
        raise malformed(_WHERE, f"it is larger than {MAX_KEY} bytes")
    outer = tlv.unwrap(public_key, SEQUENCE)
    algorithm, bits = members(outer, (SEQUENCE, BIT_STRING), _WHERE)
    items = list(tlv.iterate(algorithm))
    if len(items) != 2 or items[0].tag != OBJECT_IDENTIFIER or bits[:1] != b"\x00":
        raise malformed(_WHERE, "its algorithm has not the standard's form")
    kind, parameters, public = oid(items[0].value, _WHERE), items[1], bits[1:]
    if kind == _STANDARDISED:
        return _standardised(_number(parameters, least=0), public)
    if kind == _EC_PUBLIC_KEY:
        curve = _curve(parameters)
        return None if curve is None else CurvePublic(curve, public)
    if kind in (_DH_PUBLIC_NUMBER, _PKCS3):
        return _integers(kind, parameters, public)
    return None


def _standardised(number: int, public: bytes) -> CurvePublic | ModularPublic | None:
    group = dh_groups.by_parameter_id(number)
    if group is not None:
        return ModularPublic(group.p, group.g, group.q, None, _value(public))
    curve = curves.by_parameter_id(number)
    return None if curve is None else CurvePublic(curve, public)


def _integers(kind: str, parameters: Tlv, public: bytes) -> ModularPublic:
    """Read DomainParameters (RFC 3279 section 2.3.3), or DHParameter (PKCS #3 section 9)."""
    items = list(tlv.iterate(_content(parameters, SEQUENCE)))
    order = bits = None
    if kind == _DH_PUBLIC_NUMBER:
        if len(items) < 3:  # p, g, q; a cofactor and how p was found may follow
            raise malformed(_WHERE, "a parameter of its group is missing")
        order = _positive(items[2])
    elif len(items) == 3:  # p, g, and how long private keys should be
        bits = _positive(items[2])
    elif len(items) != 2:
        raise malformed(_WHERE, "the parameters of its group are not those of the standard")
    p, g = _positive(items[0]), _positive(items[1])
    if order is None:  # in a group of the table it is known all the same
        order = next(
            (known.q for known in dh_groups.DH_GROUPS if (known.p, known.g) == (p, g)), None
        )
    return ModularPublic(p, g, order, bits, _value(public))


def _value(public: bytes) -> int:
    """Read the INTEGER that a public value modulo a prime is."""
    item, end = tlv.parse_one(public)
    if end != len(public):
        raise malformed(_WHERE, "bytes follow its public value")
    return _positive(item)


@lru_cache(maxsize=64)  # the cards of an issuer are on one curve, and spell it out alike
def _curve(parameters: Tlv) -> Curve | None:
    """Read EcpkParameters: a curve's name, or ECParameters (RFC 3279 section 2.3.5)."""
    if parameters.tag == OBJECT_IDENTIFIER:
        return curves.by_oid(oid(parameters.value, _WHERE))
    items = list(tlv.iterate(_content(parameters, SEQUENCE)))
    tags = (INTEGER, SEQUENCE, SEQUENCE, OCTET_STRING, INTEGER)
    if tuple(item.tag for item in items[:5]) != tags or len(items) > 6:
        raise malformed(_WHERE, "the parameters of its curve are not those of the standard")
    field = list(tlv.iterate(items[1].value))
    equation = list(tlv.iterate(items[2].value))
    if len(field) != 2 or field[0].tag != OBJECT_IDENTIFIER or len(equation) < 2:
        raise malformed(_WHERE, "the parameters of its curve are not those of the standard")
    if oid(field[0].value, _WHERE) != _PRIME_FIELD:
        return None
    p = _positive(field[1])
    a, b = (int.from_bytes(_content(item, OCTET_STRING), "big") for item in equation[:2])
    base = _base_point(items[3].value, p)
    if base is None:
        return None
    n = _positive(items[4])
    h = _positive(items[5]) if len(items) == 6 else None
    return curves.by_parameters(p=p, a=a, b=b, gx=base[0], gy=base[1], n=n, h=h)


def _base_point(encoded: bytes, p: int) -> tuple[int, int] | None:
    """Return the coordinates of a generator; a compressed one is completed from the table."""
    size = (p.bit_length() + 7) // 8
    form, rest = encoded[:1], encoded[1:]
    x, y = int.from_bytes(rest[:size], "big"), int.from_bytes(rest[size:], "big")
    if form == b"\x04" and len(rest) == 2 * size:
        return x, y
    if form in (b"\x02", b"\x03") and len(rest) == size:
        for curve in curves.CURVES:
            if (curve.p, curve.gx, curve.gy & 1) == (p, x, form[0] & 1):
                return x, curve.gy
    return None


def _positive(item: Tlv) -> int:
    return _number(item, least=1)


def _number(item: Tlv, *, least: int) -> int:
    """Return the number of an INTEGER."""
    contents = _content(item, INTEGER)
    number = int.from_bytes(contents, "big", signed=True)
    if number < least or not 0 < len(contents) <= _MAX_NUMBER:
        raise malformed(_WHERE, "a number is out of range")
    return number


def _content(item: Tlv, tag: int) -> bytes:
    if item.tag != tag:
        raise malformed(_WHERE, "its elements are not those of the standard")
    return item.value
