"""Public keys from SubjectPublicKeyInfo.

Lives here: RSA, RSA restricted to PSS, EC keys, whether their curve is named or spelt out, DSA,
whose parameters may be an issuer's, and Ed25519 and Ed448. Not here: the table of curves
(`reader.curves`), and signatures over those of it that the library lacks (`ecdsa`).
Source: RFC 5480, RFC 4055 section 1.2, RFC 3279 sections 2.3.2 and 2.3.5, RFC 8410, Doc 9303-12
section 4.1.6.3 (which
asks for explicit parameters, so 160 of 588 real country authorities have them; OpenSSL refuses
them, so they are mapped exactly to a named curve or not at all).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from asn1crypto import algos
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from reader import arithmetic, curves
from verify import der, spki
from verify.algorithms import (
    ED448,
    ED25519,
    RSA_ENCRYPTION,
    RSASSA_PSS,
    Scheme,
    pss_scheme,
    unsupported,
)
from verify.asn1 import fence, malformed
from verify.ecdsa import CurveKey

MAX_RSA = 8192  # bits of a modulus
MAX_EXPONENT = 64  # bits
MAX_DSA = 4096  # bits of p
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
DSA = "1.2.840.10040.4.1"
ED25519_BITS, ED448_BITS = 255, 448  # sizes of their fields

_DSA_IDENTIFIER = bytes.fromhex("06072a8648ce380401")
_NULL = b"\x05\x00"
_PRIME_FIELD = "1.2.840.10045.1.1"
_WHAT = "public key"
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp224r1": ec.SECP224R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1,
    "brainpoolP512r1": ec.BrainpoolP512R1,
}


EdKey = ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey | EdKey | CurveKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key and what its certificate restricts it to."""

    key: Key
    pss_only: bool = False
    pss: Scheme | None = None
    """The least that a PSS signature by this key must use; None for no restriction."""
    bits: int = field(init=False, compare=False)
    """Length of the modulus or of DSA's p, or size of the curve's field."""
    modular: bool = field(init=False, compare=False)
    """Whether the length is that of a modulus (RSA, DSA)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "bits", _bits(self.key))
        modular = isinstance(self.key, rsa.RSAPublicKey | dsa.DSAPublicKey)
        object.__setattr__(self, "modular", modular)


def _bits(key: Key) -> int:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return ED25519_BITS
    if isinstance(key, ed448.Ed448PublicKey):
        return ED448_BITS
    if isinstance(key, CurveKey):
        return key.curve.p.bit_length()
    return key.key_size


def library_curve(name: str) -> ec.EllipticCurve | None:
    """Return the library's curve of this name (`reader.curves`); None where it lacks it."""
    found = _CURVES.get(name)
    return None if found is None else found()


@lru_cache(maxsize=1024)
def load_spki(info: bytes, lender: bytes | None = None) -> PublicKey:
    """Return the key in a SubjectPublicKeyInfo (DER).

    `lender` is the SubjectPublicKeyInfo whose parameters a DSA key without its own takes: the
    nearest above it in the path that has them (RFC 5280 section 6.1.4 (f)).
    Raises MalformedObject, or UnsupportedAlgorithm for a kind of key or a curve that this
    terminal lacks.
    """
    oid, parameters, octets = spki.parts(info)
    with fence(_WHAT):
        if oid == EC_PUBLIC_KEY:
            return PublicKey(_ec(parameters, octets))
        if oid == RSA_ENCRYPTION:
            return PublicKey(_rsa(octets))
        if oid == RSASSA_PSS:
            if parameters is None:
                return PublicKey(_rsa(octets), pss_only=True)
            least = pss_scheme(algos.RSASSAPSSParams.load(parameters, strict=True))
            return PublicKey(_rsa(octets), pss_only=True, pss=least)
        if oid == DSA:
            lent = _lent(lender) if parameters in (None, _NULL) else parameters
            return PublicKey(_dsa(lent, octets))
        if oid == ED25519 and parameters is None:
            return PublicKey(ed25519.Ed25519PublicKey.from_public_bytes(octets))
        if oid == ED448 and parameters is None:
            return PublicKey(ed448.Ed448PublicKey.from_public_bytes(octets))
    raise unsupported(f"kind of key {oid}")


@lru_cache(maxsize=1024)
def lacks_parameters(info: bytes) -> bool:
    """Whether a SubjectPublicKeyInfo is a DSA key that needs its issuer's parameters."""
    if _DSA_IDENTIFIER not in info[:32]:
        return False
    oid, parameters, _ = spki.parts(info)
    return oid == DSA and parameters in (None, _NULL)


def _rsa(octets: bytes) -> rsa.RSAPublicKey:
    modulus, exponent = spki.integers(octets, 2)
    if not 0 < modulus.bit_length() <= MAX_RSA or exponent.bit_length() > MAX_EXPONENT:
        raise malformed(_WHAT, "its numbers are out of range")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _lent(lender: bytes | None) -> bytes:
    if lender is not None and not lacks_parameters(lender):
        oid, parameters, _ = spki.parts(lender)
        if oid == DSA and parameters is not None:
            return parameters
    raise unsupported("parameters of a DSA key: nobody above it lends them")


def _dsa(parameters: bytes, octets: bytes) -> dsa.DSAPublicKey:
    p, q, g = spki.integers(parameters, 3)
    y = spki.lone_integer(octets)
    if p.bit_length() > MAX_DSA or not 1 < g < p or not 1 < y < p or pow(y, q, p) != 1:
        raise malformed(_WHAT, "its numbers are out of range")
    return dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g)).public_key()


def _ec(parameters: bytes | None, point: bytes) -> ec.EllipticCurvePublicKey | CurveKey:
    kind = parameters[0] if parameters else None
    if parameters is not None and kind == der.OID:
        start, stop = der.inside(parameters, 0, len(parameters), der.OID, _WHAT)
        oid = der.dotted(parameters[start:stop])
        curve = curves.by_oid(oid)
        if curve is None:
            raise unsupported(f"elliptic curve {oid}")
    elif kind == der.SEQUENCE:
        curve = _specified(asn1_keys.SpecifiedECDomain.load(parameters, strict=True))
    else:
        raise malformed(_WHAT, "its curve is left to be inherited")
    library = library_curve(curve.name)
    if library is not None:
        return ec.EllipticCurvePublicKey.from_encoded_point(library, point)
    decoded = arithmetic.decode(curve, point)
    if decoded is None:
        raise malformed(_WHAT, "its point is not on its curve")
    return CurveKey(curve, decoded)


def _specified(domain: Any) -> curves.Curve:
    """Return the curve that has exactly these SpecifiedECDomain parameters."""
    if domain["field_id"]["field_type"].dotted != _PRIME_FIELD:
        raise unsupported("elliptic curve over a binary field")
    p = int(domain["field_id"]["parameters"].native)
    a = int.from_bytes(bytes(domain["curve"]["a"]), "big")
    b = int.from_bytes(bytes(domain["curve"]["b"]), "big")
    n = int(domain["order"].native)
    cofactor = domain["cofactor"].native
    gx, gy = _base_point(bytes(domain["base"]), p, n)
    curve = curves.by_parameters(
        p=p, a=a, b=b, gx=gx, gy=gy, n=n, h=None if cofactor is None else int(cofactor)
    )
    if curve is None:
        raise unsupported("elliptic curve with these explicit parameters")
    return curve


def _base_point(encoded: bytes, p: int, n: int) -> tuple[int, int]:
    """Return the generator's coordinates; a compressed one is completed from the table.

    SEC 1 section 2.3.4. The table's own generator is the only one that may match, so its y is
    taken where field, order, x and parity agree.
    """
    size = (p.bit_length() + 7) // 8
    form, rest = encoded[:1], encoded[1:]
    if form == b"\x04" and len(rest) == 2 * size:
        return int.from_bytes(rest[:size], "big"), int.from_bytes(rest[size:], "big")
    if form in (b"\x02", b"\x03") and len(rest) == size:
        x = int.from_bytes(rest, "big")
        for curve in curves.CURVES:
            if (curve.p, curve.n, curve.gx, curve.gy & 1) == (p, n, x, form[0] & 1):
                return x, curve.gy
        raise unsupported("elliptic curve with these explicit parameters")
    raise malformed(_WHAT, "its base point has no known form")
