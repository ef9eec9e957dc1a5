"""One laying of a card, from the reader's word to the lamp: the only thread that talks to cards.

Lives here: the order of things. Find a password, read, judge, and let whoever waits for the card
decide, write down and show. Not here: any of the decisions (`access`, `verify.pipeline`), what
the card is for (an `errand`: `meeting`, `desk`), words and lights.

A card laid without a password is a state, not an error: it stays powered while somebody
touches a name. One guess per laying.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from edge.errors import EdgeError
from edge.log.fault import TRANSIENT
from edge.meeting.book import MeetingBook
from edge.tap import access, fault
from edge.tap.access import Inputs
from edge.tap.bounce import Bounce, LastTap, careful
from edge.tap.desk import NO_DESK, DeskDoor, DeskErrand
from edge.tap.errand import Errand, JudgedCard, TapResult
from edge.tap.fault import Fault
from edge.tap.inputs import InputBox
from edge.tap.late import CheckLate
from edge.tap.meeting import MeetingErrand
from edge.tap.scene import Scene, SceneState, Stage
from reader.apdu import CardConnection
from reader.errors import CardRemoved, ReaderError
from reader.evidence import CardEvidence, NeedsPassword, Password, PasswordState
from reader.memory import ChipMemory
from reader.profile import CardProfile
from reader.read import Reading
from reader.watch import CardLaid, CardLifted, ReaderReady, WaitingFor, Watcher
from verify.moment import Moment
from verify.verdict import Outcome, Verdict

CHOICE_SECONDS = 30.0
"""How long a card laid without a password stays powered."""
LINGER_SECONDS = 2.0
"""How long an outcome stays after the card is lifted."""
LINGER_REFUSED_SECONDS = 4.0
POLL_SECONDS = 0.1
RECHECK_SECONDS = 5.0
"""Between two tries of a log whose fault may pass, while nothing else happens."""

log = logging.getLogger("tramthe.tap")

_LEVELS = {SceneState.LOCKED: logging.ERROR, SceneState.FAULT: logging.ERROR}
_REFUSING = frozenset({SceneState.REFUSED, SceneState.UNEXPECTED})

Read = Callable[..., "Reading | NeedsPassword"]
"""`reader.read.read`: (card, profiles, password, card_access=..., known=...)."""
Asking = Callable[[], "Errand | None"]
"""Returns the errand of somebody who waits for a card now, None while nobody does."""


@dataclass(slots=True)
class _Laying:
    """The card that lies there now."""

    connection: CardConnection
    given: Inputs = field(default_factory=Inputs)
    """What the last attempt had at hand."""
    guessed: bool = False
    done: bool = False
    asked_until: float | None = None
    card_access: bytes | None = None


class TapLoop:
    """Turns watch events into scenes. `run` on a thread of its own.

    A card is for the first of `others` that waits for one, else for a locked desk while no
    meeting is open, else for the meeting.
    """

    def __init__(
        self,
        *,
        watcher: Watcher,
        read: Read,
        judge: Callable[[CardEvidence, Moment], Verdict],
        check_late: CheckLate,
        photo: Callable[[bytes], bytes | None],
        book: MeetingBook,
        stage: Stage,
        inputs: InputBox,
        now: Callable[[], Moment],
        monotonic: Callable[[], float],
        profiles: Sequence[CardProfile],
        on_result: Callable[[TapResult], None],
        desks: DeskDoor = NO_DESK,
        test_card: str | None = None,
        others: Sequence[Asking] = (),
    ) -> None:
        self._watcher = watcher
        self._read = read
        self._judge = judge
        self._book = book
        self._stage = stage
        self._inputs = inputs
        self._now = now
        self._monotonic = monotonic
        self._profiles = tuple(profiles)
        self._on_result = on_result
        self._others = tuple(others)
        self._memory = ChipMemory()
        self._stop: threading.Event | None = None
        self._desk = DeskErrand(
            book, stage, self._profiles, check_late, desks, monotonic, self._stopping
        )
        self._meeting = MeetingErrand(
            book, stage, self._profiles, check_late, photo, desks, now, monotonic, self._stopping,
            test_card,
        )  # fmt: skip
        self._laying: _Laying | None = None
        self._bounce = Bounce()
        self._idle_at: float | None = None
        self._recheck_at = 0.0
        self.reader: str | None = None
        self.waiting_for: str | None = "pcsc"
        self.turns = 0
        """Steps that came back, well or not: while they count up, cards are looked for."""

    def run(self, stop: threading.Event) -> None:
        """Serve taps until `stop` is set."""
        self._stop = stop
        try:
            while not stop.is_set():
                self._guarded_step()
                self.turns += 1
        finally:
            self._drop()
            self._watcher.close()

    def _stopping(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    def _guarded_step(self) -> None:
        """Take a step; a slip of ours ends this laying and never the thread.

        The text of an unforeseen error may hold data of a person: only its type is logged.
        """
        try:
            self.step(POLL_SECONDS)
        except Exception as error:  # noqa: BLE001 -- the last net under the one card thread
            log.critical("unforeseen %s while serving a card", type(error).__name__)
            self._drop()
            self._show(fault.state_of(Fault.INTERNAL), reason=Fault.INTERNAL)

    def step(self, timeout: float) -> None:
        """Take at most one watch event and do what is due."""
        match self._watcher.next_event(timeout):
            case WaitingFor(what=what):
                self._reader_gone(what)
            case ReaderReady(name=name):
                self.reader, self.waiting_for = name, "card"
                if self._laying is None:
                    self._rest()
            case CardLaid(connection=connection):
                self._drop()
                self._idle_at = None
                self._laying = _Laying(connection)
                if not self._slipped(self._laying):
                    self._bounce.forget()
                    self._try()
            case CardLifted():
                self._lifted()
            case None:
                self._tick()

    def _tick(self) -> None:
        now = self._monotonic()
        self._bounce.fade(now)
        laying = self._laying
        if laying is not None and laying.asked_until is not None and not laying.done:
            if self._errand().find(self._inputs.inputs, now) is not None:
                self._try()
            elif now >= laying.asked_until:
                self._drop_power(laying)
        if self._idle_at is not None and now >= self._idle_at:
            self._idle_at = None
            self._rest()
        if laying is None and self._idle_at is None and now >= self._recheck_at:
            self._recheck(now)

    def _recheck(self, now: float) -> None:
        """See whether a full or read-only disk takes events again."""
        self._recheck_at = now + RECHECK_SECONDS
        if self._stage.scene.state is not SceneState.LOCKED or self._book.fault not in TRANSIENT:
            return
        try:
            left = self._book.recheck()
        except EdgeError as error:
            log.error("the open meeting cannot be taken up: %s", error.message)
            left = None
        if left is None:
            self._rest()

    def _asked(self) -> Errand | None:
        """Return the errand of somebody beside desk and meeting who waits for a card."""
        return next((one for ask in self._others if (one := ask()) is not None), None)

    def _errand(self) -> Errand:
        """Return what a card laid now is for."""
        asked = self._asked()
        if asked is not None:
            return asked
        return self._desk if self._desk.waits else self._meeting

    def _slipped(self, laying: _Laying) -> bool:
        """Return whether this is the last card back after a slip, of which nothing new is said.

        A password at hand is for another card: then nothing is guessed. Nor where somebody asked
        for a card meanwhile, to whom this one was not shown.
        """
        now = self._monotonic()
        if not self._bounce.back(now, laying.connection.atr):
            return False
        if self._asked() or self._errand().find(self._inputs.inputs, now) is not None:
            return False
        laying.done = True
        tap = self._bounce.tap
        try:
            if tap is None or self._read_again(laying, tap):
                self._stage.show(replace(self._stage.scene, card_present=True))
                self._end(laying)
                return True
        except CardRemoved:
            return True  # once more; it may yet come to rest
        except ReaderError:
            pass  # said when it is read as any other card
        except EdgeError as error:
            self._end(laying)
            self._not_recorded(error, tap.access if tap else None, now)
            return True
        laying.done = False
        return False

    def _read_again(self, laying: _Laying, tap: LastTap) -> bool:
        """Return whether the chip of the last tap lies there; fetch the photo it still owes."""
        likely = careful(self._likely(tap.profile))
        known = self._memory.of(laying.connection.atr)
        got = self._read(laying.connection, likely, tap.password, known=known)
        if not isinstance(got, Reading) or not tap.is_of(got.evidence):
            return False
        if tap.owes is not None:
            tap = tap.once(tap.owes(got))
        self._bounce.ended(laying.connection.atr, tap)
        return True

    def _try(self) -> None:
        laying = self._laying
        if laying is None or laying.done:
            return
        started = self._monotonic()
        laying.given = self._inputs.inputs
        errand = self._errand()
        found = errand.find(laying.given, started)
        try:
            errand.ready()
            if found is not None or self._stage.scene.state is not SceneState.CHOOSE:
                self._show(SceneState.HOLD, card_present=True)
            self._attempt(laying, errand, found, started)
        except ReaderError as error:
            self._end(laying)
            what = fault.of_reader(error)
            removed = what is Fault.CARD_REMOVED
            self._show(fault.state_of(what), reason=what, card_present=not removed)
            errand.in_vain(what)
            self._report(found, started, fault=what)
        except EdgeError as error:
            self._end(laying)
            errand.in_vain(self._not_recorded(error, found, started))

    def _attempt(
        self, laying: _Laying, errand: Errand, found: access.Access | None, started: float
    ) -> None:
        password: Password | None = found.password if found else None
        got = self._read(
            laying.connection,
            self._likely(found.profile if found else None),
            password,
            card_access=laying.card_access,
            known=self._memory.of(laying.connection.atr),
        )
        match got:
            case NeedsPassword():
                self._needs_password(laying, errand, got, found, started)
            case Reading():
                self._inputs.forget(laying.given)
                laying.done = True
                self._serve(laying, errand, got, found, started)

    def _serve(
        self,
        laying: _Laying,
        errand: Errand,
        reading: Reading,
        found: access.Access | None,
        started: float,
    ) -> None:
        moment = self._now()
        verdict = self._judge(reading.evidence, moment)
        if verdict.outcome is Outcome.ACCEPTED:
            self._memory.keep(reading.evidence.atr, reading.known)
        served = errand.serve(JudgedCard(reading, verdict, moment, found, started))
        if served.tap is not None:
            self._bounce.ended(laying.connection.atr, served.tap)
        self._on_result(served.result)
        laying.connection.close()

    def _likely(self, name: str | None) -> tuple[CardProfile, ...]:
        """Return the profiles, the proposed one first."""
        return tuple(sorted(self._profiles, key=lambda profile: profile.name != name))

    def _needs_password(
        self,
        laying: _Laying,
        errand: Errand,
        need: NeedsPassword,
        found: access.Access | None,
        started: float,
    ) -> None:
        laying.card_access = need.chip_hint
        laying.guessed = need.state is not PasswordState.NONE_GIVEN
        reason = {
            PasswordState.NONE_GIVEN: None,
            PasswordState.WRONG: Fault.PASSWORD_WRONG,
            PasswordState.TOO_FEW_TRIES: Fault.PASSWORD_TRIES_LOW,
        }[need.state]
        if found is not None:
            self._inputs.forget(laying.given)
        if laying.guessed:
            self._end(laying)
            self._bounce.ended(laying.connection.atr, None)
        else:
            laying.asked_until = self._monotonic() + CHOICE_SECONDS
        self._show(
            SceneState.CHOOSE,
            kinds=need.kinds,
            tries_left=need.tries_left,
            wrong=laying.guessed,
            reason=reason,
            deadline=None if laying.guessed else self._now().at + timedelta(seconds=CHOICE_SECONDS),
            card_present=True,
        )
        errand.in_vain(reason or Fault.PASSWORD_NEEDED)
        if reason is not None:
            self._report(found, started, fault=reason)

    def _not_recorded(self, error: EdgeError, found: access.Access | None, started: float) -> str:
        """Show why nothing was recorded, and return the code."""
        state, reason = fault.of_edge(error, self._book.fault)
        log.log(_LEVELS.get(state, logging.INFO), "nothing was recorded: %s", reason)
        self._show(state, reason=reason, card_present=True)
        self._report(found, started, fault=reason)
        return reason

    def _report(self, found: access.Access | None, started: float, *, fault: str) -> None:
        seconds = self._monotonic() - started
        source = found.source if found else None
        self._on_result(TapResult(None, None, fault, source, seconds, 0, None))

    def _lifted(self) -> None:
        self._drop()
        self._bounce.lifted(self._monotonic())
        scene = self._stage.scene
        if scene.state is SceneState.CHOOSE and not scene.wrong:
            self._inputs.clear()
        self._stage.show(replace(scene, card_present=False))
        linger = LINGER_REFUSED_SECONDS if scene.state in _REFUSING else LINGER_SECONDS
        self._idle_at = self._monotonic() + linger

    def _drop_power(self, laying: _Laying) -> None:
        """Nobody chose in time: the card is let go and must be laid again."""
        self._end(laying)
        laying.asked_until = None
        self._rest(card_present=True)

    def _reader_gone(self, what: str) -> None:
        self._drop()
        self._bounce.forget()
        self.reader, self.waiting_for = None, what
        reason = Fault.PCSC_ABSENT if what == "pcsc" else Fault.READER_ABSENT
        self._show(SceneState.FAULT, reason=reason)

    @staticmethod
    def _end(laying: _Laying) -> None:
        """Ask nothing more of a card that still lies there."""
        laying.done = True
        laying.connection.close()

    def _drop(self) -> None:
        if self._laying is not None:
            self._laying.connection.close()
            self._laying = None

    def _rest(self, **fields: Any) -> None:
        """Invite the next card, or say that nothing can be recorded."""
        held = self._book.fault
        if held is None:
            self._show(SceneState.IDLE, **fields)
        else:
            self._show(SceneState.LOCKED, reason=held, **fields)

    def _show(self, state: SceneState, **fields: Any) -> None:
        self._stage.show(Scene(state, self._now().at, **fields))
