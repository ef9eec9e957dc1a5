"""A card that opens the desk: whose it must be, and what the terminal shows of it.

Lives here: the rule and the scene. Not here: which screen it opens (`edge.people.visits`), reading
(`flow`). Source: DESIGN section 9, a committee member's card opens the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from edge.meeting.roster import Person, Standing
from edge.meeting.rules import MEETING_DOOR
from edge.people.visits import Laid
from edge.tap.admit import AdmitReason
from edge.tap.scene import Scene, SceneState
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
