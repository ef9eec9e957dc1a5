"""The card kept for trying the terminal out: read and judged as any other, and never counted."""

from __future__ import annotations

import pytest

from edge.tap.admit import AdmitReason
from edge.tap.scene import SceneState
from provisioning.demo.prepare import Stage
from provisioning.forge import without_key
from provisioning.softcard.chip import Chip
from tests.edge.tap.conftest import Rig, RigMaker
from verify.reasons import Reason


def with_test_card(make_rig: RigMaker, stage: Stage, key: str) -> Rig:
    """Return a terminal whose test card is this one, with a meeting open."""
    member = next(card.roster_person_id for card in stage.cast.cards if card.key == key)
    person = next(one for one in stage.cast.roster.people if one.id == member)
    rig = make_rig(test_card=person.number)
    rig.open()
    return rig


def test_a_sound_test_card(make_rig: RigMaker, stage: Stage) -> None:
    """No green, no name, no event; the screen says that reading and judging work."""
    rig = with_test_card(make_rig, stage, "member-1")
    before = rig.log.head()
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, AdmitReason.TEST_CARD)
    assert (scene.person, scene.holder, scene.photo, scene.seq) == (None, None, None, None)
    assert rig.log.head() == before
    (result,) = rig.results
    assert (result.decision, result.seq, result.fault) == (None, None, AdmitReason.TEST_CARD)


def test_a_test_card_that_the_lists_name(make_rig: RigMaker, stage: Stage) -> None:
    """Refused with its reason, so that the lists too can be tried; no event either."""
    rig = with_test_card(make_rig, stage, "withdrawn")
    before = rig.log.head()
    scene = rig.tap("withdrawn")
    assert (scene.state, scene.reason) == (SceneState.REFUSED, Reason.CARD_WITHDRAWN)
    assert rig.log.head() == before


def test_everybody_else_beside_a_test_card(make_rig: RigMaker, stage: Stage) -> None:
    """Counted as ever."""
    rig = with_test_card(make_rig, stage, "member-1")
    assert rig.tap("member-2").state is SceneState.ACCEPTED


def test_a_copy_of_the_test_card(make_rig: RigMaker, stage: Stage) -> None:
    """Its files are signed and its chip has no key: refused, as a copy of any card is."""
    rig = with_test_card(make_rig, stage, "member-1")
    rig.choose("member-1")
    scene = rig.lay(Chip(without_key(rig.cast("member-1").image)))
    assert scene.state is SceneState.REFUSED


@pytest.mark.parametrize("number", [None, "", "000000000"])
def test_a_terminal_without_such_a_card(
    make_rig: RigMaker, stage: Stage, number: str | None
) -> None:
    """Every card counts, whatever its number."""
    rig = make_rig(test_card=number)
    rig.open()
    assert rig.tap("member-1").state is SceneState.ACCEPTED
