"""A whole diagnosis as a value, and as JSON for programs (`docs/schemas/diagnosis.schema.json`).

Not here: making one (`edge.care.diagnose`), signing one (`acceptance`). It names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.care.check import Check, State
from edge.care.said import Said, parts
from edge.wire.event import timestamp
from verify.moment import Moment

VERSION = 1
GRAVITY = (State.FAULT, State.ATTENTION, State.UNKNOWN, State.OK)
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Every check of a terminal at one time. `terminal`: its configured name, None without one."""

    terminal: str | None
    at: Moment
    checks: tuple[Check, ...]

    @property
    def state(self) -> State:
        """Return how the terminal is: as its gravest check. What is unknown counts as well."""
        found = {check.state for check in self.checks} - {State.UNKNOWN}
        return next((state for state in GRAVITY if state in found), State.OK)

    def count(self, state: State) -> int:
        """Return how many checks are so."""
        return sum(1 for check in self.checks if check.state is state)

    @property
    def gravest_first(self) -> tuple[Check, ...]:
        """Return the checks by gravity, else as they were made."""
        return tuple(sorted(self.checks, key=lambda check: GRAVITY.index(check.state)))

    def to_object(self) -> dict[str, Any]:
        """Return the documented JSON object."""
        return {
            "v": VERSION,
            "terminal": self.terminal,
            "at": timestamp(self.at.at),
            "quality": self.at.quality.value,
            "state": self.state.value,
            "checks": [in_json(check) for check in self.checks],
        }


def in_json(check: Check) -> Mapping[str, Any]:
    """Return one check as JSON; `trouble` never changes its meaning.

    `figure` is what was measured in English; `parts` the same, so that it can be said in another
    language: texts, and sentences with their gaps' values.
    """
    return {
        "name": check.name,
        "state": check.state.value,
        "figure": check.figure,
        "parts": [
            {"says": part.pattern, "values": dict(part.values)} if isinstance(part, Said) else part
            for part in parts(check.said)
        ],
        "trouble": None if check.trouble is None else check.trouble.value,
        "next_step": check.next_step or None,
    }
