"""Points of the curves in `reader.curves`, computed in plain Python.

Lives here: `Point`, its wire form, addition and scalar multiplication. For public values, and for
the curves that the `cryptography` library lacks (brainpoolP192r1, -P224r1, -P320r1). Slow: some
milliseconds a multiplication, against tens of microseconds in the library. Not constant-time:
running time tells of the scalar, so that no key that outlives a session belongs in it.
Not here: key agreement (`reader.channel.agreement`) and signatures (`verify`).
Source: BSI TR-03111 sections 2.3.1 (group law), 3.2.1 (uncompressed encoding); SEC 1 section
2.3.4 (what makes a point valid).
"""

from __future__ import annotations

from typing import NamedTuple

from reader.curves import Curve

UNCOMPRESSED = 0x04
_WIDTH = 5  # bits of a window; eight odd multiples are prepared

_Jacobian = tuple[int, int, int]
"""(X, Y, Z) stands for x = X / Z^2, y = Y / Z^3; Z = 0 is the point at infinity."""

_INFINITY: _Jacobian = (1, 1, 0)


class Point(NamedTuple):
    """A finite point in affine coordinates. The point at infinity is None where one may be."""

    x: int
    y: int


def base_point(curve: Curve) -> Point:
    """Return the generator G."""
    return Point(curve.gx, curve.gy)


def is_on_curve(curve: Curve, point: Point) -> bool:
    """Tell whether the coordinates are reduced and satisfy the curve's equation.

    Every curve of the table has cofactor 1: such a point is of order n.
    """
    x, y, p = point.x, point.y, curve.p
    if not (0 <= x < p and 0 <= y < p):
        return False
    return (y * y - (x * x + curve.a) * x - curve.b) % p == 0


def encode(curve: Curve, point: Point) -> bytes:
    """Return the uncompressed form 04 || x || y."""
    size = curve.field_size
    return b"\x04" + point.x.to_bytes(size, "big") + point.y.to_bytes(size, "big")


def decode(curve: Curve, data: bytes) -> Point | None:
    """Read the uncompressed form; None for another form and for what is not on the curve."""
    size = curve.field_size
    if len(data) != 1 + 2 * size or data[0] != UNCOMPRESSED:
        return None
    x, y = int.from_bytes(data[1 : 1 + size], "big"), int.from_bytes(data[1 + size :], "big")
    point = Point(x, y)
    return point if is_on_curve(curve, point) else None


def add(curve: Curve, left: Point | None, right: Point | None) -> Point | None:
    """Return left + right; None is the point at infinity, on either side and as the sum."""
    if left is None or right is None:
        return right if left is None else left
    p = curve.p
    if left.x != right.x:
        slope = (right.y - left.y) * pow(right.x - left.x, -1, p) % p
    elif left.y == right.y:  # never zero: no point of a prime order is of order two
        slope = (3 * left.x * left.x + curve.a) * pow(2 * left.y, -1, p) % p
    else:
        return None
    x = (slope * slope - left.x - right.x) % p
    return Point(x, (slope * (left.x - x) - left.y) % p)


def multiply(curve: Curve, scalar: int, point: Point) -> Point | None:
    """Return scalar * point, for any integer; None for the point at infinity.

    Raises ValueError for a point that is not on the curve: `decode` lets none in.
    """
    if not is_on_curve(curve, point):
        raise ValueError("the point is not on the curve")
    p, a = curve.p, curve.a
    table = _odd_multiples(curve, point)
    total = _INFINITY
    for digit in _signed_digits(scalar % curve.n):
        total = _double(p, a, total)
        if digit > 0:
            total = _add_affine(p, a, total, table[digit >> 1])
        elif digit:
            x, y = table[-digit >> 1]
            total = _add_affine(p, a, total, (x, p - y))
    return Point(*_to_affine(p, total)) if total[2] else None


def _signed_digits(scalar: int) -> list[int]:
    """Return the width-w non-adjacent form, highest digit first: each is zero, or odd and short.

    Guide to Elliptic Curve Cryptography, algorithm 3.35.
    """
    digits = []
    half, full = 1 << (_WIDTH - 1), 1 << _WIDTH
    while scalar:
        digit = 0
        if scalar & 1:
            digit = scalar & (full - 1)
            if digit >= half:
                digit -= full
            scalar -= digit
        digits.append(digit)
        scalar >>= 1
    digits.reverse()
    return digits


def _odd_multiples(curve: Curve, point: Point) -> list[tuple[int, int]]:
    """Return 1, 3, 5, ... 15 times the point in affine coordinates, by one inversion for all.

    None of them is the point at infinity, for the order is a large prime.
    """
    p, a = curve.p, curve.a
    multiples: list[_Jacobian] = [(point.x, point.y, 1)]
    twice = _to_affine(p, _double(p, a, multiples[0]))
    for _ in range((1 << (_WIDTH - 2)) - 1):
        multiples.append(_add_affine(p, a, multiples[-1], twice))
    product = 1
    before = []  # the product of all Z so far
    for _, _, z in multiples:
        before.append(product)
        product = product * z % p
    inverse = pow(product, -1, p)
    table = []
    for (x, y, z), earlier in zip(reversed(multiples), reversed(before), strict=True):
        own = inverse * earlier % p
        inverse = inverse * z % p
        square = own * own % p
        table.append((x * square % p, y * square * own % p))
    table.reverse()
    return table


def _double(p: int, a: int, point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z:
        return _INFINITY
    yy = y * y % p
    zz = z * z % p
    s = 4 * x * yy % p
    m = (3 * x * x + a * zz * zz) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def _add_affine(p: int, a: int, left: _Jacobian, right: tuple[int, int]) -> _Jacobian:
    x1, y1, z1 = left
    x2, y2 = right
    if not z1:
        return x2, y2, 1
    zz = z1 * z1 % p
    h = (x2 * zz - x1) % p
    r = (y2 * zz * z1 - y1) % p
    if not h:
        return _INFINITY if r else _double(p, a, left)
    hh = h * h % p
    hhh = h * hh % p
    v = x1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - y1 * hhh) % p, h * z1 % p


def _to_affine(p: int, point: _Jacobian) -> tuple[int, int]:
    """Return (x, y) of a finite point."""
    x, y, z = point
    inverse = pow(z, -1, p)
    square = inverse * inverse % p
    return x * square % p, y * square * inverse % p
