"""Does a verdict matter here? A pure rule, apart from whether the card is genuine.

Design: DESIGN section 3.2. A genuine foreign passport never turns a meeting green, and a card
that is not accepted never does, whoever it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import assert_never

from edge.meeting.attendance import Presence
from edge.meeting.roster import Person, Standing
from edge.meeting.rules import DoorRules
from verify.verdict import Outcome, Verdict


@unique
class Admission(StrEnum):
    """What a tap means at this door."""

    ADMITTED = "ADMITTED"
    ALREADY = "ALREADY"
    IDENTIFIED = "IDENTIFIED"
    NOT_EXPECTED = "NOT_EXPECTED"
    NOT_ENTITLED = "NOT_ENTITLED"
    UNCONFIRMED = "UNCONFIRMED"
    REFUSED = "REFUSED"


@unique
class AdmitReason(StrEnum):
    """Why a genuine card is not admitted here. Stable codes."""

    NOT_ON_ROSTER = "NOT_ON_ROSTER"
    PROFILE_NOT_EXPECTED = "PROFILE_NOT_EXPECTED"
    IDENTIFIED_FOR_HAND_ENTRY = "IDENTIFIED_FOR_HAND_ENTRY"
    SUSPENDED = "SUSPENDED"
    NO_MEETING = "NO_MEETING"
    NOT_COMMITTEE = "NOT_COMMITTEE"
    """Laid to open the desk, and not a committee member's."""
    TEST_CARD = "TEST_CARD"
    """The terminal's own card for trying it out: read and judged, never recorded."""
    SEVERAL_DESKS = "SEVERAL_DESKS"
    """Laid to open the desk while several screens waited for a card."""
    QUESTION_OVER = "QUESTION_OVER"
    """Laid for a question at the counter that was cancelled meanwhile: nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An admission with its reason code; `earlier` is set exactly with ALREADY."""

    admission: Admission
    reason: str | None
    earlier: Presence | None = None


def admit(
    verdict: Verdict,
    person: Person | None,
    earlier: Presence | None,
    door: DoorRules,
    *,
    leaving: bool = False,
) -> Decision:
    """Return what the verdict means at this door.

    `person` is the roster entry that the holder's person key names; `earlier` tells since when
    the person is here already, None for somebody who is not. While people leave (`leaving`),
    somebody who left is not back by laying the card once more.
    """
    if earlier is not None and earlier.left is not None and not leaving:
        earlier = None
    match verdict.outcome:
        case Outcome.REJECTED:
            return Decision(Admission.REFUSED, verdict.reason)
        case Outcome.INDETERMINATE:
            return _undecided(verdict, person, earlier, door)
        case Outcome.ACCEPTED:
            return _genuine(verdict.basis.profile, person, earlier, door)
        case _:
            assert_never(verdict.outcome)


def is_test_card(verdict: Verdict, number: str | None) -> bool:
    """Return whether this is the card with the number that is kept for trying the terminal out.

    By signed data only: a card that merely claims the number is judged and recorded as any other.
    """
    return number is not None and verdict.holder is not None and verdict.holder.number == number


def _genuine(
    profile: str, person: Person | None, earlier: Presence | None, door: DoorRules
) -> Decision:
    if profile not in door.admits | door.identifies:
        return Decision(Admission.NOT_EXPECTED, AdmitReason.PROFILE_NOT_EXPECTED)
    if person is None:
        return Decision(Admission.NOT_EXPECTED, AdmitReason.NOT_ON_ROSTER)
    if earlier is not None:
        return Decision(Admission.ALREADY, None, earlier)
    if person.standing is Standing.SUSPENDED:
        return Decision(Admission.NOT_ENTITLED, AdmitReason.SUSPENDED)
    if profile in door.admits:
        return Decision(Admission.ADMITTED, None)
    return Decision(Admission.IDENTIFIED, AdmitReason.IDENTIFIED_FOR_HAND_ENTRY)


def _undecided(
    verdict: Verdict, person: Person | None, earlier: Presence | None, door: DoorRules
) -> Decision:
    """Age alone may be overridden by one touch; any other doubt goes to the secretary."""
    if not verdict.freshness_only:
        return Decision(Admission.REFUSED, verdict.reason)
    as_if_genuine = _genuine(verdict.basis.profile, person, earlier, door)
    if as_if_genuine.admission is Admission.ADMITTED:
        return Decision(Admission.UNCONFIRMED, verdict.reason)
    return as_if_genuine
