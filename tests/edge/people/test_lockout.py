"""How often somebody may try, and how long to wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.people.lockout import FREE_TRIES, LONGEST_WAIT, Tries, wait_after

MINUTE, HOUR = 60.0, 3600.0


def test_the_waits() -> None:
    """Five tries, five minutes, doubled each time, never more than a day."""
    waits = [wait_after(begun) for begun in range(1, 16)]
    assert waits[:4] == [0.0] * 4
    assert waits[4:8] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert waits[12:] == [1280 * MINUTE, LONGEST_WAIT, LONGEST_WAIT]
    assert wait_after(1_000_000) == 24 * HOUR


def test_what_is_said_before_and_after_a_wait() -> None:
    """Four more after the first wrong one, then one at a time, each with its wait."""
    tries = Tries().begin()
    assert (tries.before_wait, tries.next_wait) == (4, 5 * MINUTE)
    for _ in range(4):
        tries = tries.begin()
    assert (tries.waiting, tries.left) == (True, 5 * MINUTE)
    tries = tries.after(5 * MINUTE)
    assert (tries.waiting, tries.before_wait, tries.next_wait) == (False, 1, 10 * MINUTE)


def test_a_try_in_a_wait() -> None:
    """There is none."""
    waiting = Tries(FREE_TRIES, 0.1)
    with pytest.raises(ValueError, match="no try"):
        waiting.begin()


@pytest.mark.parametrize(
    ("begun", "left"),
    [(-1, 0.0), (0, 1.0), (4, 0.1), (5, 301.0), (5, -1.0), (5, float("nan")), (10**7, 0.0)],
)
def test_a_state_that_no_tries_lead_to(begun: int, left: float) -> None:
    """A file that says so is damaged."""
    with pytest.raises(ValueError, match="not a state"):
        Tries(begun, left)


@given(st.integers(0, 60), st.floats(-1e9, 1e9))
def test_time_that_passes(begun: int, passed: float) -> None:
    """Takes from the wait what passed, never more, never adds; the count stays."""
    before = Tries(begun, wait_after(begun))
    after = before.after(passed)
    assert after.begun == begun
    assert after.left == max(0.0, before.left - max(0.0, passed))
