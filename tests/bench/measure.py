"""Measuring by turns: the product and its reference, round for round, in CPU time.

Lives here: the clock, the rounds and the figures that come out. Not here: what is measured
(`tap`, `log`), printing (`__main__`).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

MILLISECONDS = 1000.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    `figure` and `reference` are medians over the rounds, in `unit`; `ratio` is their quotient;
    `spread` the quartiles of the rounds' own ratios. `goal`: the ratio is to be at most this, or
    with `at_least` at least this; None where none is set.
    """

    name: str
    description: str
    figure: float
    unit: str
    reference: float
    ratio: float
    goal: float | None
    spread: tuple[float, float]
    rounds: int
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Return whether the goal is met, None without one."""
        if self.goal is None:
            return None
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def to_object(self) -> dict[str, Any]:
        """Return the row as a JSON object."""
        return asdict(self)


def cpu_time(work: Callable[[], object]) -> float:
    """Return the seconds of CPU, user and system, that this process spends on `work`."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def compare(
    name: str,
    description: str,
    *,
    measured: Callable[[], float],
    reference: Callable[[], float],
    rounds: int,
    goal: float | None = None,
) -> Row:
    """Return the row of `measured` against `reference`.

    Each does one round of its work and returns the seconds of CPU per piece. They take turns, and
    take turns in going first. One round of each beforehand is thrown away.
    """
    measured()
    reference()
    ours: list[float] = []
    bare: list[float] = []
    for number in range(rounds):
        if number % 2:
            bare.append(reference())
            ours.append(measured())
        else:
            ours.append(measured())
            bare.append(reference())
    quotients = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    low, _, high = statistics.quantiles(quotients, n=4)
    figure, base = statistics.median(ours), statistics.median(bare)
    return Row(
        name=name,
        description=description,
        figure=round(figure * MILLISECONDS, 4),
        unit="ms CPU",
        reference=round(base * MILLISECONDS, 4),
        ratio=round(figure / base, 3),
        goal=goal,
        spread=(round(low, 3), round(high, 3)),
        rounds=rounds,
    )
