"""Points in plain Python against two libraries, and the laws that they must follow."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import arithmetic
from reader.arithmetic import Point, base_point
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
LACKED = [curve for curve in CURVES if curve.name not in LIBRARY]

any_curve = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)


@dataclass(frozen=True)
class Pair:
    """A key pair that the `openssl` command made, and its file."""

    file: Path
    private: int = field(repr=False)
    public: bytes


def openssl_pair(curve: Curve, file: Path) -> Pair:
    """Make a key pair. The command knows the three curves that the library lacks."""
    made = subprocess.run(
        ["openssl", "ecparam", "-name", curve.name, "-genkey", "-noout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    file.write_bytes(made)
    key = asn1_keys.ECPrivateKey.load(made)
    return Pair(file, key["private_key"].native, bytes(key["public_key"]))


def openssl_agree(own: Pair, other: Pair) -> bytes:
    """Return the x coordinate of own private times other public."""
    peer = other.file.with_suffix(".pub")
    subprocess.run(
        ["openssl", "pkey", "-in", other.file, "-pubout", "-out", peer],
        check=True,
        capture_output=True,
    )
    return subprocess.run(
        ["openssl", "pkeyutl", "-derive", "-inkey", own.file, "-peerkey", peer],
        check=True,
        capture_output=True,
    ).stdout


@settings(max_examples=60)
@given(st.sampled_from(sorted(LIBRARY)), st.data())
def test_multiples_of_the_base_point_as_the_library_has_them(
    name: str, data: st.DataObject
) -> None:
    """Whole points, each curve that the library knows."""
    curve = next(curve for curve in CURVES if curve.name == name)
    scalar = data.draw(st.integers(min_value=1, max_value=curve.n - 1))
    theirs = ec.derive_private_key(scalar, LIBRARY[name]).public_key().public_numbers()
    ours = arithmetic.multiply(curve, scalar, base_point(curve))
    assert ours == Point(theirs.x, theirs.y)


@pytest.mark.parametrize("curve", LACKED, ids=lambda curve: curve.name)
def test_the_curves_that_the_library_lacks_as_openssl_has_them(
    curve: Curve, tmp_path: Path
) -> None:
    """Public keys as whole points, and an agreement on another point than the base."""
    ours, theirs = (openssl_pair(curve, tmp_path / name) for name in ("a.der", "b.der"))
    for pair in (ours, theirs):
        public = arithmetic.multiply(curve, pair.private, base_point(curve))
        assert public is not None
        assert arithmetic.encode(curve, public) == pair.public
    point = arithmetic.decode(curve, theirs.public)
    assert point is not None
    agreed = arithmetic.multiply(curve, ours.private, point)
    assert agreed is not None
    assert agreed.x.to_bytes(curve.field_size, "big") == openssl_agree(ours, theirs)


@any_curve
def test_multiples_agree_with_repeated_addition(curve: Curve) -> None:
    """The first forty, each window and its borders among them."""
    point = base_point(curve)
    total: Point | None = None
    for scalar in range(40):
        assert arithmetic.multiply(curve, scalar, point) == total
        total = arithmetic.add(curve, total, point)


@settings(max_examples=40)
@given(st.sampled_from(CURVES), st.data())
def test_the_laws_of_the_group(curve: Curve, data: st.DataObject) -> None:
    """(a + b) P = a P + b P, a (b P) = (a b) P, and sums in any order."""
    numbers = st.integers(min_value=-curve.n, max_value=2 * curve.n)
    a, b = data.draw(numbers), data.draw(numbers)
    point = base_point(curve)
    left, right = (arithmetic.multiply(curve, scalar, point) for scalar in (a, b))
    total = arithmetic.multiply(curve, a + b, point)
    assert arithmetic.add(curve, left, right) == total
    assert arithmetic.add(curve, right, left) == total
    if right is not None:
        product = arithmetic.multiply(curve, a * b, point)
        assert arithmetic.multiply(curve, a, right) == product


@any_curve
def test_the_point_at_infinity(curve: Curve) -> None:
    """Zero times, n times, a point and its inverse; it adds nothing."""
    point = base_point(curve)
    inverse = Point(point.x, curve.p - point.y)
    assert arithmetic.multiply(curve, 0, point) is None
    assert arithmetic.multiply(curve, curve.n, point) is None
    assert arithmetic.multiply(curve, curve.n - 1, point) == inverse
    assert arithmetic.multiply(curve, -1, point) == inverse
    assert arithmetic.add(curve, point, inverse) is None
    assert arithmetic.add(curve, None, point) == point
    assert arithmetic.add(curve, point, None) == point
    assert arithmetic.add(curve, None, None) is None
    assert arithmetic.add(curve, point, point) == arithmetic.multiply(curve, 2, point)


@any_curve
def test_a_point_that_is_not_on_the_curve(curve: Curve) -> None:
    """It is never multiplied, nor taken for unreduced coordinates of one that is."""
    x, y = curve.gx, curve.gy
    strangers = [(x, y + 1), (0, 0), (x + curve.p, y), (x, y + curve.p), (x, y - curve.p), (-x, y)]
    for stranger in strangers:
        assert not arithmetic.is_on_curve(curve, Point(*stranger))
        with pytest.raises(ValueError, match="not on the curve"):
            arithmetic.multiply(curve, 2, Point(*stranger))


@any_curve
def test_a_point_there_and_back(curve: Curve) -> None:
    """The uncompressed form round-trips; cut, padded or changed it is no point."""
    data = arithmetic.encode(curve, base_point(curve))
    assert len(data) == 1 + 2 * curve.field_size
    assert arithmetic.decode(curve, data) == base_point(curve)
    for end in range(len(data)):
        assert arithmetic.decode(curve, data[:end]) is None
    for other in (data + b"\x00", b"\x02" + data[1:], data[:-1] + bytes([data[-1] ^ 1])):
        assert arithmetic.decode(curve, other) is None


@given(st.sampled_from(CURVES), st.binary(max_size=140))
def test_any_bytes_for_a_point(curve: Curve, data: bytes) -> None:
    """No point, and no exception."""
    assert arithmetic.decode(curve, data) is None
