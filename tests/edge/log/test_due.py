"""When names have been kept long enough, by clocks that may know nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.log.due import KEPT, TAKING_ALONG, Act, ContextState, due
from tests.edge.log.made import START
from verify.moment import Moment, TimeQuality

GOOD = TimeQuality.SYNCHRONISED
POOR = TimeQuality.FLOOR_ONLY
MINUTE = timedelta(minutes=1)


def state(**changes: object) -> ContextState:
    """Return a closed meeting that was opened at START by a good clock."""
    fields: dict[str, object] = {
        "context": "00" * 16,
        "opened": Moment(START, GOOD),
        "closed": True,
        "exported": None,
        "has_key": True,
        **changes,
    }
    return ContextState(**fields)  # type: ignore[arg-type]


def act(context: ContextState, after: timedelta, quality: TimeQuality = GOOD) -> Act | None:
    """Return what is due so long after START."""
    acts = due([context], Moment(START + after, quality))
    return acts[0][1] if acts else None


def test_thirty_days() -> None:
    """A closed meeting's key goes after 30 days, not a minute earlier."""
    assert timedelta(days=30) == KEPT
    assert act(state(), KEPT - MINUTE) is None
    assert act(state(), KEPT) is Act.DESTROY


def test_exported_after_closing() -> None:
    """A day for the other forms, then it goes; an open meeting's stays."""
    exported = state(exported=Moment(START + MINUTE, GOOD))
    assert timedelta(days=1) == TAKING_ALONG
    assert act(exported, -KEPT) is None
    assert act(exported, TAKING_ALONG) is None
    assert act(exported, TAKING_ALONG + MINUTE, TimeQuality.HELD) is Act.DESTROY
    assert act(state(exported=Moment(START, GOOD), closed=False), KEPT - MINUTE) is None


def test_a_clock_that_was_set_since_the_export() -> None:
    """The leap is no day: such a meeting waits for its 30 days, from when the clock is good."""
    opened = Moment(START, POOR)
    exported = state(opened=opened, exported=opened, counted=START + KEPT)
    assert act(exported, 2 * KEPT - MINUTE) is None
    assert act(exported, 2 * KEPT) is Act.DESTROY
    assert act(state(opened=opened, exported=opened), TAKING_ALONG, POOR) is Act.DESTROY


def test_key_gone_already() -> None:
    """Nothing is left to do, but for a meeting that still stands open."""
    assert act(state(has_key=False), KEPT) is None
    assert act(state(has_key=False, closed=False), MINUTE) is Act.CLOSE


def test_forgotten_open_meeting() -> None:
    """Closed and forgotten after 30 days, unless somebody uses it just now."""
    assert act(state(closed=False), KEPT - MINUTE) is None
    assert act(state(closed=False), KEPT) is Act.EXPIRE
    assert act(state(closed=False, in_use=True), 100 * KEPT) is None
    assert act(state(in_use=True), KEPT) is Act.DESTROY


@pytest.mark.parametrize("quality", [TimeQuality.FLOOR_ONLY, TimeQuality.ASSERTED])
def test_clock_that_was_behind(quality: TimeQuality) -> None:
    """A meeting under a clock months behind is not forgotten when the clock is set right.

    It counts from then. While the clock stays poor, it counts by the poor clock.
    """
    opened = Moment(START, quality)
    for good in (GOOD, TimeQuality.HELD):
        assert act(state(opened=opened), 10 * KEPT, good) is Act.COUNT
    counted = state(opened=opened, counted=START + 10 * KEPT)
    assert act(counted, 11 * KEPT - MINUTE) is None
    assert act(counted, 11 * KEPT) is Act.DESTROY
    assert act(state(opened=opened), KEPT, quality) is Act.DESTROY
    assert act(state(opened=opened), KEPT - MINUTE, quality) is None


def test_clock_put_back() -> None:
    """A clock before the opening destroys nothing."""
    assert act(state(), -KEPT) is None


def test_each_meeting_by_itself() -> None:
    """In the order given, those with nothing due left out."""
    contexts = [
        state(context="aa" * 16),
        state(context="bb" * 16, exported=Moment(START - TAKING_ALONG, GOOD)),
        state(context="cc" * 16, closed=False, has_key=False),
    ]
    assert due(contexts, Moment(START, GOOD)) == (
        ("bb" * 16, Act.DESTROY),
        ("cc" * 16, Act.CLOSE),
    )
