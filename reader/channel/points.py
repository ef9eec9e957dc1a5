"""Key agreement over the curves of the `cryptography` library, at its speed.

The library multiplies the base point and gives the whole point; it multiplies any other point
only as ECDH, which gives the x coordinate. Generic mapping needs a whole point: with the mapped
generator s*G + H and H = d1*P, P being the chip's mapping key, our second public key is

    d2 * (s*G + H)  =  (d2*s) * G  +  e * P,        e = d1 * d2.

The first is the public key of d2*s, known as a whole. Of B = e*P the library tells

    x(e * P)        and so the square of B's y;
    x((e + 1) * P)  which is x(B + P), and P is known as a whole.

The law of addition makes that a linear equation for y. Secret scalars are multiplied only inside
the library, in constant time; what is computed here is sent in clear or is spoilt with the
session.

Lives here: those curves as groups. Not here: the protocol (`pace`), points at large
(`reader.arithmetic`), and the curves that the library lacks (`plain_points`).
Source: BSI TR-03111 sections 2.3.1 (affine group law), 4.3.1 (key agreement).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader import arithmetic
from reader.arithmetic import Point
from reader.channel import mapping
from reader.channel.group import Group, broken
from reader.curves import Curve
from reader.errors import ChannelBroken

_LEAST_BITS = 256  # of a curve that newer chips use

_LIBRARY: dict[str, ec.EllipticCurve] = {
    "secp192r1": ec.SECP192R1(),
    "secp224r1": ec.SECP224R1(),
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}
_ECDH = ec.ECDH()


def is_supported(curve: Curve) -> bool:
    """Whether the library has this curve."""
    return curve.name in _LIBRARY


class LibraryCurve(Group):
    """A curve that the library has."""

    public_tag = 0x86

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self.library = _LIBRARY[curve.name]
        self.modulus = curve.p
        self.bound = curve.n
        self.legacy = curve.p.bit_length() < _LEAST_BITS
        self.takes_integrated_mapping = mapping.has_point_encoding(curve)
        self._public_size = 1 + 2 * curve.field_size

    def key_pair(self, private: int) -> LibraryKeyPair:
        """Return the pair of a private key over the base point."""
        key = ec.derive_private_key(private, self.library)
        public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return LibraryKeyPair(self, private, key, public)

    def map_element(self, element: int) -> _OverPoint:
        """Return the generator of integrated mapping."""
        return _OverPoint(self, mapping.encode_point(self.curve, element))

    def accepts(self, public: bytes) -> bool:
        """Tell whether a public value is a point of the curve, uncompressed."""
        return self._load(public) is not None

    def load(self, public: bytes) -> ec.EllipticCurvePublicKey:
        """Read a point, uncompressed. Raises ChannelBroken for what is none of this curve."""
        key = self._load(public)
        if key is None:
            raise broken("the chip sent a public key that is not on the curve")
        return key

    def _load(self, public: bytes) -> ec.EllipticCurvePublicKey | None:
        if len(public) != self._public_size or public[0] != arithmetic.UNCOMPRESSED:
            return None
        return _loaded(self.library, public)


@lru_cache(maxsize=4)  # chip authentication asks whether a key is one, and then agrees with it
def _loaded(curve: ec.EllipticCurve, public: bytes) -> ec.EllipticCurvePublicKey | None:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, public)
    except (ValueError, UnsupportedAlgorithm):
        return None


@dataclass(frozen=True, slots=True)
class LibraryKeyPair:
    """A key pair over the base point, or over a mapped generator."""

    group: LibraryCurve
    private: int = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    public: bytes

    def agree(self, peer: bytes) -> bytes:
        """Return the x coordinate of the shared point."""
        return self.key.exchange(_ECDH, self.group.load(peer))

    def map_nonce(self, nonce: int, peer: bytes) -> _Mapped:
        """Return the generator of generic mapping.

        The base point and its inverse are refused: no honest chip's mapping key is 1.
        """
        scalar = nonce % self.group.bound
        if not scalar:
            raise broken("the nonce is zero")
        key = self.group.load(peer)
        point = _point(peer)
        if point.x == self.group.curve.gx:
            raise _degenerate()
        return _Mapped(self.group, scalar, self.private, _Loaded(point, key))


class _Loaded(NamedTuple):
    """A point as integers and as the library's key."""

    point: Point
    key: ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class _Mapped:
    """The generator scalar * G + mapping * chip, which is never worked out itself."""

    group: LibraryCurve
    scalar: int = field(repr=False)
    mapping: int = field(repr=False)
    chip: _Loaded

    def key_pair(self, private: int) -> LibraryKeyPair:
        """Return the pair of a private key over this generator; the module tells how."""
        group, order = self.group, self.group.bound
        key = ec.derive_private_key(private, group.library)
        shift = _whole(ec.derive_private_key(private * self.scalar % order, group.library))
        scalar = private * self.mapping % order
        both = ec.derive_private_key(scalar, group.library)
        return LibraryKeyPair(group, private, key, _sum(group, shift, scalar, both, self.chip))


@dataclass(frozen=True, slots=True)
class _OverPoint:
    """A point that is known as a whole, as a generator."""

    group: LibraryCurve
    point: Point = field(repr=False)

    def key_pair(self, private: int) -> LibraryKeyPair:
        """Return the pair of a private key over this point."""
        key = ec.derive_private_key(private, self.group.library)
        chip = _Loaded(self.point, _library_key(self.group, self.point))
        return LibraryKeyPair(self.group, private, key, _sum(self.group, None, private, key, chip))


def _sum(
    group: LibraryCurve,
    shift: Point | None,
    scalar: int,
    key: ec.EllipticCurvePrivateKey,
    chip: _Loaded,
) -> bytes:
    """Return shift + scalar * chip in its wire form; `key` is that of the private scalar.

    Raises ChannelBroken where the scalar is -1, or the sum is a doubling or infinity: random keys
    never meet that.
    """
    curve, p, point = group.curve, group.modulus, chip.point
    if scalar == curve.n - 1:
        raise _degenerate()
    next_key = ec.derive_private_key(scalar + 1, group.library)
    x = int.from_bytes(key.exchange(_ECDH, chip.key), "big")
    x_next = int.from_bytes(next_key.exchange(_ECDH, chip.key), "big")
    # x_next = slope^2 - x - point.x with slope = (y - point.y) / (x - point.x), y^2 being known:
    # 2 * point.y * y = y^2 + point.y^2 - (x_next + x + point.x) * (x - point.x)^2.
    run = x - point.x
    y_square = (x * x + curve.a) * x + curve.b
    twice = (y_square + point.y * point.y - (x_next + x + point.x) * run * run) % p
    if shift is None:
        return arithmetic.encode(curve, Point(x, twice * pow(2 * point.y, -1, p) % p))
    span = x - shift.x
    if not span:
        raise _degenerate()
    inverse = pow(2 * point.y * span, -1, p)  # one inversion serves y and the slope
    y = twice * span * inverse % p
    slope = (y - shift.y) * 2 * point.y * inverse % p
    x_sum = (slope * slope - shift.x - x) % p
    return arithmetic.encode(curve, Point(x_sum, (slope * (x - x_sum) - y) % p))


def _whole(key: ec.EllipticCurvePrivateKey) -> Point:
    numbers = key.public_key().public_numbers()
    return Point(numbers.x, numbers.y)


def _library_key(group: LibraryCurve, point: Point) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicNumbers(point.x, point.y, group.library).public_key()


def _point(public: bytes) -> Point:
    """Cut the coordinates out of a point that the library has read."""
    size = len(public) // 2
    return Point(
        int.from_bytes(public[1 : 1 + size], "big"), int.from_bytes(public[1 + size :], "big")
    )


def _degenerate() -> ChannelBroken:
    return broken("the chip chose a degenerate point")
