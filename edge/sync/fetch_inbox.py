"""Fetching the inbox over the network: a call, its answer, until nothing is left.

Lives here: one pass, and when the next one is due. Not here: what a message does
(`take_inbox`), the forms (`edge.wire`), the network (`edge.net.http`), the loop (`repeat`).

Two hundred thousand terminals do not ask every five minutes whether a meeting was called: one asks
at its start, then about once in `every` seconds, spread by jitter, and after a failure with the
next pass of the loop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from edge.errors import CentreBusy, CentreRefused, EdgeError
from edge.identity.key import TerminalIdentity
from edge.net.http import Http
from edge.sync.ask_inbox import make_call, take_head
from edge.sync.centre_key import UNBELIEVED, not_the_centres
from edge.sync.inbox import Inbox, Outcome
from edge.sync.take_inbox import take_inbox
from edge.sync.way import Way
from edge.wire.inbox_call import MAX_ANSWER, split
from verify.moment import Moment

INBOX_PATH = "/v1/inbox"
PATIENCE = 120.0
"""Seconds that an answer may take beyond a request's own: a roster on a line of 64 kbit/s."""
MAX_CALLS = 20  # in one pass

_log = logging.getLogger("tramthe.inbox")


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a pass at `at` ended. `why` and `next_step` are sentences, None when all went well."""

    at: datetime
    taken: int
    outcome: Outcome | None
    """Of the last answer that was taken, None where none was."""
    why: str | None = None
    next_step: str | None = None


class InboxFetch:
    """Fetches one terminal's inbox from one centre.

    `every`: seconds between two passes that went well; `jitter()` is in [0, 1).
    """

    def __init__(
        self,
        inbox: Inbox,
        identity: TerminalIdentity,
        http: Http,
        centre_url: str,
        *,
        every: float,
        monotonic: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self.inbox = inbox
        self._identity = identity
        self._way = Way(http, centre_url, lambda: identity.pair, patience=PATIENCE)
        self._every = every
        self._monotonic = monotonic
        self._jitter = jitter
        self._next = monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to ask again."""
        return self._monotonic() >= self._next

    def run_once(self, at: Moment) -> Fetched:
        """Ask until an answer brings nothing new, something fails, or MAX_CALLS are made.

        So the last call of a pass tells the centre what was taken. Never raises an EdgeError: the
        result says what went wrong and what to do.
        """
        self._way.begin(at.at)
        taken = 0
        outcome: Outcome | None = None
        try:
            for _ in range(MAX_CALLS):
                outcome = self._call(at)
                taken += len(outcome.taken)
                if not (outcome.taken or outcome.set_aside):
                    break
        except EdgeError as error:
            _log.warning("inbox: %s", error.message)
            asked = (error.after or 0.0) if isinstance(error, CentreBusy) else 0.0
            self._next = self._monotonic() + asked * (1 + self._jitter())
            return Fetched(at.at, taken, outcome, error.message, error.next_step)
        self._next = self._monotonic() + self._every * (0.5 + self._jitter())
        return Fetched(at.at, taken, outcome)

    def _call(self, at: Moment) -> Outcome:
        pair = self._identity.pair
        if pair.certificate is None:
            raise CentreRefused(
                "This terminal has no certificate yet.", next_step="Enrol the terminal."
            )
        call, nonce = make_call(self.inbox, pair.key, pair.certificate, at)
        answer = self._way.ask("POST", INBOX_PATH, call.encode(), max_bytes=MAX_ANSWER, at=at.at)
        try:
            head, messages = split(answer)
            take_head(head, self.inbox, at, nonce)
        except UNBELIEVED as error:
            raise not_the_centres() from error
        return take_inbox(messages, self.inbox, at)
