"""What a monitoring system asks of one process, as Prometheus reads it.

Numbers of this process since it started; labels are outcomes, never terminals or people. Where
several processes share a socket, a scrape meets one of them: `process_start_time_seconds` tells
which. What all of them hold together stands in the database and on the fleet's page.
Source: Prometheus text exposition format 0.0.4.
"""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._worked = 0.0
        ProcessCollector(registry=self._registry)
        self._segments = Counter(
            "tramthe_centre_segments",
            "Segments, by how they ended.",
            ["outcome"],
            registry=self._registry,
        )
        self._events = Counter(
            "tramthe_centre_events", "Events in the segments taken.", registry=self._registry
        )
        self._aside = Counter(
            "tramthe_centre_set_aside", "Events set aside at arrival.", registry=self._registry
        )
        self._seconds = Histogram(
            "tramthe_centre_segment_seconds",
            "From a segment's turn to its acknowledgement.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._working = Gauge(
            "tramthe_centre_working", "Segments in work now.", registry=self._registry
        )

    def begun(self) -> None:
        """Count a segment that is in work."""
        self._working.inc()
        self._worked = time.monotonic()

    def ended(self, seconds: float) -> None:
        """Count a segment that is no more in work."""
        self._working.dec()
        self._worked = time.monotonic()
        self._seconds.observe(seconds)

    def quiet(self, seconds: float) -> bool:
        """Return whether no segment began or ended within so many seconds."""
        return time.monotonic() - self._worked >= seconds

    def taken(self, events: int, aside: int) -> None:
        """Count a segment that was kept."""
        self._segments.labels("taken").inc()
        self._events.inc(events)
        self._aside.inc(aside)

    def failed(self, outcome: str) -> None:
        """Count a segment that was not kept: `refused`, `busy` or `unavailable`."""
        self._segments.labels(outcome).inc()

    def text(self) -> bytes:
        """Return all of it."""
        return generate_latest(self._registry)
