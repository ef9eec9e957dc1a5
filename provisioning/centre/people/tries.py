"""How often somebody may try a password, and how long to wait: a pure rule.

Five tries, then a minute, then double each time up to a day. A try counts from its beginning. The
centre's clock is kept by its office, so a wait ends at a time of day. Not here: who keeps the
count (`accounts`).
"""

from __future__ import annotations

from datetime import timedelta

FREE_TRIES = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)
MAX_BEGUN = 1_000_000  # where the count stops growing


def wait_after(begun: int) -> timedelta:
    """Return how long to wait once so many tries have begun since the last right one."""
    if begun < FREE_TRIES:
        return timedelta(0)
    return min(FIRST_WAIT * (1 << min(begun - FREE_TRIES, 16)), LONGEST_WAIT)
