"""What a centre does while nothing else is to be done: on a thread of its own, one job at a time.

Lives here: when. Not here: the jobs (`tally`, `epoch_links`). Taking the terminals' records comes
first: a job runs only while this process has had no segment for a moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from provisioning.errors import CentreStoreUnavailable

EVERY_SECONDS = 15.0

Job = Callable[[], bool]
"""Does the next piece of its work, and returns whether there may be more."""


class QuietWork:
    """Does jobs, the first one first, from `start` to `stop`. `quiet()` says whether it may."""

    def __init__(
        self, jobs: Sequence[Job], quiet: Callable[[], bool], every: float = EVERY_SECONDS
    ) -> None:
        self._jobs = jobs
        self._quiet = quiet
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="quiet-work", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work that runs."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            for job in self._jobs:
                try:
                    while not self._ended.is_set() and self._quiet() and job():
                        pass
                except CentreStoreUnavailable:
                    break  # said by /v1/ready; the next turn tries again
