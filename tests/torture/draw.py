"""Random draws that a seed repeats."""

from __future__ import annotations

import hashlib


class Draw:
    """Draws from a seed, the same ones each time."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to below `limit`."""
        return int.from_bytes(self.bytes(8), "big") % limit

    def seconds(self, longest: float) -> float:
        """Return a time from 0 to below `longest` seconds."""
        return longest * self.below(1 << 30) / (1 << 30)

    def bytes(self, size: int) -> bytes:
        """Return so many bytes."""
        drawn = b""
        while len(drawn) < size:
            self._count += 1
            drawn += hashlib.sha256(self._seed + self._count.to_bytes(8, "big")).digest()
        return drawn[:size]
