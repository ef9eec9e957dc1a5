"""The last word of a terminal that was wiped, brought to the centre.

Lives here: sending it until it has arrived, and once a day after that. Not here: the word
(`edge.wire.wipe`), the keys that are gone (`edge.identity.wiped`). It needs no key: it was signed
before, and goes by the door that asks for no certificate.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge.errors import EdgeError
from edge.net.http import Http
from edge.sync.repeat import Ended, PassLoop
from edge.sync.report import MAX_ANSWER, REPORTS_PATH
from edge.sync.way import Way
from verify.moment import Moment

REST = 86_400.0  # seconds until it is said again: the centre may have been put back from a copy

_log = logging.getLogger("tramthe.sync")


class Farewell(PassLoop):
    """Brings `word` to one centre. `close()` lets the line go after each time."""

    def __init__(
        self,
        word: str,
        http: Http,
        centre_url: str,
        now: Callable[[], Moment],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._close = close
        self._word = word.encode("ascii")
        self._way = Way(http, centre_url, lambda: None)
        self._now = now
        super().__init__(lambda: Ended(self.say()), rest=REST)

    def say(self) -> bool:
        """Say it once; return whether the centre has it. Never raises."""
        at = self._now().at
        try:
            self._way.begin(at)
            self._way.ask("POST", REPORTS_PATH, self._word, max_bytes=MAX_ANSWER, at=at)
        except EdgeError as error:
            _log.warning("the terminal's last word: %s", error.message)
            return False
        finally:
            self._close()
        return True
