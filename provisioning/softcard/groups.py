"""One face for both kinds of group in which a chip agrees on keys.

Lives here: what the protocols ask of a group, elliptic curves seen that way, and which group a
standardised domain parameter id names. Not here: the arithmetic (`arithmetic`, `modp`).
Source: Doc 9303-11 section 9.5.1, table 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from provisioning.softcard import arithmetic, modp
from provisioning.softcard.protocols import Agreement
from reader import curves
from reader.curves import CURVES, Curve


class Group(Protocol):
    """A cyclic group of prime order. An element is the octets of a public key; None is neutral."""

    @property
    def parameter_id(self) -> int:
        """Return the standardised domain parameter id."""

    @property
    def name(self) -> str:
        """Return the name people know it by."""

    @property
    def p(self) -> int:
        """Return the prime of the field."""

    @property
    def order(self) -> int:
        """Return the number of elements."""

    @property
    def public_tag(self) -> int:
        """Return the tag of a public value in a public key data object (section 9.4)."""

    @property
    def generator(self) -> bytes:
        """Return the standard's generator."""

    def holds(self, element: bytes) -> bool:
        """Return whether octets from outside are an element, neutral ones excluded."""

    def power(self, element: bytes, scalar: int) -> bytes | None:
        """Return the element taken `scalar` times."""

    def combine(self, left: bytes, right: bytes) -> bytes | None:
        """Return two elements taken together."""

    def secret(self, element: bytes) -> bytes:
        """Return the octets of a shared secret that keys are derived from (section 9.6)."""

    def from_field(self, value: int) -> bytes | None:
        """Return the element that the integrated mapping makes of 0 <= value < p."""


@dataclass(frozen=True, slots=True)
class EllipticGroup:
    """A curve's points. Implements `Group`."""

    curve: Curve

    @property
    def parameter_id(self) -> int:
        """Return the standardised domain parameter id."""
        return self.curve.parameter_id

    @property
    def name(self) -> str:
        """Return the curve's name."""
        return self.curve.name

    @property
    def p(self) -> int:
        """Return the prime of the field."""
        return self.curve.p

    @property
    def order(self) -> int:
        """Return the base point's order."""
        return self.curve.n

    @property
    def public_tag(self) -> int:
        """Return the tag of a public point."""
        return 0x86

    @property
    def generator(self) -> bytes:
        """Return the base point."""
        return arithmetic.encode(self.curve, arithmetic.base_point(self.curve))

    def holds(self, element: bytes) -> bool:
        """Return whether the octets are an uncompressed point of the curve."""
        return arithmetic.decode(self.curve, element) is not None

    def power(self, element: bytes, scalar: int) -> bytes | None:
        """Return scalar * element; None for the point at infinity."""
        return self._octets(arithmetic.multiply(self.curve, scalar, self._point(element)))

    def combine(self, left: bytes, right: bytes) -> bytes | None:
        """Return left + right; None for the point at infinity."""
        return self._octets(arithmetic.add(self.curve, self._point(left), self._point(right)))

    def secret(self, element: bytes) -> bytes:
        """Return the x-coordinate."""
        return element[1 : 1 + self.curve.field_size]

    def from_field(self, value: int) -> bytes | None:
        """Return the point that the integrated mapping makes of a field element."""
        return self._octets(arithmetic.from_field(self.curve, value))

    def _point(self, element: bytes) -> arithmetic.Point:
        point = arithmetic.decode(self.curve, element)
        if point is None:
            raise ValueError("octets that are no point of the curve")
        return point

    def _octets(self, point: arithmetic.Point | None) -> bytes | None:
        return None if point is None else arithmetic.encode(self.curve, point)


GROUPS: tuple[Group, ...] = (*modp.GROUPS, *(EllipticGroup(curve) for curve in CURVES))
_BY_ID = {group.parameter_id: group for group in GROUPS}


def by_parameter_id(parameter_id: int) -> Group | None:
    """Return the group of a standardised domain parameter id, None where there is none."""
    return _BY_ID.get(parameter_id)


def agreement(parameter_id: int) -> Agreement:
    """Return the kind of key agreement in the group of this id."""
    return Agreement.DH if curves.by_parameter_id(parameter_id) is None else Agreement.ECDH
