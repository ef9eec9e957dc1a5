"""A card that opens the desk: whose it must be, and what the terminal shows of it.

Lives here: the rule, the scene, and the errand of a card laid for the desk alone. Not here: which
screen it opens (`edge.people.visits`), the laying (`flow`).
Source: DESIGN section 9, a committee member's card opens the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from edge.meeting.book import MeetingBook
from edge.meeting.roster import Person, Standing
from edge.meeting.rules import MEETING_DOOR
from edge.people.visits import Laid
from edge.tap import access, late
from edge.tap.access import Access, Inputs
from edge.tap.admit import AdmitReason
from edge.tap.errand import JudgedCard, Served, TapResult
from edge.tap.record import find_person
from edge.tap.scene import Scene, SceneState, Stage
from reader.profile import CardProfile
from verify.verdict import Check, CheckStatus, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class DeskDoor:
    """The locked desks, as the tap thread knows them."""

    asked: Callable[[], bool]
    """Whether some login page waits for a card."""
    laid: Callable[[str | None], Laid]
    """Tells of a card: the committee member's roster id, None for any other."""


NO_DESK = DeskDoor(asked=lambda: False, laid=lambda _: Laid.NOBODY_ASKED)


def opener(verdict: Verdict, person: Person | None, photo: Check | None) -> str | None:
    """Return the roster id of the committee member whose card this is, None for any other.

    Only a card of the Party, accepted in full; what may be overridden at the door by one touch
    opens no desk. `photo`: how its late file ended.
    """
    if verdict.outcome is not Outcome.ACCEPTED or verdict.basis.profile not in MEETING_DOOR.admits:
        return None
    if photo is not None and photo.status is CheckStatus.FAILED:
        return None
    if person is None or not person.committee or person.standing is not Standing.ACTIVE:
        return None
    return person.id


def scene(laid: Laid, verdict: Verdict, at: datetime) -> Scene:
    """Return what is shown of a card that was laid for the desk alone: no meeting is open."""
    match laid:
        case Laid.OPENED:
            return Scene(SceneState.IDLE, at, desk_opened=True, card_present=True)
        case Laid.SEVERAL_ASK:
            reason: str = AdmitReason.SEVERAL_DESKS
        case Laid.TURNED_AWAY:
            reason = verdict.reason or AdmitReason.NOT_COMMITTEE
        case Laid.NOBODY_ASKED:
            reason = AdmitReason.NO_MEETING
        case _:
            assert_never(laid)
    rejected = verdict.outcome is Outcome.REJECTED
    state = SceneState.REFUSED if rejected else SceneState.UNEXPECTED
    return Scene(state, at, reason=reason, card_present=True)


@dataclass(frozen=True, slots=True)
class DeskErrand:
    """A locked desk that waits for a card while no meeting is open; nothing is recorded of it."""

    book: MeetingBook
    stage: Stage
    profiles: Sequence[CardProfile]
    check_late: late.CheckLate
    desks: DeskDoor
    monotonic: Callable[[], float]
    stopping: Callable[[], bool]

    @property
    def waits(self) -> bool:
        """Whether a card laid now can only open a desk."""
        return self.book.list_of_meeting is None and self.desks.asked()

    def ready(self) -> None:
        """Do nothing: a desk can always be opened."""

    def find(self, inputs: Inputs, now: float) -> Access | None:
        """Return what opens the card, by the standing roster."""
        return access.find(inputs, now, self.book.roster, self.profiles)

    def in_vain(self, code: str) -> None:
        """Do nothing: the login page goes on waiting."""

    def serve(self, card: JudgedCard) -> Served:
        """Open the desk for a committee member's card."""
        verdict, roster = card.verdict, self.book.roster
        person = find_person(roster, verdict) if roster is not None else None
        member = opener(verdict, person, None)
        if member is not None:
            photo = late.fetch(card.reading, self.check_late, self.stopping)
            member = opener(verdict, person, photo.check)
        laid = self.desks.laid(member)
        self.stage.show(scene(laid, verdict, card.moment.at))
        seconds = self.monotonic() - card.started
        return Served(TapResult(None, None, AdmitReason.NO_MEETING, card.source, seconds, 0, None))
