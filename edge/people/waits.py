"""Tries and waits of a running terminal: begun on disk first, measured by its monotonic clock.

Lives here: how long each wait still is, and writing that down every minute and at the end, so
that a power cut gives nothing and costs little. Not here: the rule (`lockout`), the file
(`store`), what is tried (`doorkeeper`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge.errors import PeopleDamaged, PeopleNotKept
from edge.people.lockout import Tries
from edge.people.records import LOCKS, Records
from edge.people.store import PeopleFile

KEEP_SECONDS = 60.0
"""How much of a wait a power cut may make somebody wait again."""

log = logging.getLogger("tramthe.people")


class Waits:
    """The tries of every lock in one file. Safe from any thread."""

    def __init__(self, file: PeopleFile, monotonic: Callable[[], float]) -> None:
        self._file = file
        self._monotonic = monotonic
        self._measuring = threading.Lock()
        self._since: dict[str, tuple[Tries, float]] = {}
        self._looked = 0.0
        try:
            records = file.read()
        except PeopleDamaged:
            return
        for lock in LOCKS:
            self.now(records, lock)

    def now(self, records: Records, lock: str) -> Tries:
        """Return the tries as they stand now: what was written, less the time since."""
        return self._at(records, lock, self._monotonic())

    def _at(self, records: Records, lock: str, now: float) -> Tries:
        with self._measuring:
            kept = records.tries_of(lock)
            known = self._since.get(lock)
            if known is None or known[0] != kept:
                self._since[lock] = known = (kept, now)
            return kept.after(now - known[1])

    @contextmanager
    def alone(self) -> Iterator[Records]:
        """Keep others from writing, and give the records with each wait as it stands now.

        Raises PeopleDamaged.
        """
        with self._file.alone() as kept:
            records, self._looked = kept, self._monotonic()
            for lock in LOCKS:
                records = records.with_tries(lock, self._at(kept, lock, self._looked))
            yield records

    def keep(self, records: Records) -> None:
        """Write records out of `alone`, and measure their waits from when it gave them.

        Raises PeopleNotKept: nothing is changed.
        """
        self._file.keep(records)
        with self._measuring:
            self._since = {lock: (records.tries_of(lock), self._looked) for lock in LOCKS}

    def begin(self, lock: str) -> int | None:
        """Begin a try, durably; return how many were begun, None where one must still wait.

        Raises PeopleDamaged, PeopleNotKept: then there is no try.
        """
        with self.alone() as records:
            tries = records.tries_of(lock)
            if tries.waiting:
                return None
            begun = tries.begin()
            self.keep(records.with_tries(lock, begun))
            return begun.begun

    def keep_time(self) -> None:
        """Write down how much of each wait is over."""
        try:
            kept = self._file.read()
            if any(kept.tries_of(lock).waiting for lock in LOCKS):
                with self.alone() as records:
                    self.keep(records)
        except PeopleDamaged:
            return  # nobody comes in by PIN, so nobody waits
        except PeopleNotKept as error:
            log.error("a wait could not be written down: %s", error.message)

    def run(self, stop: threading.Event) -> None:
        """Keep time until `stop` is set; for a thread of its own."""
        while not stop.wait(KEEP_SECONDS):
            self.keep_time()
        self.keep_time()
