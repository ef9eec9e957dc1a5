"""One question at a time: who asks for a card now, how far it has come, and what came of it.

Lives here: the table of questions, in memory alone; nothing of it outlives the process. Not here:
whether a question may be asked (`counter`), the card (`errand`), HTTP (`edge.web.api`).

The reader is one, so one question is open at a time. A question that ended is kept for a while for
whoever asked it and for nobody else; its answer names a person.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique

from edge.errors import ReaderHeld, SessionOver
from edge.procedure.catalogue import Procedure
from reader.evidence import Password
from verify.receipt import Request
from verify.verdict import Verdict

WAIT_FOR_CARD = 90.0
"""Seconds that a question waits for its card."""
READ_SECONDS = 30.0
"""How long after its deadline a card that was laid in time may take."""
KEPT_SECONDS = 10 * 60.0
"""How long an answer can be fetched."""
MAX_KEPT = 64
"""Questions at once, the open one included; the oldest gives way."""


@unique
class State(StrEnum):
    """How far a question has come."""

    WAITING = "waiting"
    """For the card; laying it agrees to what the screen says."""
    READING = "reading"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    """A card was read, and the terminal could not write it down: nothing is handed over."""


OPEN = frozenset({State.WAITING, State.READING})


@unique
class Ended(StrEnum):
    """Why a question ended without an answer."""

    BY_ASKER = "CANCELLED_BY_ASKER"
    BY_HOLDER = "CANCELLED_BY_HOLDER"
    """*Tôi không đồng ý.*"""
    BY_OFFICER = "CANCELLED_BY_OFFICER"
    BY_MEETING = "CANCELLED_BY_MEETING"
    """A meeting was opened, and the reader is the meeting's."""
    NO_CARD = "NO_CARD_IN_TIME"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the next card, and by whom."""

    request: Request
    procedure: Procedure
    asker: str = field(repr=False)
    """Who asks, as the screen says it."""
    owner: str
    """Who may see the answer: a pairing's id, or OFFICER."""
    password: Password | None = None
    """What opens the card, where the asker knows it; tried once."""


OFFICER = "terminal"
"""The owner of what the counter's own page asks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a card."""

    verdict: Verdict = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    """What the procedure may know and was asked for."""
    salt: bytes | None = field(repr=False)
    """16 bytes that bind `fields` to the receipt; None where nothing is handed over."""
    receipt: str = field(repr=False)
    """Compact JWS."""
    at: datetime
    context: str
    """The counter's day in the log."""
    place: int
    """Where its `verification` stands there."""
    photo: bytes | None = field(default=None, repr=False)
    """JPEG for the officer's eyes at this terminal; never handed over."""


@dataclass(frozen=True, slots=True)
class Session:
    """One question and how it stands. `version` grows with every change."""

    id: str
    question: Question
    asked: datetime
    deadline: datetime
    """Until when it waits for a card."""
    state: State = State.WAITING
    version: int = 1
    hint: str | None = None
    """Why the last laying came to nothing, while it goes on waiting: a stable code."""
    why: str | None = None
    """Why it ended without an answer: an `Ended`, or the code of a fault."""
    answer: Answer | None = field(default=None, repr=False)

    @property
    def open(self) -> bool:
        """Whether it still holds the reader."""
        return self.state in OPEN


@dataclass(slots=True)
class _Kept:
    session: Session
    until: float
    """Monotonic seconds: its deadline while it is open, then until when it is kept."""
    settled: bool = False
    """Its card is being written down: too late to cancel."""


class Sessions:
    """The table; safe from any thread. `changed` is told of every change, without the lock."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        rng: Callable[[int], bytes],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._monotonic = monotonic
        self._rng = rng
        self._told = changed
        self._turn = threading.Condition()
        self._kept: dict[str, _Kept] = {}
        self._open: str | None = None

    def ask(self, question: Question, asked: datetime, deadline: datetime) -> Session:
        """Begin a question. Raises ReaderHeld while another one is open."""
        with self._turn:
            self._sweep()
            held = self._current()
            if held is not None:
                raise reader_held(held.question.asker, held.asked)
            if len(self._kept) >= MAX_KEPT:
                del self._kept[next(iter(self._kept))]
            session = Session(self._rng(16).hex(), question, asked, deadline)
            self._kept[session.id] = _Kept(session, self._monotonic() + WAIT_FOR_CARD)
            self._open = session.id
            self._turn.notify_all()
        self._told()
        return session

    def current(self) -> Session | None:
        """Return the open question, None where nobody asks."""
        with self._turn:
            gone = self._sweep()
            found = self._current()
        if gone:
            self._told()
        return found

    def of(self, session_id: str, owner: str) -> Session | None:
        """Return a question of this owner's, None for one that is another's, unknown or gone."""
        self.current()
        with self._turn:
            return self._of(session_id, owner)

    def wait(self, session_id: str, owner: str, after: int, seconds: float) -> Session | None:
        """Return the question once its version is beyond `after`, or as it is after `seconds`.

        One that is over is returned at once, since it does not change any more.
        """
        until = self._monotonic() + seconds
        while True:
            with self._turn:  # from the look to the wait, so that no change is missed between them
                ran_out = self._sweep()
                session = self._of(session_id, owner)
                left = until - self._monotonic()
                waits = session is not None and session.open and session.version <= after
                if waits and left > 0 and not ran_out:
                    self._turn.wait(min(left, 0.5))
            if ran_out:
                self._told()
            if not waits or left <= 0:
                return session

    def begin(self, session_id: str) -> None:
        """Take note that a card is being read for it; harmless where it is over."""
        with self._turn:
            self._sweep()
            kept = self._kept.get(session_id)
            if kept is not None and kept.session.state is State.WAITING:
                self._put(kept, replace(kept.session, state=State.READING, hint=None))
        self._told()

    def settle(self, session_id: str) -> bool:
        """Forbid cancelling from here on: its card is written down now. False where it is over."""
        with self._turn:
            kept = self._kept.get(session_id)
            if kept is None or not kept.session.open:
                return False
            kept.settled = True
            return True

    def go_on(self, session_id: str, hint: str, *, spent: bool = False) -> None:
        """Wait for another laying: this one came to nothing.

        `spent`: the asker's password was tried, and is not tried a second time.
        """
        with self._turn:
            kept = self._kept.get(session_id)
            if kept is None or not kept.session.open:
                return
            kept.settled = False
            session = replace(kept.session, state=State.WAITING, hint=hint)
            if spent:
                session = replace(session, question=replace(session.question, password=None))
            self._put(kept, session)
        self._told()

    def finish(self, session_id: str, answer: Answer) -> None:
        """End it with an answer."""
        self._end(session_id, State.DONE, None, answer)

    def fail(self, session_id: str, why: str) -> None:
        """End it: what was read could not be written down."""
        self._end(session_id, State.FAILED, why)

    def cancel(self, session_id: str, owner: str | None, why: Ended) -> None:
        """End it unanswered; harmless once it is over. `owner` None: somebody at the terminal.

        Raises SessionOver where its card is being written down.
        """
        with self._turn:
            kept = self._kept.get(session_id)
            if kept is None or not kept.session.open:
                return
            if owner is not None and kept.session.question.owner != owner:
                return
            if kept.settled:
                raise SessionOver(
                    "The card has been read already.",
                    next_step="Wait a moment for the result.",
                )
        self._end(session_id, State.CANCELLED, why)

    # Steps, under the lock unless said otherwise

    def _current(self) -> Session | None:
        return None if self._open is None else self._kept[self._open].session

    def _of(self, session_id: str, owner: str) -> Session | None:
        kept = self._kept.get(session_id)
        return kept.session if kept and kept.session.question.owner == owner else None

    def _end(
        self, session_id: str, state: State, why: str | None, answer: Answer | None = None
    ) -> None:
        """End a question that is open; takes the lock itself."""
        with self._turn:
            kept = self._kept.get(session_id)
            if kept is None or not kept.session.open:
                return
            self._close(kept, state, why, answer)
        self._told()

    def _close(
        self, kept: _Kept, state: State, why: str | None, answer: Answer | None = None
    ) -> None:
        kept.until = self._monotonic() + KEPT_SECONDS
        self._open = None
        was = kept.session
        ended = replace(was, state=state, why=why, answer=answer, hint=None)
        self._put(kept, replace(ended, question=replace(was.question, password=None)))

    def _put(self, kept: _Kept, session: Session) -> None:
        kept.session = replace(session, version=session.version + 1)
        self._turn.notify_all()

    def _sweep(self) -> bool:
        """Let go what is over; return whether the open question ran out of time.

        One whose card is being read has longer: the card was laid in time. One at a time is
        open, so they end in the order in which they came: the look ends at the first that stays.
        """
        now = self._monotonic()
        ran_out = False
        if self._open is not None:
            held = self._kept[self._open]
            reading = held.session.state is State.READING
            if now >= held.until + (READ_SECONDS if reading else 0.0):
                self._close(held, State.EXPIRED, Ended.NO_CARD)
                ran_out = True
        while self._kept:
            oldest = next(iter(self._kept))
            if oldest == self._open or now < self._kept[oldest].until:
                break
            del self._kept[oldest]
        return ran_out


def reader_held(holder: str, since: datetime) -> ReaderHeld:
    """Return the error for a reader that somebody else has."""
    return ReaderHeld(
        "The reader is in use.",
        next_step="Ask again when it is free, or cancel what holds it at the terminal.",
        holder=holder,
        since=since,
    )
