"""A card laid at the counter: judged, written down, its receipt signed, and only then shown.

Lives here: the errand of one question. Not here: asking (`counter`), the contexts of the log
(`day`), the laying (`edge.tap.flow`).

The order holds: the verification is durable before the receipt names it; the receipt is durable
before anybody has it. A card of a family that the procedure does not take answers nothing: it is
recorded, and the question goes on waiting for the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.errors import EdgeError
from edge.meeting.sheet_jws import Signer
from edge.procedure import fields
from edge.procedure.catalogue import PhotoShown
from edge.procedure.day import CounterDay
from edge.procedure.sessions import Answer, Session, Sessions
from edge.procedure.shown_photo import with_photo
from edge.tap import access, late
from edge.tap.access import Access, Inputs, PasswordSource
from edge.tap.admit import AdmitReason, is_test_card
from edge.tap.errand import JudgedCard, Served, at_counter
from edge.tap.fault import Fault
from edge.tap.record import holder_key, verdict_body
from edge.tap.scene import Scene, SceneState, Stage
from edge.wire.event import Event
from edge.wire.kinds import VerificationOutcome
from reader.profile import CardProfile
from verify import receipt, receipt_jws
from verify.moment import Moment
from verify.verdict import Outcome, Verdict

_SPENT = frozenset({Fault.PASSWORD_WRONG, Fault.PASSWORD_TRIES_LOW})
STATES: Mapping[Outcome, SceneState] = {
    Outcome.ACCEPTED: SceneState.ACCEPTED,
    Outcome.INDETERMINATE: SceneState.UNCONFIRMED,
    Outcome.REJECTED: SceneState.REFUSED,
}
"""What lamp and pages say of an answer."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every card at the counter needs."""

    day: CounterDay
    sessions: Sessions
    stage: Stage
    profiles: Sequence[CardProfile]
    sign: Signer
    terminal: str
    check_late: late.CheckLate
    photo: Callable[[bytes], bytes | None]
    now: Callable[[], Moment]
    monotonic: Callable[[], float]
    rng: Callable[[int], bytes]
    test_card: str | None


@dataclass(frozen=True, slots=True)
class CounterErrand:
    """One question that waits for its card."""

    session: Session
    tools: Tools

    def ready(self) -> None:
        """Take note that a card was laid."""
        self.tools.sessions.begin(self.session.id)

    def find(self, inputs: Inputs, now: float) -> Access | None:
        """Return what opens the card: what lies at hand here, else what the asker gave."""
        found = access.find(inputs, now, None, self.tools.profiles)
        given = self.session.question.password
        if found is None and given is not None:
            return Access(given, PasswordSource.REQUEST, None)
        return found

    def in_vain(self, code: str) -> None:
        """Go on waiting; a password that the asker gave is not tried a second time."""
        self.tools.sessions.go_on(self.session.id, code, spent=code in _SPENT)

    def serve(self, card: JudgedCard) -> Served:
        """Answer the question, or say why this card does not."""
        if is_test_card(card.verdict, self.tools.test_card):
            return self._not_the_one(card, AdmitReason.TEST_CARD, SceneState.UNEXPECTED, None)
        verdict, picture = self._with_photo(card)
        question = self.session.question
        if not self.tools.sessions.settle(self.session.id):
            return self._not_the_one(card, AdmitReason.QUESTION_OVER, SceneState.IDLE, None)
        taken = question.procedure.takes(verdict.basis.profile)
        if not taken and verdict.outcome is not Outcome.REJECTED:
            why = AdmitReason.PROFILE_NOT_EXPECTED
            event = self._record(card, verdict, VerificationOutcome.NOT_TAKEN, why)
            return self._not_the_one(card, why, SceneState.UNEXPECTED, self._place(event))
        return self._answer(card, verdict, picture)

    # Steps

    def _answer(self, card: JudgedCard, verdict: Verdict, picture: bytes | None) -> Served:
        question, tools = self.session.question, self.tools
        values = fields.take(verdict, question.procedure, question.request.fields)
        salt = tools.rng(receipt.SALT_SIZE) if values else None
        try:
            event = self._record(card, verdict, verdict.outcome.name, verdict.reason)
            compact = self._signed(verdict, event, values, salt)
            tools.day.keep(event, compact, tools.now())
        except EdgeError as error:
            tools.sessions.fail(self.session.id, getattr(error, "fault", type(error).__name__))
            raise
        place = self._place(event)
        tools.stage.show(
            Scene(
                STATES[verdict.outcome],
                tools.now().at,
                reason=verdict.reason,
                seq=event.seq,
                card_present=True,
                counter=True,
            )
        )
        day = event.context or ""
        answer = Answer(verdict, values, salt, compact, card.moment.at, day, place, picture)
        tools.sessions.finish(self.session.id, answer)
        return at_counter(card, tools.monotonic(), verdict, place=place, why=None)

    def _record(self, card: JudgedCard, verdict: Verdict, outcome: str, why: str | None) -> Event:
        request = self.session.question.request
        body: Mapping[str, Any] = verdict_body(verdict) | {
            "procedure": request.procedure,
            "dossier": request.dossier,
            "origin": request.origin,
            "nonce": request.nonce,
            "fields": list(request.fields),
            "asker": self.session.question.asker,
        }
        return self.tools.day.record(
            card.moment,
            outcome=outcome,
            reason=why,
            person_key=holder_key(verdict),
            body=body,
        )

    def _signed(
        self, verdict: Verdict, event: Event, values: Mapping[str, str], salt: bytes | None
    ) -> str:
        place = receipt.Place(self.tools.terminal, event.epoch, event.seq, event.hash)
        handed = None if salt is None else receipt.handed_digest(values, salt)
        made = receipt.of_verdict(verdict, self.session.question.request, place, handed=handed)
        return self.tools.sign(receipt_jws.to_payload(made), receipt_jws.TYP)

    def _place(self, event: Event) -> int:
        return self.tools.day.place(event)

    def _with_photo(self, card: JudgedCard) -> tuple[Verdict, bytes | None]:
        """Return the verdict and the picture to show, where the procedure shows one."""
        if self.session.question.procedure.photo is not PhotoShown.SHOW:
            return card.verdict, None
        return with_photo(card, self.tools.check_late, self.tools.photo)

    def _not_the_one(
        self, card: JudgedCard, why: str, state: SceneState, place: int | None
    ) -> Served:
        """Say that this card answers nothing; the question goes on waiting."""
        self.tools.sessions.go_on(self.session.id, why)
        scene = Scene(state, self.tools.now().at, reason=why, card_present=True, counter=True)
        self.tools.stage.show(scene)
        return at_counter(card, self.tools.monotonic(), None, place=place, why=why)
