"""The arithmetic of gaps, against a set of numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provisioning.centre.spans import Span, arrive

RUNS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12)), max_size=20)


def missing(held: set[int]) -> list[Span]:
    """Return the runs between 1 and the highest number that are not held."""
    gaps: list[Span] = []
    last = 0
    for number in sorted(held):
        if number > last + 1:
            gaps.append((last + 1, number - 1))
        last = number
    return gaps


@given(runs=RUNS)
def test_any_order_of_runs(runs: list[tuple[int, int]]) -> None:
    """However runs come, overlapping or repeated, the gaps are exactly the numbers not held."""
    held: set[int] = set()
    gaps: set[Span] = set()
    for first, more in runs:
        change = arrive(sorted(gaps), max(held, default=0), first, first + more)
        assert gaps.issuperset(change.closed)
        gaps = (gaps - set(change.closed)) | set(change.opened)
        held |= set(range(first, first + more + 1))
        assert sorted(gaps) == missing(held)
