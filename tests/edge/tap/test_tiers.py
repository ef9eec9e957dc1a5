"""Offline for days, weeks, months: what the same card and lists mean at the door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.tap.scene import Scene, SceneState
from edge.wire.kinds import EventKind
from provisioning.cli.main import run
from provisioning.demo.prepare import Stage
from reader.evidence import CardEvidence
from tests.edge.conftest import AT
from tests.edge.tap.conftest import Rig, RigMaker
from verify.moment import Moment
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Verdict


@pytest.mark.parametrize(
    ("days", "state", "reason"),
    [
        (1, SceneState.ACCEPTED, None),
        (9, SceneState.ACCEPTED, None),
        (11, SceneState.UNCONFIRMED, Reason.SIGNER_STATUS_STALE),
        (99, SceneState.UNCONFIRMED, Reason.SIGNER_STATUS_STALE),
        (101, SceneState.REFUSED, Reason.SIGNER_STATUS_TOO_OLD),
        (1000, SceneState.REFUSED, Reason.SIGNER_STATUS_TOO_OLD),
    ],
)
def test_the_lists_grow_old(
    make_rig: RigMaker, days: int, state: SceneState, reason: Reason | None
) -> None:
    """Green, then one touch of the secretary, then refused in words of its own."""
    rig = make_rig(start=AT + timedelta(days=days))
    rig.open()
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (state, reason)
    assert rig.present == (1 if state is SceneState.ACCEPTED else 0)
    assert rig.recorded()[0].reason == reason


@pytest.mark.parametrize("days", [1, 11, 101])
def test_a_lost_card_whatever_the_lists_age(make_rig: RigMaker, days: int) -> None:
    """Named is named: refused as lost by a list of any age."""
    rig = make_rig(start=AT + timedelta(days=days))
    rig.open()
    scene = lay(rig, "lost")
    assert (scene.state, scene.reason) == (SceneState.REFUSED, Reason.CARD_REPORTED_LOST)


def test_one_touch_in_grace(make_rig: RigMaker) -> None:
    """In grace the secretary's touch makes the person present."""
    rig = make_rig(start=AT + timedelta(days=50))
    rig.open()
    rig.tap("member-1")
    seq = rig.results[0].seq
    assert seq is not None
    rig.book.confirm(seq, rig.now())
    assert [event.kind for event in rig.recorded()] == [EventKind.CHECK_IN, EventKind.CONFIRMED]
    assert rig.present == 1


def lay(rig: Rig, key: str) -> Scene:
    """Type the card's number, lay it, and return what is shown."""
    rig.inputs.typed(rig.cast(key).image.can or "")
    return rig.lay(rig.chip(key))


class Listening(Holdings):
    """Holdings that keep what they judged, as a terminal does for a later check."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kept: list[tuple[CardEvidence, Moment, Verdict]] = []

    def judge(self, evidence: CardEvidence, at: Moment) -> Verdict:
        """Judge, and keep it."""
        verdict = super().judge(evidence, at)
        self.kept.append((evidence, at, verdict))
        return verdict


@pytest.fixture
def listening(stage: Stage) -> Listening:
    """Return what the provisioned terminal holds."""
    return Listening(StateLayout(stage.terminal).holdings)


Again = Callable[[CardEvidence, datetime], list[str]]


@pytest.fixture
def again(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Again:
    """Return what `tramthe verify --at` says of kept evidence, by lines."""

    def verify(evidence: CardEvidence, at: datetime) -> list[str]:
        file = tmp_path / "evidence"
        file.write_bytes(evidence.to_bytes())
        capsys.readouterr()
        run(["verify", "--state", str(stage.terminal), "--at", at.isoformat(), str(file)])
        return capsys.readouterr().out.splitlines()

    return verify


CAST = ("member-1", "lost", "signer-revoked", "clone", "changed-name", "stranger", "expired")


@pytest.mark.parametrize("days", [0, 50, 101])
def test_verified_again_from_kept_evidence(
    make_rig: RigMaker, listening: Listening, again: Again, days: int
) -> None:
    """`tramthe verify EVIDENCE --at` says, step for step, what the door said at that time."""
    rig = make_rig(start=AT + timedelta(days=days), holdings=listening)
    rig.open()
    for key in CAST:
        lay(rig, key)
        rig.lift()
    assert len(listening.kept) == len(CAST)
    for evidence, at, verdict in listening.kept:
        first, *steps = again(evidence, at.at)
        assert first.split() == [verdict.outcome.value.upper(), *_code(verdict.reason)]
        for check, line in zip(verdict.checks, steps, strict=False):
            assert line.startswith(f"  {check.step.value} ")
            assert set(_code(check.reason)) <= set(line.split())
            assert ("passed" in line) is (check.status is CheckStatus.PASSED)


def test_verified_as_of_another_time(
    make_rig: RigMaker, listening: Listening, again: Again
) -> None:
    """The same bytes at other times: from the future, good, stale, too old, ended."""
    rig = make_rig(holdings=listening)
    rig.open()
    rig.tap("member-1")
    ((evidence, at, verdict),) = listening.kept
    assert verdict.outcome is Outcome.ACCEPTED
    said = {
        days: again(evidence, at.at + timedelta(days=days))[0] for days in (-400, 0, 50, 101, 4000)
    }
    assert said == {
        -400: "REJECTED CHAIN_INVALID",
        0: "ACCEPTED",
        50: "INDETERMINATE SIGNER_STATUS_STALE",
        101: "INDETERMINATE SIGNER_STATUS_TOO_OLD",
        4000: "REJECTED SIGNER_EXPIRED",
    }


def _code(reason: Reason | None) -> list[str]:
    return [] if reason is None else [reason.value]
