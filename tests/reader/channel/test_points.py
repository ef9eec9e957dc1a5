"""Whole points from x-only multiplications, against schoolbook arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import arithmetic, curves
from reader.arithmetic import Point
from reader.channel import points
from reader.channel.points import KeyPair
from reader.curves import Curve
from reader.errors import ChannelBroken

SUPPORTED = [curve for curve in curves.CURVES if points.is_supported(curve)]
P256 = next(curve for curve in SUPPORTED if curve.name == "secp256r1")
BRAINPOOL = next(curve for curve in SUPPORTED if curve.name == "brainpoolP256r1")


def times(curve: Curve, scalar: int, point: Point) -> Point:
    """Multiply by doubling and adding, in affine coordinates, as TR-03111 writes it."""
    total: Point | None = None
    addend = point
    while scalar:
        if scalar & 1:
            total = addend if total is None else points.add(curve, total, addend)
        slope = (3 * addend.x**2 + curve.a) * pow(2 * addend.y, -1, curve.p) % curve.p
        x = (slope**2 - 2 * addend.x) % curve.p
        addend = Point(x, (slope * (addend.x - x) - addend.y) % curve.p)
        scalar >>= 1
    assert total is not None
    return total


def base(curve: Curve) -> Point:
    """Return the base point."""
    return Point(curve.gx, curve.gy)


def test_the_curves_on_offer() -> None:
    """Both that the cards use, and the larger ones that the library has."""
    assert {curve.name for curve in SUPPORTED} == {
        "secp256r1",
        "secp384r1",
        "secp521r1",
        "brainpoolP256r1",
        "brainpoolP384r1",
        "brainpoolP512r1",
    }


@pytest.mark.parametrize("curve", SUPPORTED, ids=lambda curve: curve.name)
def test_multiples_with_both_signs(curve: Curve) -> None:
    """A point and its inverse have multiples of opposite sign, each resolved."""
    point = times(curve, 0xC0FFEE, base(curve))
    inverse = Point(point.x, curve.p - point.y)
    pair = KeyPair(curve, 0xDECAF)
    assert pair.public == times(curve, 0xDECAF, base(curve))
    assert pair.multiply(point) == times(curve, 0xDECAF, point)
    assert pair.multiply(inverse) == times(curve, 0xDECAF, inverse)
    assert pair.x_of(point) == pair.multiply(point).x.to_bytes(curve.field_size, "big")


@settings(deadline=None, max_examples=30)
@given(
    scalar=st.integers(min_value=1, max_value=P256.n - 1),
    other=st.integers(min_value=2, max_value=P256.n - 2),
)
def test_any_two_scalars(scalar: int, other: int) -> None:
    """The product of d and e * G is that of d * e and G."""
    product = scalar * other % P256.n
    point = KeyPair(P256, other).public
    assert KeyPair(P256, scalar).multiply(point) == KeyPair(P256, product).public


@pytest.mark.parametrize("scalar", [1, P256.n - 1])
def test_the_base_point_sent_as_a_key(scalar: int) -> None:
    """The base point or its inverse is no honest chip's choice."""
    with pytest.raises(ChannelBroken, match="degenerate"):
        KeyPair(P256, 7).multiply(KeyPair(P256, scalar).public)


def test_a_point_of_another_curve() -> None:
    """It is refused before anything is multiplied."""
    alien = base(BRAINPOOL)
    with pytest.raises(ChannelBroken, match="not on the curve"):
        KeyPair(P256, 7).multiply(alien)
    with pytest.raises(ChannelBroken, match="not on the curve"):
        points.decode(P256, arithmetic.encode(BRAINPOOL, alien))


def test_a_point_there_and_back() -> None:
    """The uncompressed form round-trips, leading zeros included."""
    curve = next(curve for curve in SUPPORTED if curve.name == "secp521r1")
    wire = arithmetic.encode(curve, base(curve))
    assert wire[:2] == b"\x04\x00"
    assert points.decode(curve, wire) == base(curve)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\x04" + bytes(63), b"\x04" + bytes(65), b"\x02" + bytes(32), b"\x05" * 65],
)
def test_other_forms_of_a_point(data: bytes) -> None:
    """Infinity, compressed, cut or padded: not what the standard sends."""
    with pytest.raises(ChannelBroken):
        points.decode(P256, data)


@given(st.binary(min_size=64, max_size=64))
def test_any_bytes_for_a_point(data: bytes) -> None:
    """Whatever they are, a random pair of coordinates is not on the curve."""
    with pytest.raises(ChannelBroken):
        points.decode(P256, b"\x04" + data)


def test_private_keys_from_a_source() -> None:
    """The whole range is reached, its ends included."""
    size = 32 + 8
    assert points.random_scalar(P256, bytes) == 1
    top = (P256.n - 2).to_bytes(size, "big")
    assert points.random_scalar(P256, lambda n: top[-n:]) == P256.n - 1
