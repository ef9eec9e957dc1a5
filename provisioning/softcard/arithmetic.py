"""Elliptic-curve arithmetic of the software card, in plain Python.

Lives here: points, scalar multiplication, the point that the integrated mapping makes of a field
element, ECDSA signing. Only the parameter table is shared with the reader (`reader.curves`): a
mistake made on one side alone shows on the other.
Not here: anything that resists an attacker with a stopwatch. Running time depends on the secrets.
This is a test card; no real key belongs in it.
Sources: TR-03111 sections 3.2 (encoding), 4.2 (ECDSA), 4.3 (ECKA); FIPS 186-5 appendix A.3.1;
Doc 9303-11 appendix B.2 (point encoding).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reader.curves import Curve

Rng = Callable[[int], bytes]

EXTRA_BYTES = 8  # bytes drawn beyond the order's size, so that the reduction leaves no bias
UNCOMPRESSED = 0x04
WINDOW = 4  # bits of the scalar taken at a time

_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Point:
    """An affine point; the point at infinity is None wherever a point may be one."""

    x: int
    y: int


def base_point(curve: Curve) -> Point:
    """Return the curve's generator G."""
    return Point(curve.gx, curve.gy)


def is_on_curve(curve: Curve, point: Point) -> bool:
    """Return whether the coordinates are reduced and satisfy the equation."""
    if not (0 <= point.x < curve.p and 0 <= point.y < curve.p):
        return False
    right = (pow(point.x, 3, curve.p) + curve.a * point.x + curve.b) % curve.p
    return point.y * point.y % curve.p == right


def encode(curve: Curve, point: Point) -> bytes:
    """Return the uncompressed form 04 || x || y."""
    size = curve.field_size
    return bytes([UNCOMPRESSED]) + point.x.to_bytes(size, "big") + point.y.to_bytes(size, "big")


def decode(curve: Curve, data: bytes) -> Point | None:
    """Return the point of an uncompressed form; None where it is no point of the curve."""
    size = curve.field_size
    if len(data) != 1 + 2 * size or data[0] != UNCOMPRESSED:
        return None
    point = Point(
        int.from_bytes(data[1 : 1 + size], "big"), int.from_bytes(data[1 + size :], "big")
    )
    return point if is_on_curve(curve, point) else None


def multiply(curve: Curve, scalar: int, point: Point) -> Point | None:
    """Return scalar * point for scalar >= 0; None for the point at infinity."""
    table: list[_Jacobian] = [_INFINITY, (point.x, point.y, 1)]
    for _ in range(2, 1 << WINDOW):
        table.append(_add(curve, table[-1], table[1]))
    digits = -(-max(scalar.bit_length(), 1) // WINDOW)
    result = _INFINITY
    for position in reversed(range(digits)):
        for _ in range(WINDOW):
            result = _double(curve, result)
        digit = scalar >> (position * WINDOW) & ((1 << WINDOW) - 1)
        if digit:
            result = _add(curve, result, table[digit])
    return _to_affine(curve, result)


def add(curve: Curve, left: Point, right: Point) -> Point | None:
    """Return left + right; None for the point at infinity."""
    return _to_affine(curve, _add(curve, (left.x, left.y, 1), (right.x, right.y, 1)))


def from_field(curve: Curve, value: int) -> Point | None:
    """Return the point that 0 < value < p is mapped to, p being 3 mod 4 and the cofactor 1.

    None where a number has no image: 0, 1 and p - 1 make the divisor zero.
    """
    p = curve.p
    alpha = -value * value % p
    divisor = curve.a * (alpha + alpha * alpha) % p
    if not divisor:
        return None
    x2 = -curve.b * (1 + alpha + alpha * alpha) * pow(divisor, -1, p) % p
    x3 = alpha * x2 % p
    h2 = (pow(x2, 3, p) + curve.a * x2 + curve.b) % p
    root = pow(h2, p - 1 - (p + 1) // 4, p)
    if root * root * h2 % p == 1:
        return Point(x2, root * h2 % p)
    return Point(x3, root * pow(value, 3, p) * h2 % p)


def draw(order: int, rng: Rng) -> int:
    """Draw a number from 1 to order - 1, each as likely (FIPS 186-5 appendix A.3.1)."""
    size = (order.bit_length() + 7) // 8 + EXTRA_BYTES
    return int.from_bytes(rng(size), "big") % (order - 1) + 1


def sign(curve: Curve, secret: int, digest: bytes, rng: Rng) -> bytes:
    """Return an ECDSA signature over `digest` in plain form r || s (TR-03111 section 5.2.1)."""
    size = (curve.n.bit_length() + 7) // 8
    surplus = max(0, 8 * len(digest) - curve.n.bit_length())
    message = int.from_bytes(digest, "big") >> surplus
    while True:
        nonce = draw(curve.n, rng)
        point = multiply(curve, nonce, base_point(curve))
        r = point.x % curve.n if point is not None else 0
        s = pow(nonce, -1, curve.n) * (message + r * secret) % curve.n
        if r and s:
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _double(curve: Curve, point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z or not y:
        return _INFINITY
    p = curve.p
    yy = y * y % p
    zz = z * z % p
    s = 4 * x * yy % p
    m = (3 * x * x + curve.a * zz * zz) % p
    x3 = (m * m - 2 * s) % p
    y3 = (m * (s - x3) - 8 * yy * yy) % p
    return x3, y3, 2 * y * z % p


def _add(curve: Curve, left: _Jacobian, right: _Jacobian) -> _Jacobian:
    x1, y1, z1 = left
    x2, y2, z2 = right
    if not z1:
        return right
    if not z2:
        return left
    p = curve.p
    z1z1 = z1 * z1 % p
    z2z2 = z2 * z2 % p
    u1 = x1 * z2z2 % p
    s1 = y1 * z2 * z2z2 % p
    h = (x2 * z1z1 - u1) % p
    r = (y2 * z1 * z1z1 - s1) % p
    if not h:
        return _INFINITY if r else _double(curve, left)
    hh = h * h % p
    hhh = h * hh % p
    v = u1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    y3 = (r * (v - x3) - s1 * hhh) % p
    return x3, y3, h * z1 * z2 % p


def _to_affine(curve: Curve, point: _Jacobian) -> Point | None:
    x, y, z = point
    if not z:
        return None
    inverse = pow(z, -1, curve.p)
    square = inverse * inverse % curve.p
    return Point(x * square % curve.p, y * square * inverse % curve.p)
