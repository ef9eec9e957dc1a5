"""*Ra về*: while it is on, a card of somebody who is here records that they leave."""

from __future__ import annotations

from edge.meeting.figures import State
from edge.meeting.roster import Roster
from edge.tap.admit import AdmitReason
from edge.tap.scene import SceneState
from edge.wire.kinds import EventKind

from .conftest import Rig, RigMaker


def _kinds(rig: Rig) -> list[EventKind]:
    """Return the events about people, leaving with them."""
    kinds = (EventKind.CHECK_IN, EventKind.DEPARTURE, EventKind.WITHDRAWN)
    return [event.kind for event in rig.log.events() if event.kind in kinds]


def _state(rig: Rig) -> State:
    person_id = rig.cast("member-1").roster_person_id
    lines = rig.book.require().lines
    return next(line.state for line in lines if line.person.id == person_id)


def test_somebody_leaves(rig: Rig) -> None:
    """One departure, in the look of "already", with the hour; the person was present."""
    rig.tap("member-1")
    rig.lift()
    rig.book.set_leaving(True)
    scene = rig.tap("member-1")
    assert scene.state is SceneState.ALREADY
    assert scene.left == rig.now().at
    assert scene.person is not None
    assert _kinds(rig) == [EventKind.CHECK_IN, EventKind.DEPARTURE]
    assert _state(rig) is State.LEFT_EARLY
    assert rig.present == 1


def test_somebody_leaves_twice(rig: Rig) -> None:
    """The second laying says since when they are gone, and brings nobody back."""
    rig.tap("member-1")
    rig.lift()
    rig.book.set_leaving(True)
    first = rig.tap("member-1")
    rig.lift()
    rig.wait(60)
    second = rig.tap("member-1")
    assert (second.state, second.left) == (SceneState.ALREADY, first.left)
    assert _kinds(rig) == [EventKind.CHECK_IN, EventKind.DEPARTURE, EventKind.CHECK_IN]
    assert _state(rig) is State.LEFT_EARLY


def test_somebody_comes_while_others_leave(rig: Rig) -> None:
    """Recorded as present: only who is here can leave."""
    rig.book.set_leaving(True)
    scene = rig.tap("member-1")
    assert (scene.state, scene.left) == (SceneState.ACCEPTED, None)
    assert _state(rig) is State.PRESENT


def test_somebody_comes_back_afterwards(rig: Rig) -> None:
    """The mode is off again: the card makes present as before."""
    rig.tap("member-1")
    rig.lift()
    rig.book.set_leaving(True)
    rig.tap("member-1")
    rig.lift()
    rig.wait(60)
    rig.book.set_leaving(False)
    scene = rig.tap("member-1")
    assert (scene.state, scene.left) == (SceneState.ACCEPTED, None)
    assert _state(rig) is State.PRESENT


def test_already_here_while_nobody_leaves(rig: Rig) -> None:
    """Without the mode a second tap is a second tap."""
    rig.tap("member-1")
    rig.lift()
    rig.wait(60)
    scene = rig.tap("member-1")
    assert (scene.state, scene.left) == (SceneState.ALREADY, None)
    assert _kinds(rig) == [EventKind.CHECK_IN, EventKind.CHECK_IN]


def test_a_false_photo_of_somebody_who_leaves(rig: Rig) -> None:
    """What this chip gave is withdrawn, the leaving too: nobody of that card was here."""
    member = rig.cast("changed-photo").roster_person_id or ""
    rig.book.set_leaving(True)
    rig.tap("changed-photo")
    assert rig.present == 0
    assert rig.book.require().attendance.of_person(member) is None
    assert _kinds(rig) == [EventKind.CHECK_IN, EventKind.WITHDRAWN]


def test_a_genuine_card_of_nobody_on_the_list(make_rig: RigMaker) -> None:
    """Its name is at hand for the desk, where a guest is entered, and not as the scene's person."""
    rig = make_rig()
    roster = rig.stage.cast.roster
    member = rig.cast("member-1").roster_person_id
    person = next(person for person in roster.people if person.id == member)
    left = tuple(other for other in roster.people if other.id != member)
    rig.book.replace_roster(Roster(roster.organisation, roster.code, left))
    rig.open()
    rig.inputs.typed(person.can or "")
    scene = rig.lay(rig.chip("member-1"))
    assert scene.reason == AdmitReason.NOT_ON_ROSTER
    assert (scene.holder, scene.person) == (person.name, None)


def test_a_passport_gives_no_name(rig: Rig) -> None:
    """Genuine, but no card of this door: no name is shown anywhere."""
    rig.inputs.scanned(rig.cast("passport").scanner_line or "")
    scene = rig.lay(rig.chip("passport"))
    assert (scene.holder, scene.person) == (None, None)
