"""How often a caller may come: buckets that fill by themselves.

Lives here: the rule and its figures; times are monotonic seconds. Not here: who is counted
together (`door`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

MAX_KEYS = 64
"""Buckets that are remembered; a fuller one gives way, since forgetting it gives least."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second in the long run."""

    burst: int
    per_second: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the door lets through."""

    pairing: Rate = Rate(burst=40, per_second=4.0)
    """One paired page: it asks, and then waits with a long poll or a stream."""
    together: Rate = Rate(burst=80, per_second=10.0)
    """All paired pages."""
    strangers: Rate = Rate(burst=20, per_second=1.0)
    """All that the door turns away. A paired page is never kept out by them."""


LIMITS = Limits()


class Buckets:
    """One bucket for each key. Safe from any thread."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Take one; return 0.0, or the seconds after which there is one to take."""
        now = self._monotonic()
        with self._lock:
            left = self._now(key, now)
            if left < 1.0:
                return (1.0 - left) / self._rate.per_second
            if key not in self._left and len(self._left) >= MAX_KEYS:
                del self._left[max(self._left, key=lambda one: self._now(one, now))]
            self._left[key] = (left - 1.0, now)
            return 0.0

    def _now(self, key: str, now: float) -> float:
        left, at = self._left.get(key, (float(self._rate.burst), now))
        return min(float(self._rate.burst), left + (now - at) * self._rate.per_second)
