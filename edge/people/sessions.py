"""Open desks: which browser holds one, in which role, since when, until when.

Lives here: the table, in memory alone: after a restart every desk is locked, and taps go on. Not
here: how somebody came in (`doorkeeper`), cookies (`edge.web.security`). Times are monotonic
seconds, arguments of the constructor.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique

from edge.people.roles import Role

ID_SIZE = 32  # bytes: 256 bits that nobody guesses
IDLE_SECONDS = 10 * 60.0
LIFETIME_SECONDS = 12 * 3600.0
"""Of a desk, however busy: a day's work, and never the night."""
PROVED_SECONDS = 5 * 60.0
"""How long a PIN counts as given for acts that ask it."""
MAX_OPEN = 16
BY_PIN = "pin:"
"""Before the role, where an event says who acted; no id of a roster begins so."""


@unique
class Way(StrEnum):
    """How somebody came in."""

    CARD = "card"
    PIN = "pin"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Session:
    """One open desk."""

    role: Role
    way: Way
    generation: int
    """Of `Records`: a change of who may come in ends it."""
    opened: float
    touched: float
    proved: float | None = None
    """When the PIN was given last; None for a desk that a card opened."""
    person_id: str | None = field(default=None, repr=False)
    """Whose card opened it: the roster's id."""

    @property
    def by(self) -> str:
        """Return who acts here, as events say it.

        The roster's id of whose card opened the desk; of a desk that a PIN opened `pin:` and its
        role, which names nobody.
        """
        return self.person_id or f"{BY_PIN}{self.role.value}"


class Sessions:
    """The table, by hash of the browser's id. Safe from any thread."""

    def __init__(self, monotonic: Callable[[], float], idle: float = IDLE_SECONDS) -> None:
        self._monotonic = monotonic
        self._idle = idle
        self._lock = threading.Lock()
        self._open: dict[bytes, Session] = {}

    def open(
        self, token: str, role: Role, way: Way, generation: int, person_id: str | None = None
    ) -> None:
        """Open a desk for a browser's new id; the one idle longest gives way when there are many.

        `token` is fresh and known to nobody: never the id that the browser had before.
        """
        now = self._monotonic()
        proved = None if way is Way.CARD else now
        with self._lock:
            if len(self._open) >= MAX_OPEN:
                del self._open[min(self._open, key=lambda key: self._open[key].touched)]
            session = Session(role, way, generation, now, now, proved, person_id)
            self._open[_key(token)] = session

    def find(self, token: str, generation: int) -> Session | None:
        """Return the open desk of this browser, None where it has none or its time is over."""
        key = _key(token)
        now = self._monotonic()
        with self._lock:
            session = self._open.get(key)
            if session is None:
                return None
            idle, age = now - session.touched, now - session.opened
            if session.generation != generation or idle >= self._idle or age >= LIFETIME_SECONDS:
                del self._open[key]
                return None
            return session

    def touch(self, token: str) -> None:
        """Somebody did something at this desk: it stays open a while longer."""
        with self._lock:
            session = self._open.get(_key(token))
            if session is not None:
                self._open[_key(token)] = replace(session, touched=self._monotonic())

    def prove(self, token: str, renewed: str) -> None:
        """Note that the PIN was given at this desk, which goes on under a new id."""
        now = self._monotonic()
        with self._lock:
            session = self._open.pop(_key(token), None)
            if session is not None:
                self._open[_key(renewed)] = replace(session, touched=now, proved=now)

    def proved(self, session: Session) -> bool:
        """Return whether the PIN was given a short while ago."""
        return session.proved is not None and self._monotonic() - session.proved < PROVED_SECONDS

    def lock(self, token: str) -> None:
        """Lock this desk."""
        with self._lock:
            self._open.pop(_key(token), None)

    def lock_all(self) -> None:
        """Lock every desk."""
        with self._lock:
            self._open.clear()


def _key(token: str) -> bytes:
    """Return what the table knows of an id: nothing that opens a desk."""
    return hashlib.sha256(token.encode()).digest()
