"""Who came to a meeting, as figures that add up: named once for the table, the count and the sums.

Lives here: what they are. Not here: the table's columns (`office_tables`), counting them from
events (`tally`), adding them up (`meetings`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Attendance:
    """One meeting's, or those of many together."""

    present: int
    by_card: int
    by_hand: int
    left_early: int
    excused: int
    unexcused: int
    exempt: int
    undecided: int
    refused: int


SUMS = tuple(field.name for field in fields(Attendance))
"""Their names, which are columns of a meeting."""
