"""What is done to the log beside recording: the check of all of it, and forgetting what is due.

Lives here: when. Not here: the check (`chain`), the rule of forgetting (`due`, `forget`).

The start looks at the newest events only, so that the terminal is ready at once; the rest is
looked at afterwards, a slice at a time, with long pauses, since nobody waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge.errors import EdgeError
from edge.log.append import EventLog
from edge.log.forget import destroy_due
from verify.moment import Moment

BETWEEN_SLICES = 0.05  # seconds; a slice takes some milliseconds
BETWEEN_LOOKS = 600.0  # seconds between two looks for keys that are due

log = logging.getLogger("tramthe.log")


class Upkeep:
    """Looks after one log.

    `on_gone` is told of contexts whose key was destroyed; one that stood open is closed by then.
    """

    def __init__(
        self,
        event_log: EventLog,
        now: Callable[[], Moment],
        on_gone: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        self._log = event_log
        self._now = now
        self._on_gone = on_gone

    def forget(self) -> None:
        """Destroy the keys that are due; what cannot be done now is due again next time."""
        try:
            gone = destroy_due(self._log, self._now())
        except EdgeError as error:
            log.error("keys that are due could not be destroyed: %s", error.message)
            return
        if gone:
            log.info("the keys of %d closed meetings were destroyed", len(gone))
            self._on_gone(gone)

    def check(self, stop: threading.Event) -> None:
        """Check the whole log, unless it is stopped meanwhile. A broken one locks recording."""

        def pause() -> None:
            if stop.wait(BETWEEN_SLICES):
                raise _Stopped

        try:
            report = self._log.verify(pause)
        except _Stopped:
            return
        if not report.ok:
            log.error("the log is not whole: %s", report.why)

    def run(self, stop: threading.Event) -> None:
        """Check once, then forget now and then, until stopped."""
        self.check(stop)
        while not stop.is_set():
            self.forget()
            stop.wait(BETWEEN_LOOKS)


class _Stopped(Exception):
    """The check was left unfinished."""
