"""How often somebody may try, and how long to wait: a pure rule.

Five tries, then five minutes, then double each time up to a day. A try counts from its beginning:
whoever pulls the plug in the middle has had it. A wait is counted in seconds during which the
terminal ran, never by the clock: setting a clock gives nothing, and hours without power do not
count. Not here: who measures those seconds (`doorkeeper`) and keeps them (`store`).
Reasons: docs/adr/0011-a-lock-out-counts-running-time.md.
"""

from __future__ import annotations

from dataclasses import dataclass

FREE_TRIES = 5
FIRST_WAIT = 5 * 60.0  # seconds
LONGEST_WAIT = 24 * 3600.0  # seconds
MAX_BEGUN = 1_000_000  # where the count stops growing


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries begun since the last right one, and the seconds still to wait."""

    begun: int = 0
    left: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no sequence of tries leads to: ValueError."""
        if not 0 <= self.begun <= MAX_BEGUN or not 0 <= self.left <= wait_after(self.begun):
            raise ValueError("not a state of tries")

    @property
    def waiting(self) -> bool:
        """Return whether no try is allowed now."""
        return self.left > 0

    @property
    def before_wait(self) -> int:
        """Return how many tries are left before the next wait."""
        return max(1, FREE_TRIES - self.begun)

    @property
    def next_wait(self) -> float:
        """Return the seconds to wait once those are used up."""
        return wait_after(self.begun + self.before_wait)

    def begin(self) -> Tries:
        """Return the state once another try has begun. ValueError while waiting."""
        if self.waiting:
            raise ValueError("no try is allowed now")
        begun = min(self.begun + 1, MAX_BEGUN)
        return Tries(begun, wait_after(begun))

    def after(self, seconds: float) -> Tries:
        """Return the state after the terminal ran for so long."""
        return Tries(self.begun, max(0.0, self.left - max(0.0, seconds)))


def wait_after(begun: int) -> float:
    """Return the seconds to wait after so many tries."""
    if begun < FREE_TRIES:
        return 0.0
    doublings = min(begun - FREE_TRIES, 32)
    return min(FIRST_WAIT * float(1 << doublings), LONGEST_WAIT)
