"""Whose key is it: one key has many written forms, and they are all one key.

Lives here: a SubjectPublicKeyInfo to the number that no other holder's key shares. Two forms of one
key give the same: curve parameters named or spelt out, a point compressed or whole, RSA marked for
PSS or not, DSA with its parameters or without. Where it is cheap, so do two keys that only one
holder can have: an RSA modulus with two exponents, a point and its negative. Not here: whether a
key can be used (`keys`), and what follows from two uses of one (`trust`, `masterlist`, `lists`).
Source: RFC 3279 section 2.3, RFC 4055 section 1.2, RFC 5480 section 2, SEC 1 section 2.3.3.

Nothing is refused here: what is not understood is told apart by its octets. No arithmetic is done
either, so a curve or an algorithm that this terminal lacks is no way around it.
"""

from __future__ import annotations

from functools import lru_cache

from verify import der
from verify.algorithms import RSA_ENCRYPTION, RSASSA_PSS
from verify.asn1 import malformed
from verify.errors import MalformedObject
from verify.keys import DSA, EC_PUBLIC_KEY

_WHAT = "public key"
_COMPRESSED = (0x02, 0x03)
_WHOLE = (0x04, 0x06, 0x07)  # the last two are hybrid: y's parity in the first octet too

Identity = tuple[str, int | bytes]
"""What kind of number, and the number; or the octets."""


@lru_cache(maxsize=8192)
def identity(spki: bytes) -> Identity:
    """Return what two SubjectPublicKeyInfo (DER) of one key have in common, and of others not."""
    try:
        algorithm, bits = _parts(spki)
        if algorithm in (RSA_ENCRYPTION, RSASSA_PSS):
            return "modulus", _integer(bits, _inside(bits))
        if algorithm == EC_PUBLIC_KEY:
            return "x", _x(bits)
        if algorithm == DSA:
            return "y", _integer(bits, (0, len(bits)))
    except MalformedObject:
        return "octets", spki
    return "bits", bits


def _parts(spki: bytes) -> tuple[str, bytes]:
    """Return the algorithm, dotted, and the octets of the key."""
    parts = der.sequence(spki, _WHAT)
    if len(parts) != 2 or (parts[0][0], parts[1][0]) != (der.SEQUENCE, der.BIT_STRING):
        raise malformed(_WHAT, "it does not have its two parts")
    (_, _, start, stop), (_, _, bits, end) = parts
    algorithm = der.members(spki, start, stop, _WHAT)
    if not algorithm or algorithm[0][0] != der.OID or bits == end:
        raise malformed(_WHAT, "its algorithm is not identified, or it is empty")
    _, _, start, stop = algorithm[0]
    return der.dotted(spki[start:stop]), spki[bits + 1 : end]


def _inside(bits: bytes) -> tuple[int, int]:
    return der.inside(bits, 0, len(bits), der.SEQUENCE, _WHAT)


def _integer(data: bytes, place: tuple[int, int]) -> int:
    """Return the first INTEGER of a place."""
    numbers = der.members(data, *place, _WHAT)
    if not numbers or numbers[0][0] != der.INTEGER:
        raise malformed(_WHAT, "it is no INTEGER")
    _, _, start, stop = numbers[0]
    return der.integer(data, start, stop, _WHAT)


def _x(point: bytes) -> int:
    """Return the x of a point, which only this point and its negative have."""
    form, rest = (point or b"\x00")[0], point[1:]
    if form in _COMPRESSED and rest:
        return int.from_bytes(rest, "big")
    if form in _WHOLE and rest and len(rest) % 2 == 0:
        return int.from_bytes(rest[: len(rest) // 2], "big")
    raise malformed(_WHAT, "its point has no known form")
