"""Questions that come by way of the centre: taken to the counter, and told of how they stand.

Lives here: one pass, and what is remembered between two. Not here: whether a question may be asked
and what becomes of its card (`counter`, `errand`), the forms (`edge.wire.question`), what the
centre keeps (`provisioning.relay`), the loop (`edge.sync.repeat`).

The terminal asks; nothing reaches it from outside. While nothing is under way a pass waits at the
centre for a question; while one is, it waits here for a change and tells it. A question whose
terminal was switched off meanwhile is not taken up again: the centre ends it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.errors import (
    CentreBusy,
    CentreRefused,
    EdgeError,
    QuestionRefused,
    ReaderHeld,
    SealBroken,
    SessionOver,
    WireMalformed,
)
from edge.identity.key import TerminalIdentity
from edge.net.http import Http
from edge.procedure.card_access import password
from edge.procedure.counter import Asker, Refusal, Wanted
from edge.procedure.desk import CounterDesk
from edge.procedure.sessions import Answer as CardAnswer
from edge.procedure.sessions import Ended as Why
from edge.procedure.sessions import Session
from edge.procedure.slip import spoken
from edge.sync.centre_key import UNBELIEVED, CentreKey, not_the_centres
from edge.sync.repeat import Ended, PassLoop
from edge.sync.way import Way
from edge.wire.event import timestamp
from edge.wire.question import (
    MAX_ANSWER,
    MAX_TOLD,
    MAX_WAIT,
    NONCE_SIZE,
    Answer,
    Asked,
    Call,
    Sealed,
    open_answer,
    sign_call,
)
from edge.wire.question_told import Result, Told, seal_fields
from verify import receipt_jws
from verify.moment import Moment

PATH = "/v1/questions"
VIA = "qua trung tâm"
"""Said on the screen behind the name of who asks."""
LONGEST_WAIT = 30.0
"""Seconds, ceiling of the wait after a failure: somebody stands at a counter."""
REST = 1.0
"""Seconds between two calls that brought nothing, so that a full centre is not asked at once."""
CHANGE_SECONDS = 2.0
"""How long a pass waits for a change here, while a question is under way."""

_log = logging.getLogger("tramthe.procedure")


@dataclass(slots=True)
class _Held:
    """A question that was taken. `session`: its id at the counter, None where it was not asked."""

    session: str | None
    owner: str
    asked: Asked | None = field(repr=False)
    now: Told = field(repr=False)
    said: Told | None = field(default=None, repr=False)
    """What the centre has heard last."""
    seen: int = 0
    """Version at the counter that `now` says."""


class CentreQuestions:
    """Of one terminal at one centre; for one thread.

    `private(kid)`: the terminal's inbox key of that id, None where it is gone. `rng(n)`: n bytes.
    """

    def __init__(
        self,
        identity: TerminalIdentity,
        http: Http,
        centre_url: str,
        centre: CentreKey,
        *,
        private: Callable[[str], MLKEM768X25519PrivateKey | None],
        desk: Callable[[], CounterDesk],
        now: Callable[[], Moment],
        rng: Callable[[int], bytes],
    ) -> None:
        self._identity = identity
        self._way = Way(http, centre_url, lambda: identity.pair, patience=MAX_WAIT)
        self._centre = centre
        self._private = private
        self._desk = desk
        self._now = now
        self._rng = rng
        self._held: dict[str, _Held] = {}

    def run_once(self) -> Ended:
        """Tell what changed, take what is new. Never raises an EdgeError."""
        try:
            self._pass()
        except EdgeError as error:
            _log.warning("questions by way of the centre: %s", error.message)
            return Ended(False, after=error.after if isinstance(error, CentreBusy) else None)
        return Ended(True, more=bool(self._held))

    def _pass(self) -> None:
        at = self._now()
        self._way.begin(at.at)
        told = self._changes()
        answer = self._call(told, 0 if self._held else MAX_WAIT, at)
        for one in told:
            self._held[one.id].said = one
        self._held = {key: held for key, held in self._held.items() if held.said != held.now
                      or held.now.open}  # fmt: skip
        for question in answer.cancelled:
            self._cancel(question)
        for sealed in answer.questions:
            if sealed.id not in self._held and sealed.until > timestamp(self._now().at):
                self._held[sealed.id] = self._take(sealed)

    # Telling

    def _changes(self) -> tuple[Told, ...]:
        """Return what the centre has not heard yet, having waited a moment for it."""
        for held in self._held.values():
            if held.said != held.now or held.session is None:
                continue
            sessions = self._desk().counter.sessions
            sessions.wait(held.session, held.owner, held.seen, CHANGE_SECONDS)
        for question, held in self._held.items():
            self._look(question, held)
        unheard = [held.now for held in self._held.values() if held.said != held.now]
        return tuple(unheard[:MAX_TOLD])

    def _look(self, question: str, held: _Held) -> None:
        """Say of a question what the counter says of it now."""
        if held.session is None or not held.now.open:
            return
        session = self._desk().counter.sessions.of(held.session, held.owner)
        if session is None:
            held.now = replace(held.now, state="expired", why=Why.NO_CARD.value, hint=None)
        elif session.version > held.seen:
            held.seen = session.version
            held.now = _told(question, session, held.asked)

    def _call(self, told: tuple[Told, ...], wait: int, at: Moment) -> Answer:
        pair = self._identity.pair
        if pair.certificate is None:
            raise CentreRefused(
                "This terminal has no certificate yet.", next_step="Enrol the terminal."
            )
        nonce = self._rng(NONCE_SIZE)
        call = Call(self._identity.terminal_id, nonce, timestamp(at.at), wait, told)
        compact = sign_call(call, pair.key, pair.certificate).encode()
        data = self._way.ask("POST", PATH, compact, max_bytes=MAX_ANSWER, at=at.at)
        try:
            answer = open_answer(data.decode("ascii", "replace"), self._centre)
        except UNBELIEVED as error:
            raise not_the_centres() from error
        if answer.nonce != nonce or answer.terminal != self._identity.terminal_id:
            raise not_the_centres()
        return answer

    # Taking

    def _take(self, sealed: Sealed) -> _Held:
        """Ask at the counter; what cannot be asked is held as refused, until that was told."""
        owner = f"centre:{sealed.office.id}"
        try:
            asked = self._opened(sealed)
            asker = Asker(owner, f"{sealed.office.name} ({VIA})", sealed.office.origin)
            session = self._desk().counter.ask(asker, _wanted(asked))
        except ReaderHeld as error:
            return _refused(sealed.id, owner, "READER_HELD", error.holder)
        except QuestionRefused as error:
            return _refused(sealed.id, owner, error.fault)
        except (SealBroken, WireMalformed) as error:
            _log.warning("a question by way of the centre is not asked: %s", error.message)
            return _refused(sealed.id, owner, Refusal.QUESTION_UNFIT.value)
        now = _told(sealed.id, session, asked)
        return _Held(session.id, owner, asked, now, seen=session.version)

    def _opened(self, sealed: Sealed) -> Asked:
        private = self._private(sealed.kid)
        if private is None:
            raise SealBroken(
                "The question is sealed to a key that is gone.",
                next_step="The terminal tells its new key by itself; the office asks again.",
            )
        return sealed.open(self._identity.terminal_id, private)

    def _cancel(self, question: str) -> None:
        held = self._held.get(question)
        if held is None or held.session is None:
            return
        with contextlib.suppress(SessionOver):  # its card is being written down: it gets its answer
            self._desk().counter.sessions.cancel(held.session, held.owner, Why.BY_ASKER)


def build(
    identity: TerminalIdentity,
    http: Http,
    centre_url: str,
    centre: CentreKey,
    *,
    private: Callable[[str], MLKEM768X25519PrivateKey | None],
    desk: Callable[[], CounterDesk],
    now: Callable[[], Moment],
    rng: Callable[[int], bytes],
) -> PassLoop:
    """Return the loop that asks for questions; see `CentreQuestions`."""
    questions = CentreQuestions(
        identity, http, centre_url, centre, private=private, desk=desk, now=now, rng=rng
    )
    return PassLoop(questions.run_once, longest=LONGEST_WAIT, rest=REST)


def _told(question: str, session: Session, asked: Asked | None) -> Told:
    answer = session.answer
    result = None if answer is None or asked is None else _result(question, answer, asked)
    deadline = timestamp(session.deadline)
    return Told(question, session.state.value, deadline, session.hint, session.why, result=result)


def _result(question: str, answer: CardAnswer, asked: Asked) -> Result:
    verdict, salt = answer.verdict, answer.salt
    return Result(
        verdict.outcome.value.upper(),
        None if verdict.reason is None else verdict.reason.value,
        None if salt is None else seal_fields(question, answer.fields, salt, asked.reply_key),
        answer.receipt,
        spoken(receipt_jws.digest(answer.receipt)),
    )


def _refused(question: str, owner: str, why: str, holder: str | None = None) -> _Held:
    return _Held(None, owner, None, Told(question, "refused", why=why, holder=holder))


def _wanted(asked: Asked) -> Wanted:
    return Wanted(asked.procedure, asked.dossier, asked.nonce, asked.fields, password(asked.access))
