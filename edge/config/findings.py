"""What is found wrong in a configuration, as data: where, how grave, and what to do.

Not here: finding it (`edge.config.read`, `rules`, `world`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Weight(StrEnum):
    """How grave a finding is."""

    STOPS = "stops"
    """The terminal does not start with it."""
    FAULT = "fault"
    """The terminal starts, but something that the configuration names does not work."""
    REMARK = "remark"
    """It works; it is probably not what was meant."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, of one key; `key` is None for the file as a whole."""

    weight: Weight
    key: str | None
    message: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and where it stands: a file or a variable, and the line where that is certain."""

    source: str
    line: int | None
    finding: Finding

    @property
    def place(self) -> str:
        """Return where, such as "terminal.toml, line 3"."""
        return self.source if self.line is None else f"{self.source}, line {self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.finding.message} {self.finding.next_step}"
