"""How far a terminal's inbox is, as values: what was sent to it, and what of that it lacks.

Not here: the database (`inbox`), the tables (`inbox_tables`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from provisioning.centre.spans import Span


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one terminal's inbox is. `gaps` and `set_aside` as the terminal last told."""

    terminal: str
    last: int
    generation: int
    high_water: int
    gaps: tuple[Span, ...]
    set_aside: tuple[int, ...]
    heard_at: str
    alarms: tuple[tuple[str, str], ...] = ()
    """(code, detail)."""

    @property
    def waiting(self) -> int:
        """Return how many messages the terminal has not taken, as far as it told."""
        missing = sum(last - first + 1 for first, last in self.gaps)
        return missing + max(0, self.last - known_up_to(self.high_water, self.gaps))


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that was sent."""

    number: int
    kind: str
    sent_at: str
    compact: str = field(repr=False)


def known_up_to(high_water: int, gaps: Sequence[Span]) -> int:
    """Return the number up to which high water and gaps say what was taken."""
    return max([high_water, *(last for _, last in gaps)])
