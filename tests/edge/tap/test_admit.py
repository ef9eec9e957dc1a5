"""What a verdict means at the door of a meeting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edge.meeting.attendance import Presence
from edge.meeting.roster import Category, Person, Standing
from edge.meeting.rules import MEETING_DOOR
from edge.tap.admit import Admission, AdmitReason, admit
from verify.moment import Moment, TimeQuality
from verify.reasons import Reason
from verify.verdict import Basis, Check, CheckStatus, Outcome, Step, Verdict

T = datetime(2026, 11, 20, 12, tzinfo=UTC)
MEMBER = Person("r1", "Lò Thị Dợ", Category.OFFICIAL, number="990000017")
HERE = Presence(4, T, "r1")
GONE = replace(HERE, left=T, left_by=5)


def _verdict(outcome: Outcome, profile: str = "dang-vien", *checks: Check) -> Verdict:
    basis = Basis(profile, "test", Moment(T, TimeQuality.SYNCHRONISED))
    return Verdict(outcome, checks, basis, None)


STALE = Check(
    Step.CARD_STATUS, CheckStatus.INDETERMINATE, Reason.CARD_STATUS_STALE, freshness_only=True
)
DOUBT = Check(Step.CHIP, CheckStatus.INDETERMINATE, Reason.CHIP_AUTH_UNSUPPORTED)
LOST = Check(Step.CARD_STATUS, CheckStatus.FAILED, Reason.CARD_REPORTED_LOST)


def test_genuine_member() -> None:
    """A genuine card of somebody on the roster who is not here yet: ADMITTED."""
    decision = admit(_verdict(Outcome.ACCEPTED), MEMBER, None, MEETING_DOOR)
    assert (decision.admission, decision.reason) == (Admission.ADMITTED, None)


def test_same_person_again() -> None:
    """ALREADY, with the time of the first presence."""
    decision = admit(_verdict(Outcome.ACCEPTED), MEMBER, HERE, MEETING_DOOR)
    assert decision.admission is Admission.ALREADY
    assert decision.earlier == Presence(4, T, "r1")


def test_somebody_who_left_comes_back() -> None:
    """Admitted again: a departure ended the first presence."""
    decision = admit(_verdict(Outcome.ACCEPTED), MEMBER, GONE, MEETING_DOOR)
    assert decision.admission is Admission.ADMITTED


def test_genuine_card_of_somebody_else() -> None:
    """Genuine is not expected."""
    decision = admit(_verdict(Outcome.ACCEPTED), None, None, MEETING_DOOR)
    assert (decision.admission, decision.reason) == (
        Admission.NOT_EXPECTED,
        AdmitReason.NOT_ON_ROSTER,
    )


def test_genuine_passport_never_turns_a_meeting_green() -> None:
    """The door takes certain families only, whoever the holder is."""
    decision = admit(_verdict(Outcome.ACCEPTED, "icao"), MEMBER, None, MEETING_DOOR)
    assert decision.admission is Admission.NOT_EXPECTED


def test_citizen_card_only_identifies() -> None:
    """Before the person is in it only says who this is; afterwards it is the same person."""
    fresh = admit(_verdict(Outcome.ACCEPTED, "cccd"), MEMBER, None, MEETING_DOOR)
    again = admit(_verdict(Outcome.ACCEPTED, "cccd"), MEMBER, HERE, MEETING_DOOR)
    assert (fresh.admission, again.admission) == (Admission.IDENTIFIED, Admission.ALREADY)


def test_suspended_member() -> None:
    """Suspension is a state of the roster: a genuine card, no entitlement."""
    person = Person(
        "r1", "Lò Thị Dợ", Category.OFFICIAL, number="990000017", standing=Standing.SUSPENDED
    )
    assert admit(_verdict(Outcome.ACCEPTED), person, None, MEETING_DOOR).admission is (
        Admission.NOT_ENTITLED
    )


@pytest.mark.parametrize("earlier", [None, HERE])
def test_rejected_card(earlier: Presence | None) -> None:
    """REFUSED with the card's reason, even if that person is in already."""
    decision = admit(
        _verdict(Outcome.REJECTED, "dang-vien", LOST, STALE), MEMBER, earlier, MEETING_DOOR
    )
    assert (decision.admission, decision.reason) == (
        Admission.REFUSED,
        Reason.CARD_REPORTED_LOST,
    )


def test_lists_are_old_and_nothing_else() -> None:
    """Age alone becomes UNCONFIRMED: one touch records the member."""
    verdict = _verdict(Outcome.INDETERMINATE, "dang-vien", STALE)
    assert admit(verdict, MEMBER, None, MEETING_DOOR).admission is Admission.UNCONFIRMED
    assert admit(verdict, None, None, MEETING_DOOR).admission is Admission.NOT_EXPECTED


def test_any_other_doubt() -> None:
    """A doubt that is not age goes to the secretary, never to one touch."""
    verdict = _verdict(Outcome.INDETERMINATE, "dang-vien", STALE, DOUBT)
    decision = admit(verdict, MEMBER, None, MEETING_DOOR)
    assert (decision.admission, decision.reason) == (
        Admission.REFUSED,
        Reason.CHIP_AUTH_UNSUPPORTED,
    )


def test_verdict_used_as_a_truth_value() -> None:
    """`if verdict:` raises, so that no slip accepts a rejection."""
    with pytest.raises(TypeError):
        bool(_verdict(Outcome.REJECTED))
