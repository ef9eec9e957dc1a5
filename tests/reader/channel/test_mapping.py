"""Integrated mapping: the pseudo-random function written again, and points from numbers."""

from __future__ import annotations

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from reader import arithmetic
from reader.channel import mapping
from reader.channel.kdf import CipherSuite
from reader.curves import CURVES, Curve
from reader.errors import ChannelBroken

C0 = {
    128: "a668892a7c41e3ca739f40b057d85904",
    256: "d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676",
}
C1 = {
    128: "a4e136ac725f738b01c1f60217c188ad",
    256: "54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517",
}
NEEDS = {CipherSuite.TDES: 16, CipherSuite.AES_128: 16, CipherSuite.AES_192: 32}
ENCODING = [curve for curve in CURVES if curve.name != "secp224r1"]


def cbc(suite: CipherSuite, key: bytes, data: bytes) -> bytes:
    """Encrypt with IV zero, 3DES with K1 K2 K1."""
    if suite is CipherSuite.TDES:
        cipher = Cipher(TripleDES(key[:8] + key[8:16] + key[:8]), modes.CBC(bytes(8)))
    else:
        cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16)))
    turn = cipher.encryptor()
    return turn.update(data) + turn.finalize()


@pytest.mark.parametrize("suite", list(CipherSuite), ids=lambda suite: suite.label)
@pytest.mark.parametrize("bits", [192, 256, 384, 521, 1024, 2048])
def test_the_function_as_figure_2_draws_it(suite: CipherSuite, bits: int) -> None:
    """As many outputs n as n * l >= log2 p + 64 takes, keys cut where AES-192 needs it."""
    modulus = (1 << bits) - 1
    size = NEEDS.get(suite, 32)
    s, t = bytes(range(size)), bytes(range(100, 100 + suite.key_size))
    width = 8 * size
    n = 1
    while n * width < bits + 64:
        n += 1
    key = cbc(suite, t, s)[: suite.key_size]
    outputs = b""
    for _ in range(n):
        outputs += cbc(suite, key, bytes.fromhex(C1[width]))
        key = cbc(suite, key, bytes.fromhex(C0[width]))[: suite.key_size]
    assert mapping.nonce_size(suite) == size
    expected = int.from_bytes(outputs, "big") % modulus
    assert mapping.pseudo_random(suite, s, t, modulus) == expected


@pytest.mark.parametrize("lengths", [(15, 16), (32, 16), (16, 15), (16, 24)])
def test_nonces_of_another_length(lengths: tuple[int, int]) -> None:
    """The caller's mistake: PACE has checked them."""
    s, t = (bytes(length) for length in lengths)
    with pytest.raises(ValueError, match="length"):
        mapping.pseudo_random(CipherSuite.AES_128, s, t, 1 << 256)


@given(st.sampled_from(ENCODING), st.data())
def test_a_number_becomes_a_point(curve: Curve, data: st.DataObject) -> None:
    """It lies on the curve, and has one of the two x coordinates of appendix B.2."""
    t = data.draw(st.integers(min_value=2, max_value=curve.p - 2))
    point = mapping.encode_point(curve, t)
    assert arithmetic.is_on_curve(curve, point)
    alpha = -t * t % curve.p
    sum_inverse = pow(alpha + alpha**2, -1, curve.p)
    x2 = -curve.b * pow(curve.a, -1, curve.p) * (1 + sum_inverse) % curve.p
    assert point.x in (x2, alpha * x2 % curve.p)


@pytest.mark.parametrize("curve", ENCODING, ids=lambda curve: curve.name)
def test_both_branches_are_met(curve: Curve) -> None:
    """The first coordinate where it has a point, else the second."""
    taken = set()
    for t in range(2, 60):
        alpha = -t * t % curve.p
        sum_inverse = pow(alpha + alpha**2, -1, curve.p)
        x2 = -curve.b * pow(curve.a, -1, curve.p) * (1 + sum_inverse) % curve.p
        h2 = (x2**3 + curve.a * x2 + curve.b) % curve.p
        has_point = pow(h2, (curve.p - 1) // 2, curve.p) == 1
        assert (mapping.encode_point(curve, t).x == x2) is has_point
        taken.add(has_point)
    assert taken == {True, False}


@pytest.mark.parametrize("curve", ENCODING, ids=lambda curve: curve.name)
def test_numbers_without_a_point(curve: Curve) -> None:
    """Zero, one and minus one would be a division by zero."""
    for t in (0, 1, curve.p - 1):
        with pytest.raises(ChannelBroken, match="no point"):
            mapping.encode_point(curve, t)


def test_the_curve_without_encoding() -> None:
    """P-224, whose prime is 1 modulo 4 (table 12, note)."""
    p224 = next(curve for curve in CURVES if curve.name == "secp224r1")
    assert not mapping.has_point_encoding(p224)
    assert all(mapping.has_point_encoding(curve) for curve in ENCODING)
    with pytest.raises(ValueError, match="secp224r1"):
        mapping.encode_point(p224, 5)
