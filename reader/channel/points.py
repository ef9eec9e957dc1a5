"""Points of the PACE curves: the few operations that generic mapping needs, at library speed.

The `cryptography` library multiplies the base point and gives the whole point; it multiplies any
other point only as ECDH, which gives the x coordinate. Generic mapping needs whole points: the
mapped generator s*G + H with H = d*P, and d'*G' as our second public key.

A whole point comes from two x coordinates. With the library:

    x(d*P)        leaves two candidates, Q and -Q, for H;
    x(d*(P + G))  must be x(H + d*G), and d*G is the public key of d, known as a whole.

So the candidate whose sum with d*G has that x coordinate is H. This costs two ECDH calls, one
addition in affine coordinates and one comparison, instead of a scalar multiplication in Python
that would be some thirty times slower on the fast curves. Secret scalars are multiplied only
inside the library, in constant time; what is computed here is sent in clear or is spoilt with
the session.

Lives here: `KeyPair`, what one may send us. Not here: the protocol (`pace`), and points at large
(`reader.arithmetic`).
Source: BSI TR-03111 section 2.3.1 (affine group law).
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from reader.arithmetic import Point
from reader.curves import Curve
from reader.errors import ChannelBroken

_EXTRA_RANDOM = 8  # bytes beyond the order's size, FIPS 186-5 appendix A.2.1

_LIBRARY: dict[str, ec.EllipticCurve] = {
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


def is_supported(curve: Curve) -> bool:
    """Whether the library has this curve."""
    return curve.name in _LIBRARY


def random_scalar(curve: Curve, rng: Callable[[int], bytes]) -> int:
    """Return a private key in 1 to n - 1 from `rng` (FIPS 186-5 appendix A.2.1)."""
    size = (curve.n.bit_length() + 7) // 8 + _EXTRA_RANDOM
    return int.from_bytes(rng(size), "big") % (curve.n - 1) + 1


class KeyPair:
    """A private scalar on a standard curve, and its multiple of the base point."""

    def __init__(self, curve: Curve, scalar: int) -> None:
        """Take a scalar in 1 to n - 1; ValueError outside."""
        self._curve = curve
        self._key = ec.derive_private_key(scalar, _LIBRARY[curve.name])
        numbers = self._key.public_key().public_numbers()
        self.public = Point(numbers.x, numbers.y)

    def x_of(self, point: Point) -> bytes:
        """Return the x coordinate of scalar * point: plain ECDH (TR-03111 section 4.3.1).

        Raises ChannelBroken where the point is not on the curve.
        """
        numbers = ec.EllipticCurvePublicNumbers(point.x, point.y, self._key.curve)
        try:
            return self._key.exchange(ec.ECDH(), numbers.public_key())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise broken("the chip sent a point that is not on the curve") from error

    def multiply(self, point: Point) -> Point:
        """Return scalar * point as a whole point, its sign resolved as the module tells.

        Raises ChannelBroken where the point is not on the curve, or is the base point or its
        inverse, which no honest chip sends.
        """
        curve = self._curve
        candidate = _lift(curve, self.x_of(point))
        shifted = add(curve, point, Point(curve.gx, curve.gy))
        wanted = int.from_bytes(self.x_of(shifted), "big")
        if _sum_has_x(curve, candidate, self.public, wanted):
            return candidate
        return Point(candidate.x, curve.p - candidate.y)


def add(curve: Curve, left: Point, right: Point) -> Point:
    """Return the sum of two points with different x coordinates.

    Raises ChannelBroken for equal x coordinates: the sum is then the point at infinity or a
    doubling, which random keys never meet.
    """
    p = curve.p
    if left.x == right.x:
        raise broken("the chip chose a degenerate point")
    slope = (right.y - left.y) * pow(right.x - left.x, -1, p) % p
    x = (slope * slope - left.x - right.x) % p
    return Point(x, (slope * (left.x - x) - left.y) % p)


def _sum_has_x(curve: Curve, left: Point, right: Point, x: int) -> bool:
    """Tell whether left + right has this x coordinate, for points of different x.

    That is x = slope^2 - left.x - right.x, multiplied out: an inversion is what costs in `add`.
    """
    run, rise = right.x - left.x, right.y - left.y
    return ((x + left.x + right.x) * run * run - rise * rise) % curve.p == 0


def decode(curve: Curve, data: bytes) -> Point:
    """Read the uncompressed form. Raises ChannelBroken for another form or another curve."""
    if len(data) != 1 + 2 * curve.field_size or data[0] != 0x04:
        raise broken("the chip sent a public key of another form")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(_LIBRARY[curve.name], data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise broken("the chip sent a point that is not on the curve") from error
    numbers = key.public_numbers()
    return Point(numbers.x, numbers.y)


def _lift(curve: Curve, x: bytes) -> Point:
    """Return the point with this x coordinate and an even y: the library takes the root."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(_LIBRARY[curve.name], b"\x02" + x)
    numbers = key.public_numbers()
    return Point(numbers.x, numbers.y)


def broken(why: str) -> ChannelBroken:
    """Return the error for a key agreement that the chip did not follow."""
    return ChannelBroken(
        f"No secure channel to the card: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not genuine.",
    )
