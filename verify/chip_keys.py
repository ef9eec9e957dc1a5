"""The keys with which a chip agrees on keys: those of chip authentication and of its mapping.

Lives here: SubjectPublicKeyInfo, as DG14 and EF.CardSecurity list it, to the curve and point or to
the length of the prime, and whether that is enough to count. Not here: keys that sign (`keys`),
and running the protocol (`reader.channel`).
Source: Doc 9303-11 sections 9.2.6 (the lists), 9.5.1 (standardised domain parameters, by number),
9.5.2 (explicit ones), 9.6 (PKCS #3 for Diffie-Hellman).
"""

from __future__ import annotations

from dataclasses import dataclass

from reader.arithmetic import decode
from reader.errors import MalformedData
from reader.lds import agreement_key
from reader.lds.agreement_key import ModularPublic
from verify import keys, signatures
from verify.algorithms import unsupported
from verify.asn1 import malformed
from verify.ecdsa import CurveKey
from verify.keys import PublicKey
from verify.policy import Algorithms

_WHAT = "chip's key"


@dataclass(frozen=True, slots=True)
class DhKey:
    """A key for Diffie-Hellman over the integers: the length of its prime, in bits."""

    bits: int


def load(spki: bytes) -> CurveKey | DhKey:
    """Return the key in a SubjectPublicKeyInfo (DER).

    Raises MalformedObject, or UnsupportedAlgorithm for parameters that this terminal lacks.
    """
    try:
        key = agreement_key.parse(spki)
    except MalformedData as error:
        raise malformed(_WHAT, error.message) from error
    if key is None:
        raise unsupported("kind of key, or its domain parameters")
    if isinstance(key, ModularPublic):
        return DhKey(key.p.bit_length())
    point = decode(key.curve, key.point)
    if point is None:
        raise malformed(_WHAT, "its point is not on its curve")
    return CurveKey(key.curve, point)


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
