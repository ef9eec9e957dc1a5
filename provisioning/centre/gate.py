"""How many segments one process works on at once; who comes beyond that is asked to come later.

A centre that takes everything at once answers nobody in time, and every terminal then sends the
same again. Not here: when a terminal comes again (its own jitter, `edge.sync.repeat`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from provisioning.errors import CentreBusy

AT_ONCE = 4
"""Segments in work; the processor is the limit, so more would only wait inside."""
PATIENCE = 1.0
"""Seconds that a request waits for its turn."""
RETRY_AFTER = 20
"""Seconds; the terminal spreads its next try from there on."""


class Gate:
    """At most `at_once` holders; `patience` in seconds."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._patience = patience

    @contextmanager
    def pass_through(self) -> Iterator[None]:
        """Hold a place for the block. Raises CentreBusy."""
        if not self._places.acquire(timeout=self._patience):
            raise CentreBusy(
                "The centre has as much to do as it takes at once.",
                next_step="Nothing is lost: what waits is sent again by itself.",
            )
        try:
            yield
        finally:
            self._places.release()
