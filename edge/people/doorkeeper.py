"""Lets people in: PINs tried and set, recovery answered, open desks held together.

Lives here: the order of things. A try is written down before it is judged; what is right takes it
back. Not here: the rules (`pin`, `lockout`, `recovery`), waiting (`waits`), the file (`store`),
which card (`edge.tap.desk`), pages (`edge.web.login`).
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from edge.errors import PeopleDamaged
from edge.people import pin as pins
from edge.people.claim import Claim
from edge.people.lockout import Tries
from edge.people.pin import Cost
from edge.people.records import RECOVERY, Records
from edge.people.recovery import Recovery
from edge.people.roles import Role
from edge.people.sessions import ID_SIZE, IDLE_SECONDS, Session, Sessions, Way
from edge.people.store import PeopleFile
from edge.people.visits import NEW_PIN_SECONDS, Laid, Visits
from edge.people.waits import Waits

GENERATION_SIZE = 6  # bytes
_DAMAGED = -1
"""The generation of desks that a card opened while the file does not open."""

log = logging.getLogger("tramthe.people")


@unique
class Answer(StrEnum):
    """How a try ended."""

    RIGHT = "right"
    WRONG = "wrong"
    WAIT = "wait"
    """It was not looked at: the wait is not over."""
    UNSET = "unset"
    """There is nothing to compare with; no try was counted."""


@dataclass(frozen=True, slots=True)
class Door:
    """How one role may come in now."""

    pin_set: bool
    tries: Tries
    damaged: bool = False
    """The file does not open: nobody comes in by PIN."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a claim changed: whose PIN it set, whose it left, and whether recovery is new."""

    pins: frozenset[Role]
    left: frozenset[Role]
    recovery: bool


class Doorkeeper:
    """People at one terminal. Safe from any thread."""

    def __init__(
        self,
        file: PeopleFile,
        *,
        terminal: str,
        monotonic: Callable[[], float],
        idle: float = IDLE_SECONDS,
        cost: Cost = pins.COST,
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._file = file
        self._terminal = terminal
        self._monotonic = monotonic
        self._cost = cost
        self._rng = rng
        self._trying = threading.Lock()
        """One derivation at a time: its memory is counted once."""
        self._counted: dict[str, int] = {}
        self.waits = Waits(file, monotonic)
        self.sessions = Sessions(monotonic, idle)
        self.visits = Visits(monotonic)

    # What the pages ask

    def door(self, role: Role) -> Door:
        """Return how this role may come in now; always answers."""
        records = self._records()
        if records is None:
            return Door(pin_set=False, tries=Tries(), damaged=True)
        return Door(role in records.pins, self.waits.now(records, role))

    def challenge(self, role: Role) -> str | None:
        """Return what the office needs to hear, None where this terminal has no secret."""
        recovery = self._recovery(self._records())
        return None if recovery is None else recovery.challenge(role)

    def recovery_tries(self) -> Tries:
        """Return the tries of the office's responses."""
        return self.waits.now(self._records() or Records(), RECOVERY)

    @property
    def counters(self) -> Mapping[str, int]:
        """Return what happened since the start, in numbers."""
        return dict(self._counted)

    # Coming in

    def session(self, token: str) -> Session | None:
        """Return the open desk of a browser, None where it is locked."""
        return self.sessions.find(token, self._generation())

    def try_pin(self, role: Role, given: str) -> Answer:
        """Compare a PIN. Raises PeopleDamaged, PeopleNotKept: then nothing was compared."""
        with self._trying:
            record = self._file.read().pins.get(role)
            if record is None:
                return Answer.UNSET
            begun = self.waits.begin(role)
            if begun is None:
                return Answer.WAIT
            if not record.matches(given):
                return self._wrong(role, begun)
            with self.waits.alone() as records:
                if records.pins.get(role) != record:
                    return Answer.WRONG  # another one was set meanwhile
                self.waits.keep(_right(records, role))
            self._count("pin_right")
            return Answer.RIGHT

    def try_response(self, role: Role, given: str) -> Answer:
        """Compare the office's response; accepted once. Raises PeopleDamaged, PeopleNotKept."""
        with self._trying:
            if self._recovery(self._file.read()) is None:
                return Answer.UNSET
            begun = self.waits.begin(RECOVERY)
            if begun is None:
                return Answer.WAIT
            with self.waits.alone() as records:
                recovery = self._recovery(records)
                if recovery is None or not recovery.accepts(role, given):
                    return self._wrong(RECOVERY, begun)
                self.waits.keep(_right(records, RECOVERY))
            self._count("recovery_right")
            log.warning("a recovery response was accepted")
            return Answer.RIGHT

    def open_desk(self, old: str | None, role: Role, way: Way, person_id: str | None = None) -> str:
        """Open a desk under a new id and return that; whatever the old id had is over."""
        token = new_id()
        self.leave(old)
        self.sessions.open(token, role, way, self._generation(), person_id)
        self._count(f"opened_by_{way.value}")
        log.info("a desk was opened: %s by %s", role.value, way.value)
        return token

    def prove(self, old: str) -> str:
        """Note that the PIN was given again at an open desk; return the new id it goes on under."""
        token = new_id()
        self.sessions.prove(old, token)
        self.visits.end(old)
        return token

    def leave(self, token: str | None) -> None:
        """Lock the desk of this browser and forget its visit."""
        if token is not None:
            self.sessions.lock(token)
            self.visits.end(token)

    def allow_new_pin(self, old: str, role: Role) -> str:
        """Let a browser set this role's PIN for a while: a recovery of that role was accepted.

        Return the new id that alone may do it.
        """
        onward, token = self.visits.of(old).onward, new_id()
        self.leave(old)
        until = self._monotonic() + NEW_PIN_SECONDS
        self.visits.change(token, role=role, onward=onward, new_pin=role, new_pin_until=until)
        return token

    def card_laid(self, person_id: str | None) -> Laid:
        """Take note of a card that was judged; `person_id` where it is a committee member's."""
        answer = self.visits.laid(person_id)
        if answer is not Laid.NOBODY_ASKED:
            self._count(f"card_{answer.value.replace('-', '_')}")
        return answer

    # Setting

    def set_pin(self, role: Role, given: str) -> None:
        """Set a role's PIN and lock every desk. The caller knows that this may be done.

        Raises PinUnfit, PeopleDamaged, PeopleNotKept.
        """
        with self._trying:
            record = pins.make(given, self._cost, self._rng)
            with self.waits.alone() as records:
                self.waits.keep(records.with_pin(role, record, self._drawn()))
        self.sessions.lock_all()
        log.warning("a PIN was set: %s", role.value)

    def take(self, claim: Claim, *, replace: bool = False) -> Taken:
        """Take first PINs and the recovery secret out of a claim; what is set stays.

        `replace`: it does not stay; for the console. Raises PinUnfit, PeopleDamaged,
        PeopleNotKept: then nothing is changed.
        """
        with self._trying:
            made = {role: pins.make(pin, self._cost, self._rng) for role, pin in claim.pins.items()}
            with self.waits.alone() as held:
                wanted = {r: pin for r, pin in made.items() if replace or r not in held.pins}
                secret = claim.recovery if replace or held.recovery is None else None
                changed = held
                for role, record in wanted.items():
                    changed = changed.with_pin(role, record, self._drawn())
                if secret is not None:
                    changed = changed.with_recovery(Recovery(claim.terminal, secret))
                self.waits.keep(changed)
        self.sessions.lock_all()
        return Taken(frozenset(wanted), frozenset(made) - frozenset(wanted), secret is not None)

    # Within

    def _wrong(self, lock: str, begun: int) -> Answer:
        self._count("recovery_wrong" if lock == RECOVERY else "pin_wrong")
        log.warning("a wrong try: %s, %d since the last right one", lock, begun)
        return Answer.WRONG

    def _recovery(self, records: Records | None) -> Recovery | None:
        """Return the secret of this very terminal, while the office can still answer for it."""
        kept = records.recovery if records is not None else None
        if kept is None or kept.terminal != self._terminal or kept.used_up:
            return None
        return kept

    def _records(self) -> Records | None:
        try:
            return self._file.read()
        except PeopleDamaged:
            return None

    def _generation(self) -> int:
        records = self._records()
        return _DAMAGED if records is None else records.generation

    def _drawn(self) -> int:
        """Return the number of a new generation: none that was before, even after a new start."""
        return int.from_bytes(self._rng(GENERATION_SIZE))

    def _count(self, what: str) -> None:
        self._counted[what] = self._counted.get(what, 0) + 1


def new_id() -> str:
    """Return a new browser id: 256 random bits."""
    return secrets.token_urlsafe(ID_SIZE)


def _right(records: Records, lock: str) -> Records:
    """Return the records after a right try: nothing to wait for, and the challenge is over."""
    changed = records.with_tries(lock, Tries())
    if changed.recovery is None:
        return changed
    return changed.with_recovery(changed.recovery.used())
