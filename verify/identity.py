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

from verify import spki
from verify.algorithms import RSA_ENCRYPTION, RSASSA_PSS
from verify.asn1 import malformed
from verify.errors import MalformedObject
from verify.keys import DSA, EC_PUBLIC_KEY

_WHAT = "public key"
_COMPRESSED = (b"\x02", b"\x03")
_WHOLE = (b"\x04", b"\x06", b"\x07")  # the last two are hybrid: y's parity in the first octet too

Identity = tuple[str, int | bytes]
"""What kind of number, and the number; or the octets."""


@lru_cache(maxsize=8192)
def identity(info: bytes) -> Identity:
    """Return what two SubjectPublicKeyInfo (DER) of one key have in common, and of others not."""
    try:
        algorithm, _, octets = spki.parts(info)
        if algorithm in (RSA_ENCRYPTION, RSASSA_PSS):
            return "modulus", spki.integers(octets, 2)[0]
        if algorithm == EC_PUBLIC_KEY:
            return "x", _x(octets)
        if algorithm == DSA:
            return "y", spki.lone_integer(octets)
    except MalformedObject:
        return "octets", info
    return "bits", octets


def _x(point: bytes) -> int:
    """Return the x of a point, which only this point and its negative have."""
    form, rest = point[:1], point[1:]
    if form in _COMPRESSED and rest:
        return int.from_bytes(rest, "big")
    if form in _WHOLE and rest and len(rest) % 2 == 0:
        return int.from_bytes(rest[: len(rest) // 2], "big")
    raise malformed(_WHAT, "its point has no known form")
