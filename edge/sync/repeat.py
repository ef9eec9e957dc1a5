"""When a pass is made again: soon after something happened, and after a failure later.

Lives here: the loop and its back-off. Not here: what a pass does (`uplink`, `edge.repository`).
Every wait is spread by chance, so that thousands of terminals whose network comes back at one
moment do not knock at one moment: back-off is exponential with full jitter; a busy centre is left
alone for as long as it asks, and then for up to as long again; a pause between good passes is
shortened by chance. A pass that brought something before it failed begins the back-off anew.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from edge.sync.uplink import Uplink, UplinkResult, UplinkState
from verify.moment import Moment

FIRST_WAIT = 2.0  # seconds, ceiling of the wait after one failure
LONGEST_WAIT = 300.0  # seconds, ceiling of any wait
SPREAD = 0.5
"""Part of the pause after a good pass that chance may take away."""


def fraction() -> float:
    """Return a random number from 0 to below 1."""
    return secrets.randbelow(1 << 30) / (1 << 30)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a pass ended: well or not. `after`: seconds that the other side asked to be left alone.

    `more`: there is more to do at once. `brought`: something was done, before it perhaps failed.
    """

    well: bool
    more: bool = False
    after: float | None = None
    brought: bool = False


class PassLoop:
    """Repeats passes on a thread of its own until stopped.

    `once()` makes a pass. `wait(seconds)` returns after that time, or earlier when woken;
    `jitter()` is in [0, 1); `longest` caps every wait that nobody asked for, `rest` is the wait
    after a good pass (by default the same), both in seconds; `spread` is the part of it that
    chance takes away. `nudge` and `stop` may be called from any thread.
    """

    def __init__(
        self,
        once: Callable[[], Ended],
        *,
        wait: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = fraction,
        longest: float = LONGEST_WAIT,
        rest: float | None = None,
        spread: float = SPREAD,
    ) -> None:
        self._once = once
        self._woken = threading.Event()
        self._wait = wait or self._woken.wait
        self._jitter = jitter
        self._longest = longest
        self._rest = longest if rest is None else rest
        self._spread = spread
        self._stopped = False
        self._failures = 0

    def nudge(self) -> None:
        """Something happened: pass now, unless the last pass failed and its wait runs."""
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
            ended = self._once()
            before = 0 if ended.brought else self._failures
            self._failures = 0 if ended.well else before + 1
            if not self._stopped:
                self._wait(self._pause(ended))

    def _pause(self, ended: Ended) -> float:
        if ended.more:
            return 0.0
        if ended.well:
            return self._rest * (1 - self._spread * self._jitter())
        ceiling = min(FIRST_WAIT * (1 << min(self._failures - 1, 16)), self._longest)
        asked = ended.after or 0.0
        return asked + max(ceiling, asked) * self._jitter()


class UplinkLoop(PassLoop):
    """Brings the log up, again and again; `on_result` is told how each pass ended.

    `ended` is called on the loop's own thread once it has ended.
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
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._ended = ended

        def once() -> Ended:
            result = uplink.run_once(now())
            on_result(result)
            well = result.state is UplinkState.UP_TO_DATE
            return Ended(well, result.more, result.after, brought=result.sent > 0)

        super().__init__(once, wait=wait, jitter=jitter, longest=longest)

    def run(self) -> None:
        """Repeat until stopped."""
        try:
            super().run()
        finally:
            self._ended()
