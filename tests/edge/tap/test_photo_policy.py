"""What becomes of the photo at the door: not shown, shown, or waited for before anything counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.meeting.opening import PhotoPolicy, default
from edge.meeting.rules import Kind
from edge.tap.fault import Fault
from edge.tap.scene import SceneState
from edge.wire.kinds import EventKind
from verify.reasons import Reason

from .conftest import Rig, RigMaker


def opened(make_rig: RigMaker, policy: PhotoPolicy) -> Rig:
    """Return a terminal with a meeting of this policy."""
    rig = make_rig()
    rig.book.open(replace(default(Kind.REGULAR), photo=policy), rig.now())
    return rig


def test_no_photo_is_shown(make_rig: RigMaker) -> None:
    """It is compared all the same: a changed one takes the green back, and no scene has a face."""
    rig = opened(make_rig, PhotoPolicy.NONE)
    assert rig.tap("member-1").state is SceneState.ACCEPTED
    rig.lift()
    assert rig.tap("changed-photo").reason == Reason.LATE_FILE_MISMATCH
    assert rig.present == 1
    assert all(scene.photo is None and scene.photo_fault is None for scene in rig.scenes)


def test_green_waits_for_the_photo(make_rig: RigMaker) -> None:
    """Hold still until it was read and matches; then recorded, green, and shown."""
    rig = opened(make_rig, PhotoPolicy.HOLD)
    scene = rig.tap("member-1")
    assert (scene.state, scene.photo is not None) == (SceneState.ACCEPTED, True)
    assert rig.states[-2:] == [SceneState.HOLD, SceneState.ACCEPTED]
    rig.lift()
    assert rig.tap("member-1").state is SceneState.ALREADY


def test_a_changed_photo_is_never_green(make_rig: RigMaker) -> None:
    """One event, refused; nothing is there to be taken back."""
    rig = opened(make_rig, PhotoPolicy.HOLD)
    scene = rig.tap("changed-photo")
    assert (scene.state, scene.reason) == (SceneState.REFUSED, Reason.LATE_FILE_MISMATCH)
    assert SceneState.ACCEPTED not in rig.states
    assert [(e.kind, e.outcome) for e in rig.recorded()] == [(EventKind.CHECK_IN, "REFUSED")]
    assert rig.present == 0


@pytest.mark.parametrize("key", ["member-1", "changed-photo"])
def test_the_card_is_lifted_before_its_photo(key: str, make_rig: RigMaker) -> None:
    """Nothing is recorded and nothing was green: it is to be laid again and held still."""
    rig = opened(make_rig, PhotoPolicy.HOLD)
    rig.choose(key)
    scene = rig.lay(rig.chip(key), tear_after=14)
    assert scene.reason == Fault.CARD_REMOVED
    assert SceneState.ACCEPTED not in rig.states
    assert rig.recorded() == []
    assert rig.present == 0
