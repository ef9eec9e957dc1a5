"""Integrated mapping: from two nonces to an element of a field, and on to a point.

Lives here: the pseudo-random function, the encoding of a field element as a point of a curve.
Neither takes the same time for every input, as far as Python goes: both branches of the encoding
are worked out, whichever is taken. Not here: the step to an integer's subgroup (`modular`) and
generic mapping (`group`).
Source: Doc 9303-11 section 4.4.3.3.2 with figure 2, appendix B.2.
"""

from __future__ import annotations

from reader.arithmetic import Point
from reader.channel import blocks
from reader.channel.group import broken
from reader.channel.kdf import CipherSuite
from reader.curves import Curve

_MARGIN = 64  # bits that the function gives beyond the field's size
_CONSTANTS = {
    16: (
        bytes.fromhex("A668892A7C41E3CA739F40B057D85904"),
        bytes.fromhex("A4E136AC725F738B01C1F60217C188AD"),
    ),
    32: (
        bytes.fromhex("D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676"),
        bytes.fromhex("54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517"),
    ),
}
"""c0 and c1 by the length of the nonce s, in bytes."""


def nonce_size(suite: CipherSuite) -> int:
    """Return the length of the nonce s in bytes: the least whole blocks that a key fits in."""
    return -(-suite.key_size // suite.block) * suite.block


def pseudo_random(suite: CipherSuite, s: bytes, t: bytes, modulus: int) -> int:
    """Return R_p(s, t), a number below the modulus.

    `s` is the chip's nonce of `nonce_size` bytes, `t` the terminal's, of a key's size: ValueError
    for others.
    """
    if len(s) != nonce_size(suite) or len(t) != suite.key_size:
        raise ValueError("a nonce has not the length of its suite")
    next_key, output = _CONSTANTS[len(s)]
    key = blocks.encrypt(suite, t, s)[: suite.key_size]
    collected = b""
    while 8 * len(collected) < modulus.bit_length() + _MARGIN:
        collected += blocks.encrypt(suite, key, output)
        key = blocks.encrypt(suite, key, next_key)[: suite.key_size]
    return int.from_bytes(collected, "big") % modulus


def has_point_encoding(curve: Curve) -> bool:
    """Whether `encode_point` works here: p = 3 modulo 4 (all of the table but secp224r1)."""
    return curve.p % 4 == 3


def encode_point(curve: Curve, t: int) -> Point:
    """Return f_G(t), a point of the curve; the steps are those of appendix B.2.

    ValueError for a curve without encoding. Raises ChannelBroken for the few t (0, 1, -1, and
    those that meet a point of order two) that have no point.
    """
    if not has_point_encoding(curve):
        raise ValueError(f"{curve.name} has no point encoding")
    p, a, b = curve.p, curve.a, curve.b
    alpha = -t * t % p  # 1
    divisor = a * (alpha + alpha * alpha) % p
    if not divisor:
        raise broken("the nonces map to no point")
    x2 = -b * (1 + alpha + alpha * alpha) * pow(divisor, -1, p) % p  # 2
    x3 = alpha * x2 % p  # 3
    h2 = (pow(x2, 3, p) + a * x2 + b) % p  # 4; h3 of step 5 is not needed
    u = pow(t, 3, p) * h2 % p  # 6
    root = pow(h2, p - 1 - (p + 1) // 4, p)  # 7
    candidates = Point(x3, root * u % p), Point(x2, root * h2 % p)
    if not h2:
        raise broken("the nonces map to no point")
    return candidates[root * root * h2 % p == 1]  # 8, 9; the cofactor of step 10 is 1
