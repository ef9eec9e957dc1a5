"""When the log is brought up again: soon after something happened, and after a failure later.

Lives here: the loop and its back-off. Not here: what a pass does (`uplink`).
Every wait is spread by chance, so that thousands of terminals whose network comes back at one
moment do not knock at one moment: back-off is exponential with full jitter; a busy centre is left
alone for as long as it asks, and then for up to as long again; a pause between good passes is
half to whole.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from edge.sync.uplink import Uplink, UplinkResult, UplinkState
from verify.moment import Moment

FIRST_WAIT = 2.0  # seconds, ceiling of the wait after one failure
LONGEST_WAIT = 300.0  # seconds, ceiling of any wait


def fraction() -> float:
    """Return a random number from 0 to below 1."""
    return secrets.randbelow(1 << 30) / (1 << 30)


class UplinkLoop:
    """Repeats passes on a thread of its own until stopped.

    `wait(seconds)` returns after that time, or earlier when woken; `jitter()` is in [0, 1);
    `longest` caps every wait, in seconds, that the centre did not ask for itself. `nudge` and
    `stop` may be called from any thread.
    """

    def __init__(
        self,
        uplink: Uplink,
        now: Callable[[], Moment],
        on_result: Callable[[UplinkResult], None] = lambda _: None,
        *,
        wait: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = fraction,
        longest: float = LONGEST_WAIT,
    ) -> None:
        self._uplink = uplink
        self._now = now
        self._on_result = on_result
        self._woken = threading.Event()
        self._wait = wait or self._woken.wait
        self._jitter = jitter
        self._longest = longest
        self._stopped = False
        self._failures = 0

    def nudge(self) -> None:
        """Something was recorded: pass now, unless the last pass failed and its wait runs."""
        if self._failures == 0:
            self._woken.set()

    def stop(self) -> None:
        """End the loop after the pass that runs."""
        self._stopped = True
        self._woken.set()

    def run(self) -> None:
        """Repeat until stopped."""
        while not self._stopped:
            self._woken.clear()
            result = self._uplink.run_once(self._now())
            if result.state is UplinkState.UP_TO_DATE:
                self._failures = 0
            else:
                self._failures += 1
            self._on_result(result)
            if not self._stopped:
                self._wait(self._pause(result))

    def _pause(self, result: UplinkResult) -> float:
        if result.more:
            return 0.0
        if self._failures == 0:
            return self._longest * (1 - self._jitter() / 2)
        ceiling = min(FIRST_WAIT * (1 << min(self._failures - 1, 16)), self._longest)
        asked = result.after or 0.0
        return asked + max(ceiling, asked) * self._jitter()
