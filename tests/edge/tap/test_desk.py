"""A committee member's card opens the desk that asks for it: with a meeting open, and without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.meeting.roster import Roster, Standing
from edge.people.visits import ASK_SECONDS, Laid
from edge.tap.admit import Admission, AdmitReason
from edge.tap.scene import SceneState
from edge.wire.kinds import EventKind
from tests.edge.conftest import AT
from tests.edge.tap.conftest import Rig, RigMaker
from verify.reasons import Reason

HERE = "the browser that asks"


@pytest.fixture
def closed(make_rig: RigMaker) -> Rig:
    """Return a terminal without a meeting, before which somebody opened the login page."""
    made = make_rig()
    made.visits.ask(HERE)
    return made


def of_committee(rig: Rig, key: str, standing: Standing = Standing.ACTIVE) -> None:
    """Make the holder of this card the committee's one member, from the next meeting on."""
    roster = rig.stage.cast.roster
    member = rig.cast(key).roster_person_id
    rig.book.replace_roster(
        Roster(
            roster.organisation,
            roster.code,
            tuple(
                replace(
                    p, committee=p.id == member, standing=standing if p.id == member else p.standing
                )
                for p in roster.people
            ),
        )
    )


def opened(rig: Rig) -> str | None:
    """Return whose card opened the desk of the browser that asks."""
    return rig.visits.granted(rig.visits.of(HERE))


def test_no_meeting_is_open(closed: Rig) -> None:
    """The card is read, judged and not recorded; the screen says what it did, then rests."""
    scene = closed.tap("member-1")
    assert closed.states == [SceneState.IDLE, SceneState.HOLD, SceneState.IDLE]
    assert (scene.desk_opened, scene.person, scene.photo) == (True, None, None)
    assert opened(closed) == closed.cast("member-1").roster_person_id
    assert closed.log.head().seq == 0
    (result,) = closed.results
    assert (result.decision, result.fault, result.seq) == (None, AdmitReason.NO_MEETING, None)
    closed.lift()
    assert not closed.scene.desk_opened


def test_nobody_asks_and_no_meeting_is_open(make_rig: RigMaker) -> None:
    """The card is not even read."""
    rig = make_rig()
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, AdmitReason.NO_MEETING)
    assert rig.results[0].apdus == 0


def test_the_card_waits_for_a_name(closed: Rig) -> None:
    """Laid first: its name is touched on the way to the desk, from the standing roster."""
    assert closed.lay(closed.chip("member-1")).state is SceneState.CHOOSE
    closed.choose("member-1")
    closed.wait(1.0)
    assert closed.scene.desk_opened
    assert opened(closed) is not None


def test_nobody_asks_any_more_when_the_name_is_touched(closed: Rig) -> None:
    """The card then finds no meeting and no desk."""
    closed.lay(closed.chip("member-1"))
    closed.wait(20.0)
    closed.seconds += ASK_SECONDS - 19
    closed.choose("member-1")
    closed.settle()
    assert not closed.scene.desk_opened
    assert opened(closed) is None


def test_a_meeting_is_open(rig: Rig) -> None:
    """One laying: present, recorded, and the desk is open; the screen says both."""
    rig.visits.ask(HERE)
    scene = rig.tap("member-1")
    assert (scene.state, scene.desk_opened) == (SceneState.ACCEPTED, True)
    assert scene.photo is not None
    assert rig.present == 1
    assert opened(rig) == rig.cast("member-1").roster_person_id


def test_somebody_already_present(rig: Rig) -> None:
    """The secretary, back from a break."""
    rig.tap("member-1")
    assert not rig.scene.desk_opened
    rig.lift()
    rig.visits.ask(HERE)
    scene = rig.tap("member-1")
    assert (scene.state, scene.desk_opened) == (SceneState.ALREADY, True)
    assert opened(rig) is not None


def test_laid_for_attendance_alone(rig: Rig) -> None:
    """Nobody asked: no desk opens, nor for whoever asks afterwards."""
    scene = rig.tap("member-1")
    assert not scene.desk_opened
    rig.visits.ask(HERE)
    rig.wait(1.0)
    assert opened(rig) is None


def test_two_screens_ask(closed: Rig) -> None:
    """Neither opens, and the screen says why."""
    closed.visits.ask("another browser")
    scene = closed.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, AdmitReason.SEVERAL_DESKS)
    assert opened(closed) is None


def test_two_screens_ask_in_a_meeting(rig: Rig) -> None:
    """The presence stands as ever."""
    rig.visits.ask(HERE)
    rig.visits.ask("another browser")
    scene = rig.tap("member-1")
    assert (scene.state, scene.desk_opened) == (SceneState.ACCEPTED, False)
    assert opened(rig) is None


@pytest.mark.parametrize("in_meeting", [False, True])
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("lost", Reason.CARD_REPORTED_LOST),
        ("withdrawn", Reason.CARD_WITHDRAWN),
        ("expired", Reason.CARD_EXPIRED),
        ("changed-photo", None),
    ],
)
def test_a_committee_members_card_that_is_not_good(
    key: str, reason: Reason | None, in_meeting: bool, make_rig: RigMaker
) -> None:
    """Reported lost, withdrawn, expired, its photo changed: it opens no desk."""
    rig = make_rig()
    of_committee(rig, key)
    if in_meeting:
        rig.open()
    rig.visits.ask(HERE)
    rig.inputs.typed(rig.cast(key).image.can or "")
    scene = rig.lay(rig.chip(key))
    assert not scene.desk_opened
    assert opened(rig) is None
    assert rig.visits.of(HERE).answer is Laid.TURNED_AWAY
    if not in_meeting:
        assert rig.log.head().seq == 0
        state = SceneState.UNEXPECTED if reason is None else SceneState.REFUSED
        assert (scene.state, scene.reason) == (state, reason or AdmitReason.NOT_COMMITTEE)


def test_a_good_card_of_the_committee_as_the_others_are_not(make_rig: RigMaker) -> None:
    """What the test above breaks was whole."""
    rig = make_rig()
    of_committee(rig, "member-2")
    rig.visits.ask(HERE)
    rig.inputs.typed(rig.cast("member-2").image.can or "")
    assert rig.lay(rig.chip("member-2")).desk_opened


def test_the_list_is_too_old(make_rig: RigMaker) -> None:
    """What one touch may override at the door opens no desk: the PIN does."""
    rig = make_rig(start=AT + timedelta(days=20))
    rig.open()
    rig.visits.ask(HERE)
    assert rig.tap("member-1").state is SceneState.UNCONFIRMED
    rig.lift()
    rig.book.close(rig.now())
    rig.visits.ask(HERE)
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, Reason.SIGNER_STATUS_STALE)
    assert opened(rig) is None


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.EXEMPT, Standing.ELSEWHERE])
def test_somebody_who_is_not_in_office_now(standing: Standing, make_rig: RigMaker) -> None:
    """Suspended, exempt or elsewhere: no desk, and the same words as for any other card."""
    rig = make_rig()
    of_committee(rig, "member-1", standing)
    rig.visits.ask(HERE)
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, AdmitReason.NOT_COMMITTEE)
    assert opened(rig) is None


def test_somebody_of_no_committee(make_rig: RigMaker) -> None:
    """A member like the others."""
    rig = make_rig()
    of_committee(rig, "member-2")
    rig.visits.ask(HERE)
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, AdmitReason.NOT_COMMITTEE)


@pytest.mark.parametrize("key", ["citizen", "passport"])
def test_a_card_of_another_family(key: str, closed: Rig) -> None:
    """A citizen card identifies the same person, and opens no desk."""
    line = closed.cast(key).scanner_line
    assert line is not None
    closed.inputs.scanned(line)
    scene = closed.lay(closed.chip(key))
    assert scene.state is SceneState.UNEXPECTED
    assert opened(closed) is None


def test_a_card_of_the_room_in_between(rig: Rig) -> None:
    """Somebody taps first and is refused: the login page is told, and goes on asking."""
    rig.visits.ask(HERE)
    assert rig.tap("expired").state is SceneState.REFUSED
    assert rig.visits.of(HERE).answer is Laid.TURNED_AWAY
    rig.lift()
    assert rig.tap("member-1").desk_opened


def test_what_is_written_of_it(rig: Rig) -> None:
    """A tap that opened the desk is a check-in like any other."""
    rig.visits.ask(HERE)
    rig.tap("member-1")
    (event,) = rig.recorded()
    assert (event.kind, event.outcome) == (EventKind.CHECK_IN, Admission.ADMITTED.value)
