"""The arithmetic of gaps: which numbers of an epoch are missing after a run has come.

Values only. Not here: where gaps are kept (`store`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[int, int]
"""First and last number, both included."""


@dataclass(frozen=True, slots=True)
class Change:
    """Gaps that are no more, and gaps that are new."""

    closed: tuple[Span, ...]
    opened: tuple[Span, ...]


def arrive(touched: Iterable[Span], highest: int, first: int, last: int) -> Change:
    """Return what the run `first` to `last` does to an epoch held up to `highest`.

    `touched` are the gaps that share a number with the run; others may be among them.
    """
    closed: list[Span] = []
    opened: list[Span] = []
    for gap in touched:
        low, high = gap
        if high < first or low > last:
            continue
        closed.append(gap)
        if low < first:
            opened.append((low, first - 1))
        if high > last:
            opened.append((last + 1, high))
    if first > highest + 1:
        opened.append((highest + 1, first - 1))
    return Change(tuple(closed), tuple(opened))
