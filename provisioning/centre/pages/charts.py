"""Charts as the pages draw them: bars of SVG beside words of HTML, no script.

Lives here: heights, widths and what stands above which bar. Not here: how a bar looks
(`templates/centre/charts.html`, the design's `.vbars` and `.hbars`). A chart is never alone: its
figures stand in a table on the same page, or in the bars' own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEIGHT = 60.0
"""Units of a standing bar's picture."""
WIDTH = 100.0
"""Units of a lying bar's picture."""
ROOM = 4.0
"""Units left above the highest bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its word, its figure, how much it fills, and whether it is a special one."""

    label: str
    value: int
    size: float
    top: bool
    kind: str


def standing(values: Sequence[tuple[str, int, str]]) -> tuple[Bar, ...]:
    """Return standing bars of (label, value, kind), the first of the highest marked `top`."""
    return _bars(values, HEIGHT - ROOM)


def lying(values: Iterable[tuple[str, int, str]]) -> tuple[Bar, ...]:
    """Return lying bars of (label, value, kind)."""
    return _bars(list(values), WIDTH)


def _bars(values: Sequence[tuple[str, int, str]], full: float) -> tuple[Bar, ...]:
    most = max((value for _, value, _ in values), default=0)
    first = next((n for n, (_, value, _) in enumerate(values) if value == most), -1)
    return tuple(
        Bar(
            label,
            value,
            round(full * value / most, 1) if most else 0.0,
            n == first and most > 0,
            kind,
        )
        for n, (label, value, kind) in enumerate(values)
    )
