"""A card at the door of a meeting: admitted or not, written down, then shown.

Lives here: the meeting's errand; a photo that comes late and does not match takes the green back.
Not here: the decisions (`admit`), what the log holds (`edge.meeting.book`), the laying (`flow`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from edge.meeting.book import MeetingBook
from edge.meeting.opening import PhotoPolicy
from edge.meeting.roster import Person
from edge.meeting.rules import MEETING_DOOR
from edge.people.visits import Laid
from edge.tap import access, desk, late
from edge.tap.access import Access, Inputs
from edge.tap.admit import Admission, AdmitReason, Decision, admit, is_test_card
from edge.tap.desk import DeskDoor
from edge.tap.errand import JudgedCard, Served, TapResult
from edge.tap.fault import Fault
from edge.tap.record import event_body, find_person, holder_key
from edge.tap.scene import Scene, SceneState, Stage
from reader.profile import CardProfile
from reader.read import Reading
from verify.moment import Moment
from verify.reasons import Reason
from verify.verdict import Check, Outcome, Verdict

_STATES = {
    Admission.ADMITTED: SceneState.ACCEPTED,
    Admission.ALREADY: SceneState.ALREADY,
    Admission.UNCONFIRMED: SceneState.UNCONFIRMED,
    Admission.REFUSED: SceneState.REFUSED,
    Admission.NOT_EXPECTED: SceneState.UNEXPECTED,
    Admission.NOT_ENTITLED: SceneState.UNEXPECTED,
    Admission.IDENTIFIED: SceneState.UNEXPECTED,
}
_PHOTO = frozenset({Admission.ADMITTED, Admission.ALREADY, Admission.UNCONFIRMED})
"""What a photo that does not match takes back."""
_NAMED = _PHOTO | {Admission.IDENTIFIED}


@dataclass(frozen=True, slots=True)
class MeetingErrand:
    """The open meeting, where a card is laid to be counted present."""

    book: MeetingBook
    stage: Stage
    profiles: Sequence[CardProfile]
    check_late: late.CheckLate
    photo: Callable[[bytes], bytes | None]
    desks: DeskDoor
    now: Callable[[], Moment]
    monotonic: Callable[[], float]
    stopping: Callable[[], bool]
    test_card: str | None

    def ready(self) -> None:
        """Raise MeetingState where no meeting is open."""
        self.book.require_list()

    def find(self, inputs: Inputs, now: float) -> Access | None:
        """Return what opens the card, by the meeting's list."""
        return access.find(inputs, now, self.book.list_of_meeting, self.profiles)

    def in_vain(self, code: str) -> None:
        """Do nothing: nobody but the holder waits for the outcome."""

    def serve(self, card: JudgedCard) -> Served:
        """Record and show what the card means at this door."""
        verdict, moment = card.verdict, card.moment
        if is_test_card(verdict, self.test_card):
            return self._tested(card)
        person = find_person(self.book.require_list(), verdict)
        key = person.person_key if person else holder_key(verdict)
        earlier = self.book.presence(self.book.tag(key)) if key else None
        leaving = self.book.leaving
        decision = admit(verdict, person, earlier, MEETING_DOOR, leaving=leaving)
        waited: late.LatePhoto | None = None
        if self.book.photo is PhotoPolicy.HOLD and decision.admission in _PHOTO:
            waited = late.demand(card.reading, self.check_late, self.stopping)
            decision = _with_photo(decision, waited)
        body = event_body(verdict, decision, card.reading.evidence)
        held = decision.earlier
        if leaving and person is not None and held is not None and held.left is None:
            left: datetime | None = moment.at
            event = self.book.depart(person, moment, body=body)
        else:
            left = None if held is None else held.left
            event = self.book.check_in(
                at=moment,
                outcome=decision.admission.value,
                reason=decision.reason,
                person=person,
                person_key=key,
                body=body,
            )
        self._show_decision(decision, person, event.seq, left, _holder(verdict, decision))
        seconds = self.monotonic() - card.started
        owes = partial(self._late_photo, decision, event.seq)
        photo = owes(card.reading, waited)
        self._open_desk(desk.opener(verdict, person, photo))
        result = TapResult(
            verdict=verdict,
            decision=decision,
            fault=None,
            source=card.source,
            seconds=seconds,
            apdus=card.reading.apdus,
            seq=event.seq,
            late=photo,
        )
        return Served(result, card.left(owes).once(photo))

    def _tested(self, card: JudgedCard) -> Served:
        """Say how the test card fared; nothing is recorded, and nothing is green."""
        sound = card.verdict.outcome is Outcome.ACCEPTED
        state = SceneState.UNEXPECTED if sound else SceneState.REFUSED
        reason = AdmitReason.TEST_CARD if sound else card.verdict.reason
        self.stage.show(Scene(state, self.now().at, reason=reason, card_present=True))
        seconds = self.monotonic() - card.started
        return Served(TapResult(None, None, AdmitReason.TEST_CARD, card.source, seconds, 0, None))

    def _open_desk(self, member: str | None) -> None:
        """Open the desk that waits for this card; the screen says so, whoever stands there."""
        if self.desks.laid(member) is Laid.OPENED:
            self.stage.show(replace(self.stage.scene, desk_opened=True))

    def _late_photo(
        self, decision: Decision, seq: int, reading: Reading, held: late.LatePhoto | None = None
    ) -> Check | None:
        """Fetch the photo after the verdict; a mismatch withdraws what this chip gave.

        `held`: it was read before anything was recorded, and is only shown.
        """
        if decision.admission not in _PHOTO:
            return None if held is None else held.check
        photo = held or late.fetch(reading, self.check_late, self.stopping)
        if photo.data is not None and self.book.photo is not PhotoPolicy.NONE:
            picture = self.photo(photo.data)
            unseen = None if picture is not None else Fault.PHOTO_UNREADABLE
            self.stage.show(replace(self.stage.scene, photo=picture, photo_fault=unseen))
        if photo.withdraws:
            reason = photo.check.reason or Reason.LATE_FILE_MISMATCH
            event = self.book.withdraw(seq, self.now(), reason)
            self.stage.show(
                Scene(
                    SceneState.REFUSED,
                    self.now().at,
                    reason=reason,
                    seq=event.seq,
                    card_present=True,
                )
            )
        return photo.check

    def _show_decision(
        self,
        decision: Decision,
        person: Person | None,
        seq: int,
        left: datetime | None,
        holder: str | None,
    ) -> None:
        named = person if decision.admission in _NAMED else None
        self.stage.show(
            Scene(
                _STATES[decision.admission],
                self.now().at,
                person=named.name if named else None,
                category=named.category.value if named else None,
                first_at=decision.earlier.since if decision.earlier else None,
                left=left,
                holder=holder,
                reason=decision.reason,
                seq=seq,
                card_present=True,
            )
        )


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
