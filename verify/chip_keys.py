"""The keys with which a chip agrees on keys: those of chip authentication and of its mapping.

Lives here: SubjectPublicKeyInfo, as DG14 and EF.CardSecurity list it, to the curve and point or to
the length of the prime, and whether that is enough to count. Not here: keys that sign (`keys`),
and running the protocol (`reader.channel`).
Source: Doc 9303-11 sections 9.2.6 (the lists), 9.5.1 (standardised domain parameters, by number),
9.5.2 (explicit ones), 9.6 (PKCS #3 for Diffie-Hellman).
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from reader import curves, dh_groups, tlv
from reader.arithmetic import Point, decode
from reader.errors import MalformedData
from reader.lds import asn1
from verify import keys, signatures
from verify.algorithms import unsupported
from verify.asn1 import malformed
from verify.ecdsa import CurveKey
from verify.keys import EC_PUBLIC_KEY, PublicKey
from verify.policy import Algorithms
from verify.spki import MAX_SPKI

STANDARDISED = "0.4.0.127.0.7.1.2"  # standardizedDomainParameters
DH_PUBLIC_NUMBER = "1.2.840.10046.2.1"
DH_KEY_AGREEMENT = "1.2.840.113549.1.3.1"  # PKCS #3

_WHAT = "chip's key"


@dataclass(frozen=True, slots=True)
class DhKey:
    """A key for Diffie-Hellman over the integers: the length of its prime, in bits."""

    bits: int


def load(spki: bytes) -> CurveKey | DhKey:
    """Return the key in a SubjectPublicKeyInfo (DER).

    Raises MalformedObject, or UnsupportedAlgorithm for parameters that this terminal lacks.
    """
    if len(spki) > MAX_SPKI:
        raise malformed(_WHAT, f"it is larger than {MAX_SPKI} bytes")
    try:
        oid, parameters, public = _parts(spki)
        if oid == STANDARDISED:
            return _standardised(asn1.integer(tlv.unwrap(parameters, asn1.INTEGER), _WHAT), public)
        if oid in (DH_PUBLIC_NUMBER, DH_KEY_AGREEMENT):
            return DhKey(_prime_bits(parameters))
    except MalformedData as error:
        raise malformed(_WHAT, error.message) from error
    if oid != EC_PUBLIC_KEY:
        raise unsupported(f"kind of key {oid}")
    return _of_signing_key(keys.load_spki(spki))


def require_curve_allowed(key: CurveKey | DhKey, allowed: Algorithms) -> None:
    """Raise UnsupportedAlgorithm for a curve of our own arithmetic where none is allowed."""
    if isinstance(key, CurveKey) and keys.library_curve(key.curve.name) is None:
        signatures.require_curve_allowed(PublicKey(key), allowed)


def require_length_allowed(key: CurveKey | DhKey, allowed: Algorithms) -> None:
    """Raise AlgorithmNotAllowed for a key that is too short."""
    if isinstance(key, CurveKey):
        bits, least = key.curve.p.bit_length(), allowed.ec_bits
    else:
        bits, least = key.bits, allowed.rsa_bits
    if bits < least:
        raise signatures.too_short(bits)


def _parts(spki: bytes) -> tuple[str, bytes, bytes]:
    """Return the algorithm, its parameters (DER) and the key's octets."""
    algorithm, bits = asn1.members(
        tlv.unwrap(spki, asn1.SEQUENCE), (asn1.SEQUENCE, asn1.BIT_STRING), _WHAT
    )
    items = list(tlv.iterate(algorithm))
    if len(items) != 2 or items[0].tag != asn1.OBJECT_IDENTIFIER or bits[:1] != b"\x00":
        raise asn1.malformed(_WHAT, "it has not the form of the standard")
    return asn1.oid(items[0].value, _WHAT), items[1].to_bytes(), bits[1:]


def _standardised(number: int, public: bytes) -> CurveKey | DhKey:
    group = dh_groups.by_parameter_id(number)
    if group is not None:
        return DhKey(group.p.bit_length())
    curve = curves.by_parameter_id(number)
    if curve is None:
        raise unsupported(f"domain parameters {number}")
    point = decode(curve, public)
    if point is None:
        raise malformed(_WHAT, "its point is not on its curve")
    return CurveKey(curve, point)


def _prime_bits(parameters: bytes) -> int:
    items = list(tlv.iterate(tlv.unwrap(parameters, asn1.SEQUENCE)))
    if len(items) < 2 or items[0].tag != asn1.INTEGER:
        raise asn1.malformed(_WHAT, "it has no prime")
    return int.from_bytes(items[0].value, "big").bit_length()


def _of_signing_key(loaded: PublicKey) -> CurveKey:
    key = loaded.key
    if isinstance(key, CurveKey):
        return key
    curve = curves.by_name(key.curve.name) if isinstance(key, ec.EllipticCurvePublicKey) else None
    if curve is None or not isinstance(key, ec.EllipticCurvePublicKey):
        raise unsupported("elliptic curve")
    numbers = key.public_numbers()
    return CurveKey(curve, Point(numbers.x, numbers.y))
