"""Telling the centre how the terminal is: now and then, and never in the way of the log.

Lives here: when it is due, and sending it. Not here: the form (`edge.wire.report`), the facts (the
service gives them), the way to the centre (`way`). A report that does not arrive is no failure:
the next one says more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from edge.errors import EdgeError
from edge.identity.key import TerminalIdentity
from edge.net.http import Http
from edge.sync.way import Way
from edge.wire.report import Report, sign_report
from verify.moment import Moment

REPORTS_PATH = "/v1/reports"
EVERY = timedelta(hours=1)
"""200,000 terminals are then 56 reports a second."""
MAX_ANSWER = 1024  # bytes

_log = logging.getLogger("tramthe.sync")


class Reporter:
    """Reports of one terminal to one centre. `facts(at)` says how the terminal is."""

    def __init__(
        self,
        identity: TerminalIdentity,
        http: Http,
        centre_url: str,
        facts: Callable[[Moment], Report],
    ) -> None:
        self._identity = identity
        self._way = Way(http, centre_url, lambda: identity.pair)
        self._facts = facts
        self._sent: datetime | None = None

    def after_a_pass(self, at: Moment) -> bool:
        """Send a report where one is due; return whether the centre has it. Never raises."""
        certificate = self._identity.certificate
        if certificate is None or not self._due(at.at):
            return False
        try:
            compact = sign_report(self._facts(at), self._identity.key, certificate).encode()
            self._way.begin(at.at)
            self._way.ask("POST", REPORTS_PATH, compact, max_bytes=MAX_ANSWER, at=at.at)
        except EdgeError as error:
            _log.info("report: %s", error.message)
            return False
        self._sent = at.at
        return True

    def _due(self, at: datetime) -> bool:
        """Return whether an hour is over, or the clock was set back meanwhile."""
        return self._sent is None or not timedelta(0) <= at - self._sent < EVERY
