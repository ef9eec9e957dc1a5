"""The software card's own arithmetic, against another implementation."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from provisioning.softcard import arithmetic
from provisioning.softcard.arithmetic import Point
from reader import curves
from reader.curves import CURVES, Curve

ORACLES: dict[str, ec.EllipticCurve] = {
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


def _curve(name: str) -> Curve:
    curve = curves.by_name(name)
    assert curve is not None
    return curve


@pytest.mark.parametrize("name", ORACLES)
def test_public_key_of_a_random_scalar(name: str) -> None:
    """The generator times a scalar is the public key that the library computes."""
    curve = _curve(name)
    scalar = arithmetic.draw(curve.n, os.urandom)
    numbers = ec.derive_private_key(scalar, ORACLES[name]).public_key().public_numbers()
    product = arithmetic.multiply(curve, scalar, arithmetic.base_point(curve))
    assert product == Point(numbers.x, numbers.y)


@pytest.mark.parametrize("name", ORACLES)
def test_agreement_with_the_library(name: str) -> None:
    """Both sides of a key agreement find the same x-coordinate."""
    curve = _curve(name)
    other = ec.generate_private_key(ORACLES[name])
    theirs = other.public_key().public_numbers()
    scalar = arithmetic.draw(curve.n, os.urandom)
    ours = ec.derive_private_key(scalar, ORACLES[name]).public_key()
    shared = arithmetic.multiply(curve, scalar, Point(theirs.x, theirs.y))
    assert shared is not None
    assert shared.x.to_bytes(curve.field_size, "big") == other.exchange(ec.ECDH(), ours)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_the_order_ends_at_infinity(curve: Curve) -> None:
    """The group's order times the generator is infinity; one less is the generator's negative."""
    base = arithmetic.base_point(curve)
    assert arithmetic.is_on_curve(curve, base)
    assert arithmetic.multiply(curve, curve.n, base) is None
    assert arithmetic.multiply(curve, 0, base) is None
    negative = Point(base.x, curve.p - base.y)
    assert arithmetic.multiply(curve, curve.n - 1, base) == negative
    assert arithmetic.add(curve, base, negative) is None
    assert arithmetic.add(curve, base, base) == arithmetic.multiply(curve, 2, base)


@pytest.mark.parametrize("name", ORACLES)
def test_signature_is_accepted_elsewhere(name: str) -> None:
    """A signature in plain form verifies with the library, SHA-256 longer or shorter than n."""
    curve = _curve(name)
    key = ec.generate_private_key(ORACLES[name])
    digest = os.urandom(32)
    plain = arithmetic.sign(curve, key.private_numbers().private_value, digest, os.urandom)
    half = len(plain) // 2
    signature = encode_dss_signature(
        int.from_bytes(plain[:half], "big"), int.from_bytes(plain[half:], "big")
    )
    key.public_key().verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))


def test_bytes_that_are_no_point() -> None:
    """Wrong length, compressed form, unreduced and off-curve coordinates are no point."""
    curve = _curve("secp256r1")
    good = arithmetic.encode(curve, arithmetic.base_point(curve))
    assert arithmetic.decode(curve, good) == arithmetic.base_point(curve)
    for bad in (
        b"",
        good[:-1],
        good + b"\x00",
        b"\x02" + good[1:33],
        b"\x05" + good[1:],
        good[:-1] + bytes([good[-1] ^ 1]),
        b"\x04" + curve.p.to_bytes(32, "big") + good[33:],
        b"\x04" + bytes(64),
    ):
        assert arithmetic.decode(curve, bad) is None


def test_scalars_stay_inside_the_group() -> None:
    """The least and the greatest drawn bytes give numbers from 1 to n - 1."""
    curve = _curve("secp256r1")
    assert arithmetic.draw(curve.n, bytes) == 1
    assert 1 <= arithmetic.draw(curve.n, lambda size: b"\xff" * size) < curve.n
