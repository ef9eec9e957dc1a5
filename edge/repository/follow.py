"""Following a repository: a pass at its time, and what became of the last one.

Lives here: when, and the memory of the outcome. Not here: the pass (`update`), the loop
(`edge.sync.repeat`). The TUF client is loaded with the first pass, on this thread: a terminal is
there for cards before it looks for news.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from edge.clock import Clock
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.net.tls import Tls
from edge.repository.outcome import TO_TRY_SOON, RepositoryResult, RepositoryState
from edge.repository.release import Release
from edge.sync.repeat import Ended, PassLoop

SPREAD = 0.25
"""Of the rest between two passes: terminals that were switched on together drift apart."""

log = logging.getLogger("tramthe.repository")


class Follower:
    """Passes over the repository at `url` every `minutes`, on the thread that calls `run`.

    `on_result` is told how each pass ended; `choose` is `edge.repository.apply.Rooms`'s.
    """

    def __init__(
        self,
        url: str,
        layout: StateLayout,
        holdings: Holdings,
        clock: Clock,
        *,
        minutes: int,
        on_result: Callable[[RepositoryResult], None] = lambda _: None,
        ca_file: Path | None = None,
        choose: Callable[[Sequence[Release]], Release | None] | None = None,
    ) -> None:
        self._url = url
        self._choose = choose
        self._layout = layout
        self._holdings = holdings
        self._clock = clock
        self._tls = Tls(ca_file, floor=lambda: clock.floor)
        self._on_result = on_result
        self.last: RepositoryResult | None = None
        self.good_at: datetime | None = None
        """Of the last pass after which nothing was left to take."""
        loop = PassLoop(lambda: Ended(self.once()), rest=minutes * 60.0, spread=SPREAD)
        self.run, self.stop = loop.run, loop.stop

    def once(self) -> bool:
        """Pass once; whether the next pass may take its time."""
        from edge.repository.apply import Rooms
        from edge.repository.fetch import HttpSource
        from edge.repository.update import update

        rooms = Rooms(self._holdings, self._clock, self._layout.delivered, self._choose)
        source = HttpSource(self._url, tls=self._tls)
        result = update(self._layout.repository, source, rooms)
        self.last = result
        if result.state is RepositoryState.UP_TO_DATE:
            self.good_at = result.at
        if result.why is not None:
            log.warning("repository: %s %s", result.state.value, result.why)
        for path in result.taken:
            log.info("repository: %s is in force", path)
        self._on_result(result)
        return result.state not in TO_TRY_SOON
