"""What a meeting is opened with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.errors import MeetingState
from edge.meeting.opening import MAX_TEXT, Opening, PhotoPolicy, default
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.rules import Kind

BEGINS = datetime(2026, 11, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", list(Kind))
def test_two_touches_do(kind: Kind) -> None:
    """Each kind opens with what it brings along; only congresses bring a quorum."""
    opening = default(kind, begins=BEGINS)
    assert opening.late_after == BEGINS + timedelta(minutes=15)
    assert bool(opening.quorums) is (kind in (Kind.MEMBERS_CONGRESS, Kind.DELEGATES_CONGRESS))


def test_no_lateness_without_an_hour_or_a_threshold() -> None:
    """A meeting that knows no lateness has nobody late."""
    assert default(Kind.REGULAR).late_after is None
    assert replace(default(Kind.REGULAR, begins=BEGINS), late_minutes=None).late_after is None


def test_opening_survives_its_json() -> None:
    """What the log keeps is the same opening again."""
    opening = Opening(
        Kind.THEMATIC, "Mục 5", "Nhà văn hoá", BEGINS, 10, PhotoPolicy.HOLD,
        (PRESETS[Preset.RECOGNITION][0],), "r1", "r2",
    )  # fmt: skip
    assert Opening.from_object(opening.to_object()) == opening


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "party"}, {"title": "x" * (MAX_TEXT + 1)}, {"place": "a\nb"},
        {"begins": "hôm nay"},
        {"begins": "2026-11-05T12:00:00"}, {"late_minutes": -1}, {"late_minutes": 241},
        {"late_minutes": True}, {"photo": "always"}, {"quorums": [{}]}, {"quorums": 3},
        {"chair": 1}, {"quorums": [PRESETS[Preset.ADMISSION][0].to_object()] * 9},
    ],
)  # fmt: skip
def test_opening_that_cannot_be(change: dict[str, Any]) -> None:
    """Refused, saying why and what to do."""
    with pytest.raises(MeetingState) as caught:
        Opening.from_object(default(Kind.REGULAR, begins=BEGINS).to_object() | change)
    assert caught.value.next_step
