"""Key agreement over the curves that the library lacks, by `reader.arithmetic`.

Lives here: brainpoolP192r1, -P224r1 and -P320r1 as groups. Slow, and not constant-time: the keys
live for one session, and the nonce, from which a password might be guessed, is multiplied only
with a mapping key added to it. Not here: the curves that the library has (`points`).
Source: BSI TR-03111 section 4.3.1 (key agreement).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader import arithmetic
from reader.arithmetic import Point
from reader.channel import mapping
from reader.channel.group import Group, broken
from reader.curves import Curve


class PlainCurve(Group):
    """A curve of the table, by plain Python."""

    public_tag = 0x86

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self.modulus = curve.p
        self.bound = curve.n
        self.legacy = True
        self.takes_integrated_mapping = mapping.has_point_encoding(curve)

    def key_pair(self, private: int) -> PlainKeyPair:
        """Return the pair of a private key over the base point."""
        return _OverPoint(self, arithmetic.base_point(self.curve)).key_pair(private)

    def map_element(self, element: int) -> _OverPoint:
        """Return the generator of integrated mapping."""
        return _OverPoint(self, mapping.encode_point(self.curve, element))

    def accepts(self, public: bytes) -> bool:
        """Tell whether a public value is a point of the curve, uncompressed."""
        return arithmetic.decode(self.curve, public) is not None

    def times(self, scalar: int, public: bytes) -> Point:
        """Return scalar * the chip's point. Raises ChannelBroken for what is no point."""
        point = arithmetic.decode(self.curve, public)
        total = None if point is None else arithmetic.multiply(self.curve, scalar, point)
        if total is None:
            raise broken("the chip sent a public key that is not on the curve")
        return total


@dataclass(frozen=True, slots=True)
class PlainKeyPair:
    """A key pair over the base point, or over a mapped generator."""

    group: PlainCurve
    private: int = field(repr=False)
    point: Point

    @property
    def public(self) -> bytes:
        """The point, uncompressed."""
        return arithmetic.encode(self.group.curve, self.point)

    def agree(self, peer: bytes) -> bytes:
        """Return the x coordinate of the shared point."""
        shared = self.group.times(self.private, peer)
        return shared.x.to_bytes(self.group.field_size, "big")

    def map_nonce(self, nonce: int, peer: bytes) -> _OverPoint:
        """Return the generator of generic mapping."""
        curve = self.group.curve
        if not nonce % curve.n:
            raise broken("the nonce is zero")
        shared = self.group.times(self.private, peer)
        # s * G as (s + d) * G - d * G: what is multiplied then says nothing of the nonce.
        blinded = arithmetic.multiply(curve, nonce + self.private, arithmetic.base_point(curve))
        inverse = Point(self.point.x, curve.p - self.point.y)
        start = arithmetic.add(curve, blinded, inverse)
        generator = arithmetic.add(curve, start, shared)
        if generator is None:
            raise broken("the chip chose a degenerate point")
        return _OverPoint(self.group, generator)


@dataclass(frozen=True, slots=True)
class _OverPoint:
    """A point as a generator."""

    group: PlainCurve
    point: Point = field(repr=False)

    def key_pair(self, private: int) -> PlainKeyPair:
        """Return the pair of a private key over this point; ValueError for zero."""
        public = arithmetic.multiply(self.group.curve, private, self.point)
        if public is None:
            raise ValueError("a private key is not zero")
        return PlainKeyPair(self.group, private, public)
