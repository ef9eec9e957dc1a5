"""The table of curves against arithmetic and against the `cryptography` library."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from reader import curves
from reader.curves import CURVES, Curve

LIBRARY: dict[str, ec.EllipticCurve] = {
    "secp192r1": ec.SECP192R1(),
    "secp224r1": ec.SECP224R1(),
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}

Point = tuple[int, int] | None


def add(curve: Curve, left: Point, right: Point) -> Point:
    """Return the sum of two points; None is the point at infinity."""
    if left is None or right is None:
        return right if left is None else left
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % curve.p == 0:
        return None
    if left == right:
        slope = (3 * x1 * x1 + curve.a) * pow(2 * y1, -1, curve.p)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, curve.p)
    x3 = (slope * slope - x1 - x2) % curve.p
    return x3, (slope * (x1 - x3) - y1) % curve.p


def multiply(curve: Curve, factor: int) -> Point:
    """Return `factor` times the base point."""
    result: Point = None
    addend: Point = (curve.gx, curve.gy)
    while factor:
        if factor & 1:
            result = add(curve, result, addend)
        addend = add(curve, addend, addend)
        factor >>= 1
    return result


def lookup(curve: Curve, **changed: int | None) -> Curve | None:
    """Return what `by_parameters` says to a curve's values, some of them changed."""
    values: dict[str, int | None] = {
        name: getattr(curve, name) for name in ("p", "a", "b", "gx", "gy", "n", "h")
    }
    return curves.by_parameters(**{**values, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_base_point_lies_on_its_curve_and_has_its_order(curve: Curve) -> None:
    """No digit of p, a, b, G or n is mistyped."""
    assert (curve.gy**2 - curve.gx**3 - curve.a * curve.gx - curve.b) % curve.p == 0
    assert pow(2, curve.n - 1, curve.n) == 1
    assert pow(2, curve.p - 1, curve.p) == 1
    assert multiply(curve, curve.n) is None


@pytest.mark.parametrize("name", LIBRARY)
def test_library_agrees_on_the_base_point(name: str) -> None:
    """The curves of the same name are the same curves."""
    curve = curves.by_name(name)
    assert curve is not None
    point = ec.derive_private_key(1, LIBRARY[name]).public_key().public_numbers()
    last = ec.derive_private_key(curve.n - 1, LIBRARY[name]).public_key().public_numbers()
    assert (point.x, point.y) == (curve.gx, curve.gy)
    assert (last.x, last.y) == (curve.gx, curve.p - curve.gy)


def test_every_curve_is_found_by_name_identifier_and_parameter_id() -> None:
    """Ids 8 to 18 of Doc 9303-11 are all there; what is not there is None."""
    assert [curve.parameter_id for curve in CURVES] == list(range(8, 19))
    for curve in CURVES:
        assert curves.by_name(curve.name) is curve
        assert curves.by_oid(curve.oid) is curve
        assert curves.by_parameter_id(curve.parameter_id) is curve
    assert curves.by_name("P-256") is None
    assert curves.by_oid("1.2.3") is None
    assert curves.by_parameter_id(2) is None


def test_field_size_of_secp521r1_is_sixty_six_bytes() -> None:
    """A coordinate is rounded up to whole bytes."""
    curve = curves.by_name("secp521r1")
    assert curve is not None
    assert curve.field_size == 66


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_explicit_parameters_map_to_their_curve(curve: Curve) -> None:
    """As they stand, with a negative, and without the optional cofactor."""
    assert lookup(curve) is curve
    assert lookup(curve, a=curve.a - curve.p) is curve
    assert lookup(curve, h=None) is curve


@pytest.mark.parametrize("name", ["p", "a", "b", "gx", "gy", "n", "h"])
def test_explicit_parameters_with_one_value_changed_map_to_nothing(name: str) -> None:
    """A curve that is almost P-256 is not P-256."""
    curve = curves.by_name("secp256r1")
    assert curve is not None
    assert lookup(curve, **{name: getattr(curve, name) + 1}) is None


def test_explicit_parameters_with_a_field_of_zero_map_to_nothing() -> None:
    """A hostile prime of 0 is no division by zero."""
    assert lookup(CURVES[0], p=0) is None
