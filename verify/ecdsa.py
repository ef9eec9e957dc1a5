"""ECDSA in plain Python, for the curves of `reader.curves` that the library lacks.

Lives here: such a key, and whether a signature by it holds. Ten times slower than the library, so
only card families that say so come here (`policy.Algorithms.slow_curves`). All of it is public.
Not here: how r and s are written, and which keys are strong enough (`signatures`).
Source: FIPS 186-5 section 6.4.2.
"""

from __future__ import annotations

from typing import NamedTuple

from reader import arithmetic
from reader.arithmetic import Point
from reader.curves import Curve


class CurveKey(NamedTuple):
    """A public key: a point that is on its curve."""

    curve: Curve
    point: Point

    def verify(self, r: int, s: int, digest: bytes) -> bool:
        """Whether (r, s) is a signature over `digest` by this key."""
        curve = self.curve
        if not (0 < r < curve.n and 0 < s < curve.n):
            return False
        excess = max(0, 8 * len(digest) - curve.n.bit_length())
        e = int.from_bytes(digest, "big") >> excess  # the leftmost bits
        inverse = pow(s, -1, curve.n)
        found = arithmetic.add(
            curve,
            arithmetic.multiply(curve, e * inverse, arithmetic.base_point(curve)),
            arithmetic.multiply(curve, r * inverse, self.point),
        )
        return found is not None and found.x % curve.n == r
