"""A moment as the terminal knows it: the time, and how well it is known.

Only values; how a terminal arrives at them is `edge.clock`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique


@unique
class TimeQuality(StrEnum):
    """How well the time is known, best first."""

    SYNCHRONISED = "synchronised"
    HELD = "held"
    ASSERTED = "asserted"
    FLOOR_ONLY = "floor-only"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC with its quality. ValueError for a naive or non-UTC time."""

    at: datetime
    quality: TimeQuality

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError("a Moment is in UTC")
