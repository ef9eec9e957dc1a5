"""What a monitoring system asks of the centre, as Prometheus reads it.

Lives here: the names and their meaning. Not here: the memory that several processes share
(`board`). Labels are outcomes and places of processes, never terminals or people.

Whichever process a scrape meets, it answers for all of this machine's: counts are sums over them
since the centre started, and go on where a process is started anew. What the database holds,
whoever brought it, stands beside it; while the database does not answer,
`tramthe_centre_database_up` is 0 and the rest stands.
Source: Prometheus text exposition format 0.0.4.
"""

from __future__ import annotations

import os
import resource
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from provisioning.centre.board import Board
from provisioning.centre.store import Totals
from provisioning.errors import CentreStoreUnavailable

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_OUTCOMES = ("taken", "refused", "busy", "unavailable")
_EVENTS, _ASIDE, _WORKING, _SUM, _PID = range(len(_OUTCOMES), len(_OUTCOMES) + 5)
_BUCKETS = _PID + 1
_COLUMNS = _BUCKETS + len(_SECONDS) + 1
_PREFIX = "tramthe_centre"


def make_board(processes: int) -> Board:
    """Return what so many processes write their numbers on; made before they are."""
    return Board(processes, _COLUMNS)


class Metrics(Collector):
    """The numbers of one process in its place on the board, and the answer for all of them."""

    def __init__(
        self,
        board: Board | None = None,
        place: int = 0,
        totals: Callable[[], Totals] | None = None,
    ) -> None:
        self._board = make_board(1) if board is None else board
        self._mine = self._board.writer(place)
        self._mine.put(_WORKING, 0.0)  # those of the process before are lost with it
        self._mine.put(_PID, os.getpid())
        self._totals = totals
        self._worked = 0.0
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def begun(self) -> None:
        """Count a segment that is in work."""
        self._mine.add(_WORKING)
        self._worked = time.monotonic()

    def ended(self, seconds: float) -> None:
        """Count a segment that is no more in work."""
        self._mine.add(_WORKING, -1.0)
        self._worked = time.monotonic()
        self._mine.add(_SUM, seconds)
        self._mine.add(_BUCKETS + bisect_left(_SECONDS, seconds))

    def quiet(self, seconds: float) -> bool:
        """Return whether no segment began or ended here within so many seconds."""
        return time.monotonic() - self._worked >= seconds

    def taken(self, events: int, aside: int) -> None:
        """Count a segment that was kept."""
        self._mine.add(_OUTCOMES.index("taken"))
        self._mine.add(_EVENTS, events)
        self._mine.add(_ASIDE, aside)

    def failed(self, outcome: str) -> None:
        """Count a segment that was not kept: `refused`, `busy` or `unavailable`."""
        self._mine.add(_OUTCOMES.index(outcome))

    def text(self) -> bytes:
        """Return all of it."""
        return generate_latest(self._registry)

    def describe(self) -> Iterator[Metric]:
        """Return nothing, so that registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return every number, of all processes."""
        yield from self._counts()
        yield from self._processes()
        if self._totals is not None:
            yield from _held(self._totals)

    def _counts(self) -> Iterator[Metric]:
        total = self._board.total
        segments = CounterMetricFamily(
            f"{_PREFIX}_segments", "Segments, by how they ended.", labels=["outcome"]
        )
        for column, outcome in enumerate(_OUTCOMES):
            segments.add_metric([outcome], total(column))
        yield segments
        yield CounterMetricFamily(
            f"{_PREFIX}_events", "Events in the segments taken.", value=total(_EVENTS)
        )
        yield CounterMetricFamily(
            f"{_PREFIX}_set_aside", "Events set aside at arrival.", value=total(_ASIDE)
        )
        counts = accumulate(total(column) for column in range(_BUCKETS, _COLUMNS))
        names = [*(str(seconds) for seconds in _SECONDS), "+Inf"]
        yield HistogramMetricFamily(
            f"{_PREFIX}_segment_seconds",
            "From a segment's turn to its acknowledgement.",
            buckets=list(zip(names, counts, strict=True)),
            sum_value=total(_SUM),
        )
        yield GaugeMetricFamily(
            f"{_PREFIX}_working", "Segments in work now.", value=total(_WORKING)
        )

    def _processes(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily(
            f"{_PREFIX}_resident_bytes", "Memory of each process that stands.", labels=["place"]
        )
        for place in range(self._board.places):
            size = _resident(int(self._board.row(place)[_PID]))
            if size is not None:
                memory.add_metric([str(place)], size)
        yield GaugeMetricFamily(
            f"{_PREFIX}_processes", "Processes that stand.", value=len(memory.samples)
        )
        yield memory


def _held(totals: Callable[[], Totals]) -> Iterator[Metric]:
    up = GaugeMetricFamily(f"{_PREFIX}_database_up", "Whether the database answers.")
    try:
        held = totals()
    except CentreStoreUnavailable:
        up.add_metric([], 0)
        yield up
        return
    up.add_metric([], 1)
    yield up
    for name, what, value in (
        ("epochs", "Epochs of terminals.", held.epochs),
        ("events", "Events.", held.events),
        ("set_aside", "Events that are set aside.", held.aside),
        ("alarms", "Alarms.", held.alarms),
    ):
        yield GaugeMetricFamily(f"{_PREFIX}_held_{name}", f"{what} In the database.", value=value)


def _resident(pid: int) -> int | None:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize() or None  # one that is dead and not yet buried has none
