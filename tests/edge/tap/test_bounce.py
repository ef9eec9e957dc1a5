"""A card that slips off the reader and is back at once is one tap, and nobody else's."""

from __future__ import annotations

import contextlib

import pytest

from edge.tap.access import PasswordSource
from edge.tap.bounce import BOUNCE_SECONDS
from edge.tap.fault import Fault
from edge.tap.scene import Scene, SceneState
from edge.wire.kinds import EventKind
from provisioning import people
from provisioning.softcard.chip import Chip
from provisioning.softcard.slot import Card
from reader.errors import CardStalled
from tests.edge.tap.conftest import Counting, Rig
from tests.edge.tap.test_flow_bad_input import file_size_limit
from verify.reasons import Reason

SOON = 0.4  # seconds between lifted and laid: a slip


def slip(rig: Rig, card: Card, *, after: float = SOON, tear_after: int | None = None) -> None:
    """Lift what lies there and lay this card after a moment."""
    rig.reader.lift()
    rig.settle()
    rig.wait(after)
    rig.lay(card, tear_after=tear_after)


def test_it_slips_after_the_lamp_is_green(rig: Rig) -> None:
    """One event, one outcome, one screen, however often; afterwards the outcome lingers."""
    chip = rig.chip("member-1")
    rig.choose("member-1")
    rig.lay(chip)
    for _ in range(3):
        slip(rig, chip)
        assert rig.scene.card_present
    assert rig.states == [SceneState.IDLE, SceneState.HOLD, SceneState.ACCEPTED]
    assert [event.kind for event in rig.recorded()] == [EventKind.CHECK_IN]
    assert (len(rig.results), rig.present) == (1, 1)
    assert rig.scene.person == people.NGOC.person.name
    assert rig.scene.photo is not None
    rig.lift()
    assert rig.shows(SceneState.IDLE)


def test_it_slips_at_any_moment_of_a_reading(rig: Rig) -> None:
    """Torn away before its end and back: read then, once."""
    chip = rig.chip("member-1")
    rig.choose("member-1")
    for after in range(0, 12, 3):
        rig.lay(chip, tear_after=after)
        rig.wait(SOON)
        assert rig.recorded() == []
    rig.lay(chip)
    assert rig.shows(SceneState.ACCEPTED)
    assert len(rig.recorded()) == rig.present == 1


def test_it_slips_again_while_it_is_looked_at(rig: Rig) -> None:
    """A slip within a slip is still the same tap."""
    chip = rig.chip("member-1")
    rig.choose("member-1")
    rig.lay(chip)
    for after in (0, 4, 9):
        slip(rig, chip, tear_after=after)
        assert rig.shows(SceneState.ACCEPTED)
    slip(rig, chip)
    assert rig.shows(SceneState.ACCEPTED)
    assert len(rig.recorded()) == len(rig.results) == 1


def test_it_slips_before_its_photo(rig: Rig) -> None:
    """The photo that the tap still owes is fetched then, under the same event."""
    chip = rig.chip("member-1")
    for _ in range(2):  # the second laying needs fewer commands: its kind is known then
        rig.tap("member-1")
        rig.lift()
        rig.wait(300)
    needed = rig.results[1].apdus
    rig.choose("member-1")
    rig.lay(chip, tear_after=needed - 1)
    seq = rig.scene.seq
    assert (rig.scene.state, rig.scene.photo) == (SceneState.ALREADY, None)
    rig.wait(SOON)
    rig.lay(chip)
    assert (rig.scene.state, rig.scene.seq) == (SceneState.ALREADY, seq)
    assert rig.scene.photo is not None


def changed_photo_slips(rig: Rig) -> Chip:
    """Let a card with a changed photo leave after its verdict; return it."""
    chip = rig.chip("changed-photo")
    rig.choose("changed-photo")
    rig.lay(chip, tear_after=14)
    assert rig.present == 1
    rig.wait(SOON)
    return chip


def test_a_changed_photo_after_a_slip(rig: Rig) -> None:
    """It takes the green back as it would have without."""
    rig.lay(changed_photo_slips(rig))
    assert (rig.scene.state, rig.scene.reason) == (SceneState.REFUSED, Reason.LATE_FILE_MISMATCH)
    assert [event.kind for event in rig.recorded()] == [EventKind.CHECK_IN, EventKind.WITHDRAWN]
    assert rig.present == 0


def test_a_changed_photo_after_a_slip_and_a_full_disk(rig: Rig) -> None:
    """The person counts no more at once, and the screen says that nothing can be recorded."""
    chip = changed_photo_slips(rig)
    with contextlib.ExitStack() as limited:
        limited.enter_context(file_size_limit(4096))
        rig.lay(chip)
        assert rig.shows(SceneState.LOCKED)
    assert rig.present == 0


def test_a_refused_card_slips(rig: Rig) -> None:
    """One event, one refusal."""
    chip = rig.chip("lost")
    rig.inputs.typed(rig.cast("lost").image.can or "")
    rig.lay(chip)
    slip(rig, chip)
    assert rig.states == [SceneState.IDLE, SceneState.HOLD, SceneState.REFUSED]
    assert [event.outcome for event in rig.recorded()] == ["REFUSED"]


def test_a_card_whose_number_was_wrong_slips(rig: Rig) -> None:
    """The screen goes on saying so; the card is not asked again."""
    card = Counting(rig.chip("member-1"))
    rig.inputs.typed("000000")
    rig.lay(card)
    asked = card.asked
    slip(rig, card)
    assert (rig.scene.wrong, rig.scene.reason) == (True, Fault.PASSWORD_WRONG)
    assert (card.asked, len(rig.results)) == (asked, 1)
    rig.lift()
    assert rig.lay(card).wrong is False


def test_a_card_that_waits_for_its_name_slips(rig: Rig) -> None:
    """The screen goes on asking, and the name opens the card that is back."""
    chip = rig.chip("member-1")
    rig.lay(chip)
    slip(rig, chip)
    assert rig.states == [SceneState.IDLE, SceneState.HOLD, SceneState.CHOOSE]
    rig.choose("member-1")
    rig.settle()
    assert rig.shows(SceneState.ACCEPTED)


def test_the_same_card_later(rig: Rig) -> None:
    """Beyond the moment it is a second tap, and said kindly."""
    chip = rig.chip("member-1")
    rig.choose("member-1")
    rig.lay(chip)
    rig.reader.lift()
    rig.settle()
    rig.wait(BOUNCE_SECONDS + 0.1)
    rig.choose("member-1")
    assert rig.lay(chip).state is SceneState.ALREADY
    assert len(rig.recorded()) == 2


def test_the_next_person_is_as_quick(rig: Rig) -> None:
    """Another card in the same moment, its password at hand: read as theirs, nothing guessed."""
    rig.tap("member-1")
    rig.reader.lift()
    rig.settle()
    rig.wait(SOON)
    rig.choose("member-2")
    scene = rig.lay(rig.chip("member-2"))
    assert (scene.state, scene.person) == (SceneState.ACCEPTED, people.NIE.person.name)
    assert rig.results[-1].source is PasswordSource.CHOICE
    assert rig.present == 2


def test_the_next_person_is_as_quick_and_has_said_nothing(rig: Rig) -> None:
    """The guess is not theirs: they are asked as ever, and their own number opens the card."""
    rig.tap("member-1")
    slip(rig, rig.chip("member-2"))
    assert (rig.scene.state, rig.scene.wrong) == (SceneState.CHOOSE, False)
    rig.choose("member-2")
    rig.settle()
    assert rig.scene.person == people.NIE.person.name
    assert rig.present == 2


def test_the_next_persons_card_has_few_tries_left(rig: Rig) -> None:
    """No guess is made that would keep the right number from being tried."""
    other = rig.chip("member-2")
    rig.inputs.typed("000000")
    assert rig.lay(other).tries_left == 2
    rig.lift()
    rig.tap("member-1")
    slip(rig, other)
    assert rig.shows(SceneState.CHOOSE)
    rig.inputs.typed("000000")
    rig.settle()
    assert rig.scene.tries_left == 1


def test_the_card_stalls_after_a_slip(rig: Rig) -> None:
    """Said as of any other card; the tap before it stands."""
    chip = rig.chip("member-1")
    rig.choose("member-1")
    rig.lay(chip)
    whole = rig.read_card

    def stalled(*_given: object, **_options: object) -> object:
        raise CardStalled("It thinks.", next_step="Lift it.")

    rig.read_card = stalled  # type: ignore[assignment]
    slip(rig, chip)
    assert (rig.scene.state, rig.scene.reason) == (SceneState.REFUSED, Fault.CARD_STALLED)
    rig.read_card = whole
    assert rig.present == 1


def test_nothing_is_kept_for_longer(rig: Rig) -> None:
    """The password that opened the card is forgotten with the moment."""
    rig.tap("member-1")
    assert rig.loop._bounce.tap is not None
    rig.lift()
    assert rig.loop._bounce.tap is None


def test_one_outcome_is_one_signal(rig: Rig) -> None:
    """Whoever listens hears of a card that is there again, never of a second outcome."""
    chip = rig.chip("member-1")
    rig.choose("member-1")
    rig.lay(chip)
    heard: list[Scene] = []
    rig.screen.listen(heard.append)
    first = rig.scene
    slip(rig, chip)
    assert {(scene.state, scene.at, scene.seq) for scene in heard} == {
        (first.state, first.at, first.seq)
    }


@pytest.mark.parametrize("key", ["citizen", "passport"])
def test_every_family_slips(rig: Rig, key: str) -> None:
    """Whatever password opened it, one tap."""
    chip = rig.chip(key)
    rig.inputs.scanned(rig.cast(key).scanner_line or "")
    rig.lay(chip)
    recorded, outcome = len(rig.recorded()), rig.scene.state
    slip(rig, chip)
    assert (len(rig.recorded()), rig.scene.state) == (recorded, outcome)
