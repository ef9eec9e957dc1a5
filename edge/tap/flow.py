"""One tap from the laying to the lamp: the only thread that talks to the card.

Lives here: the order of things. Read, judge, decide, write down, and only then show; a photo
that comes late and does not match takes the green back. Not here: any of the decisions
themselves (`access`, `verify.pipeline`, `admit`), words and lights.

A card laid without a password is a state, not an error: it stays powered while somebody
touches a name. One guess per laying.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from edge.errors import EdgeError
from edge.log.fault import TRANSIENT
from edge.meeting.book import MeetingBook
from edge.meeting.opening import PhotoPolicy
from edge.meeting.roster import Person
from edge.meeting.rules import MEETING_DOOR
from edge.people.visits import Laid
from edge.tap import access, desk, fault, late
from edge.tap.access import Inputs
from edge.tap.admit import Admission, AdmitReason, Decision, admit, is_test_card
from edge.tap.bounce import Bounce, LastTap, careful
from edge.tap.desk import NO_DESK, DeskDoor
from edge.tap.fault import Fault
from edge.tap.inputs import InputBox
from edge.tap.record import event_body, find_person, holder_key
from edge.tap.scene import Scene, SceneState, Stage
from reader.apdu import CardConnection
from reader.errors import CardRemoved, ReaderError
from reader.evidence import CardEvidence, NeedsPassword, Password, PasswordState
from reader.lds.files import FileId
from reader.memory import ChipMemory
from reader.profile import CardProfile
from reader.read import Reading
from reader.watch import CardLaid, CardLifted, ReaderReady, WaitingFor, Watcher
from verify.moment import Moment
from verify.reasons import Reason
from verify.verdict import Check, CheckStatus, Outcome, Verdict

CHOICE_SECONDS = 30.0
"""How long a card laid without a password stays powered."""
LINGER_SECONDS = 2.0
"""How long an outcome stays after the card is lifted."""
LINGER_REFUSED_SECONDS = 4.0
POLL_SECONDS = 0.1
RECHECK_SECONDS = 5.0
"""Between two tries of a log whose fault may pass, while nothing else happens."""

log = logging.getLogger("tramthe.tap")

_STATES = {
    Admission.ADMITTED: SceneState.ACCEPTED,
    Admission.ALREADY: SceneState.ALREADY,
    Admission.UNCONFIRMED: SceneState.UNCONFIRMED,
    Admission.REFUSED: SceneState.REFUSED,
    Admission.NOT_EXPECTED: SceneState.UNEXPECTED,
    Admission.NOT_ENTITLED: SceneState.UNEXPECTED,
    Admission.IDENTIFIED: SceneState.UNEXPECTED,
}
_LEVELS = {SceneState.LOCKED: logging.ERROR, SceneState.FAULT: logging.ERROR}
_PHOTO = frozenset({Admission.ADMITTED, Admission.ALREADY, Admission.UNCONFIRMED})
"""What a photo that does not match takes back."""
_REFUSING = frozenset({SceneState.REFUSED, SceneState.UNEXPECTED})


@dataclass(frozen=True, slots=True)
class TapResult:
    """How one laying ended, for the table of the demonstration and for counters."""

    verdict: Verdict | None = field(repr=False)
    decision: Decision | None
    fault: str | None
    """Why there is no decision: a `Fault`, a `LogFault` or NO_MEETING."""
    source: access.PasswordSource | None
    seconds: float
    apdus: int
    seq: int | None
    late: Check | None = None


Read = Callable[..., "Reading | NeedsPassword"]
"""`reader.read.read`: (card, profiles, password, card_access=..., known=...)."""


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
    """Turns watch events into scenes. `run` on a thread of its own."""

    def __init__(
        self,
        *,
        watcher: Watcher,
        read: Read,
        judge: Callable[[CardEvidence, Moment], Verdict],
        check_late: Callable[[bytes, FileId, bytes], Check],
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
    ) -> None:
        self._watcher = watcher
        self._read = read
        self._judge = judge
        self._check_late = check_late
        self._photo = photo
        self._book = book
        self._stage = stage
        self._inputs = inputs
        self._now = now
        self._monotonic = monotonic
        self._profiles = tuple(profiles)
        self._on_result = on_result
        self._desks = desks
        self._test_card = test_card
        self._memory = ChipMemory()
        self._stopping: Callable[[], bool] = lambda: False
        self._laying: _Laying | None = None
        self._bounce = Bounce()
        self._idle_at: float | None = None
        self._recheck_at = 0.0
        self.reader: str | None = None
        self.waiting_for: str | None = "pcsc"

    def run(self, stop: threading.Event) -> None:
        """Serve taps until `stop` is set."""
        self._stopping = stop.is_set
        try:
            while not stop.is_set():
                self._guarded_step()
        finally:
            self._drop()
            self._watcher.close()

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
            if self._find(self._inputs.inputs, now) is not None:
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

    def _find(self, inputs: Inputs, now: float) -> access.Access | None:
        roster = self._book.roster if self._for_desk() else self._book.list_of_meeting
        return access.find(inputs, now, roster, self._profiles)

    def _for_desk(self) -> bool:
        """Return whether a card laid now can only open a desk: no meeting is open."""
        return self._book.list_of_meeting is None and self._desks.asked()

    def _slipped(self, laying: _Laying) -> bool:
        """Return whether this is the last card back after a slip, of which nothing new is said.

        A password at hand is for another card: then nothing is guessed.
        """
        now = self._monotonic()
        if not self._bounce.back(now, laying.connection.atr):
            return False
        if self._find(self._inputs.inputs, now) is not None:
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
        if tap.photo_missing:
            photo = self._late_photo(got, tap.decision, tap.seq)
            tap = replace(tap, late=photo)
        self._bounce.ended(laying.connection.atr, tap)
        return True

    def _try(self) -> None:
        laying = self._laying
        if laying is None or laying.done:
            return
        started = self._monotonic()
        laying.given = self._inputs.inputs
        found = self._find(laying.given, started)
        try:
            if not self._for_desk():
                self._book.require_list()
            if found is not None or self._stage.scene.state is not SceneState.CHOOSE:
                self._show(SceneState.HOLD, card_present=True)
            self._attempt(laying, found, started)
        except ReaderError as error:
            self._end(laying)
            self._failed(fault.of_reader(error), found, started)
        except EdgeError as error:
            self._end(laying)
            self._not_recorded(error, found, started)

    def _attempt(self, laying: _Laying, found: access.Access | None, started: float) -> None:
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
                self._needs_password(laying, got, found, started)
            case Reading():
                self._inputs.forget(laying.given)
                laying.done = True
                if self._for_desk():
                    self._judged_for_desk(laying, got, found, started)
                else:
                    self._judged(laying, got, found, started)

    def _likely(self, name: str | None) -> tuple[CardProfile, ...]:
        """Return the profiles, the proposed one first."""
        return tuple(sorted(self._profiles, key=lambda profile: profile.name != name))

    def _needs_password(
        self, laying: _Laying, need: NeedsPassword, found: access.Access | None, started: float
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
        if reason is not None:
            self._report(found, started, fault=reason)

    def _judged(
        self,
        laying: _Laying,
        reading: Reading,
        found: access.Access | None,
        started: float,
    ) -> None:
        moment = self._now()
        verdict = self._judge(reading.evidence, moment)
        if verdict.outcome is Outcome.ACCEPTED:
            self._memory.keep(reading.evidence.atr, reading.known)
        if is_test_card(verdict, self._test_card):
            self._tested(laying, verdict, found, started)
            return
        person = find_person(self._book.require_list(), verdict)
        key = person.person_key if person else holder_key(verdict)
        earlier = self._book.presence(self._book.tag(key)) if key else None
        leaving = self._book.leaving
        decision = admit(verdict, person, earlier, MEETING_DOOR, leaving=leaving)
        waited: late.LatePhoto | None = None
        if self._book.photo is PhotoPolicy.HOLD and decision.admission in _PHOTO:
            waited = late.fetch(reading, self._check_late, self._stopping)
            if waited.check.status is CheckStatus.NOT_RUN:
                self._end(laying)
                self._failed(Fault.CARD_REMOVED, found, started)
                return
            decision = _with_photo(decision, waited)
        body = event_body(verdict, decision, reading.evidence)
        held = decision.earlier
        if leaving and person is not None and held is not None and held.left is None:
            left: datetime | None = moment.at
            event = self._book.depart(person, moment, body=body)
        else:
            left = None if held is None else held.left
            event = self._book.check_in(
                at=moment,
                outcome=decision.admission.value,
                reason=decision.reason,
                person=person,
                person_key=key,
                body=body,
            )
        holder = _holder(verdict, decision)
        self._show_decision(decision, person, event.seq, left=left, holder=holder)
        seconds = self._monotonic() - started
        photo = self._late_photo(reading, decision, event.seq, waited)
        result = TapResult(
            verdict=verdict,
            decision=decision,
            fault=None,
            source=found.source if found else None,
            seconds=seconds,
            apdus=reading.apdus,
            seq=event.seq,
            late=photo,
        )
        signed = reading.evidence.files.get(FileId.SOD)
        tap = LastTap(decision, event.seq, signed, found, photo)
        self._bounce.ended(laying.connection.atr, tap)
        self._open_desk(desk.opener(verdict, person, photo))
        self._on_result(result)
        laying.connection.close()

    def _tested(
        self, laying: _Laying, verdict: Verdict, found: access.Access | None, started: float
    ) -> None:
        """Say how the test card fared; nothing is recorded, and nothing is green."""
        sound = verdict.outcome is Outcome.ACCEPTED
        state = SceneState.UNEXPECTED if sound else SceneState.REFUSED
        reason = AdmitReason.TEST_CARD if sound else verdict.reason
        laying.connection.close()
        self._show(state, reason=reason, card_present=True)
        self._report(found, started, fault=AdmitReason.TEST_CARD)

    def _open_desk(self, member: str | None) -> None:
        """Open the desk that waits for this card; the screen says so, whoever stands there."""
        if self._desks.laid(member) is Laid.OPENED:
            self._stage.show(replace(self._stage.scene, desk_opened=True))

    def _judged_for_desk(
        self,
        laying: _Laying,
        reading: Reading,
        found: access.Access | None,
        started: float,
    ) -> None:
        """Judge a card that is laid to open the desk; nothing is recorded of it."""
        moment = self._now()
        verdict = self._judge(reading.evidence, moment)
        roster = self._book.roster
        person = find_person(roster, verdict) if roster is not None else None
        member = desk.opener(verdict, person, None)
        if member is not None:
            photo = late.fetch(reading, self._check_late, self._stopping)
            member = desk.opener(verdict, person, photo.check)
        laid = self._desks.laid(member)
        self._stage.show(desk.scene(laid, verdict, moment.at))
        laying.connection.close()
        self._report(found, started, fault=AdmitReason.NO_MEETING)

    def _late_photo(
        self,
        reading: Reading,
        decision: Decision,
        seq: int,
        held: late.LatePhoto | None = None,
    ) -> Check | None:
        """Fetch the photo after the verdict; a mismatch withdraws what this chip gave.

        `held`: it was read before anything was recorded, and is only shown.
        """
        if decision.admission not in _PHOTO:
            return None if held is None else held.check
        photo = held or late.fetch(reading, self._check_late, self._stopping)
        if photo.data is not None and self._book.photo is not PhotoPolicy.NONE:
            picture = self._photo(photo.data)
            unseen = None if picture is not None else Fault.PHOTO_UNREADABLE
            self._stage.show(replace(self._stage.scene, photo=picture, photo_fault=unseen))
        if photo.withdraws:
            reason = photo.check.reason or Reason.LATE_FILE_MISMATCH
            event = self._book.withdraw(seq, self._now(), reason)
            self._show(SceneState.REFUSED, reason=reason, seq=event.seq, card_present=True)
        return photo.check

    def _show_decision(
        self,
        decision: Decision,
        person: Person | None,
        seq: int,
        *,
        left: datetime | None,
        holder: str | None,
    ) -> None:
        named = decision.admission in (
            Admission.ADMITTED,
            Admission.ALREADY,
            Admission.UNCONFIRMED,
            Admission.IDENTIFIED,
        )
        self._show(
            _STATES[decision.admission],
            person=person.name if person and named else None,
            category=person.category.value if person and named else None,
            first_at=decision.earlier.since if decision.earlier else None,
            left=left,
            holder=holder,
            reason=decision.reason,
            seq=seq,
            card_present=True,
        )

    def _failed(self, what: Fault, found: access.Access | None, started: float) -> None:
        removed = what is Fault.CARD_REMOVED
        self._show(fault.state_of(what), reason=what, card_present=not removed)
        self._report(found, started, fault=what)

    def _not_recorded(self, error: EdgeError, found: access.Access | None, started: float) -> None:
        state, reason = fault.of_edge(error, self._book.fault)
        log.log(_LEVELS.get(state, logging.INFO), "nothing was recorded: %s", reason)
        self._show(state, reason=reason, card_present=True)
        self._report(found, started, fault=reason)

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


def _holder(verdict: Verdict, decision: Decision) -> str | None:
    """Return the name to offer for a guest: of a genuine card whose holder is on no list."""
    if decision.reason != AdmitReason.NOT_ON_ROSTER or verdict.outcome is not Outcome.ACCEPTED:
        return None
    return verdict.holder.name if verdict.holder is not None else None


def _with_photo(decision: Decision, photo: late.LatePhoto) -> Decision:
    """Return the decision once the photo is there: one that does not match is refused."""
    if not photo.withdraws:
        return decision
    reason = photo.check.reason or Reason.LATE_FILE_MISMATCH
    return Decision(Admission.REFUSED, reason)
