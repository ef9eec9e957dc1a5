"""Browsers that stand before a locked desk: what they typed so far, which card may open it.

Lives here: the table of visits, in memory, and the one rule that ties a laid card to one browser.
Not here: pages (`edge.web.login`), open desks (`sessions`). Times are monotonic seconds.

A card opens a desk only for the browser whose login page a person opened, or asked again, in the
last 30 seconds before the card was laid; what a page fetches by itself does not ask. Where two
browsers ask at once nobody is let in: the terminal cannot know before which one the card's
holder stands.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique
from typing import Any

from edge.people.roles import Act, Role

ASK_SECONDS = 30.0
"""How long a login page waits for a card."""
GRANT_SECONDS = 30.0
"""How long an opened desk waits for its page to fetch it."""
FORGET_SECONDS = 10 * 60.0
ENTRY_SECONDS = 60.0
"""How long digits that somebody left behind stay typed."""
NEW_PIN_SECONDS = 5 * 60.0
MAX_VISITS = 64


@unique
class Laid(StrEnum):
    """What a laid card did at the login pages."""

    NOBODY_ASKED = "nobody-asked"
    OPENED = "opened"
    TURNED_AWAY = "turned-away"
    """Not a committee member's card, or not certain to be."""
    SEVERAL_ASK = "several-ask"


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser before a locked desk."""

    role: Role = Role.SECRETARY
    act: Act | None = None
    """The act that asked the PIN on top of an open desk."""
    onward: str | None = None
    """Where to go once the desk is open: an address of this terminal."""
    entry: str = field(default="", repr=False)
    first: str | None = field(default=None, repr=False)
    """A new PIN typed once, to be typed again."""
    said: str | None = None
    """What the last attempt ended with, until the next key."""
    asked: float | None = None
    answer: Laid | None = None
    """What the last card laid after `asked` did."""
    granted: str | None = field(default=None, repr=False)
    """The roster id of whose card opened it."""
    granted_at: float = 0.0
    new_pin: Role | None = None
    """Whose PIN may be set anew, after an accepted recovery: never whatever `role` says later."""
    new_pin_until: float = 0.0
    typed: float = 0.0
    seen: float = 0.0


class Visits:
    """The table, by hash of the browser's id. Safe from any thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._visits: dict[bytes, Visit] = {}

    def of(self, token: str) -> Visit:
        """Return this browser's visit as it stands now, a new one where there is none."""
        now = self._monotonic()
        with self._lock:
            visit = self._visits.get(_key(token), Visit())
            if now - visit.seen > FORGET_SECONDS:
                visit = Visit()
            if now - visit.typed > ENTRY_SECONDS:
                visit = replace(visit, entry="", first=None)
            return visit

    def change(self, token: str, **changes: Any) -> Visit:
        """Change fields of this browser's visit and return it."""
        now = self._monotonic()
        visit = replace(self.of(token), **changes, seen=now)
        if "entry" in changes or "first" in changes:
            visit = replace(visit, typed=now)
        with self._lock:
            if _key(token) not in self._visits and len(self._visits) >= MAX_VISITS:
                del self._visits[min(self._visits, key=lambda key: self._visits[key].seen)]
            self._visits[_key(token)] = visit
        return visit

    def end(self, token: str) -> None:
        """Forget this browser's visit."""
        with self._lock:
            self._visits.pop(_key(token), None)

    def ask(self, token: str) -> Visit:
        """Note that a person opened this login page: a card may open its desk for a while."""
        return self.change(token, asked=self._monotonic(), answer=None)

    def asks(self, visit: Visit) -> bool:
        """Return whether this visit waits for a card now."""
        return visit.asked is not None and self._monotonic() - visit.asked <= ASK_SECONDS

    def anybody_asks(self) -> bool:
        """Return whether some login page waits for a card."""
        with self._lock:
            return any(self.asks(visit) for visit in self._visits.values())

    def laid(self, person_id: str | None) -> Laid:
        """Open the desk of the one browser that asks for the card just read, or say why not.

        `person_id`: the committee member whose card it is, None for any other card.
        """
        now = self._monotonic()
        with self._lock:
            asking = [key for key, visit in self._visits.items() if self.asks(visit)]
            if not asking:
                return Laid.NOBODY_ASKED
            if person_id is None:
                answer = Laid.TURNED_AWAY
            elif len(asking) > 1:
                answer = Laid.SEVERAL_ASK
            else:
                answer = Laid.OPENED
            for key in asking:
                visit = replace(self._visits[key], answer=answer)
                if answer is Laid.OPENED:
                    visit = replace(visit, granted=person_id, granted_at=now, asked=None)
                self._visits[key] = visit
            return answer

    def granted(self, visit: Visit) -> str | None:
        """Return whose card opened this visit's desk, while its page may still fetch it."""
        fresh = self._monotonic() - visit.granted_at <= GRANT_SECONDS
        return visit.granted if fresh else None

    def may_set_pin(self, visit: Visit) -> Role | None:
        """Return whose PIN an accepted recovery lets this visit set now."""
        return visit.new_pin if self._monotonic() < visit.new_pin_until else None


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
