"""What a card that is laid now is for: the seam between a laying and whoever waits for a card.

Lives here: the shape of an errand and what passes through it. Not here: any errand (`meeting`,
`desk`; those of procedures stand in `edge.procedure`), the laying itself (`flow`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from edge.tap.access import Access, Inputs, PasswordSource
from edge.tap.admit import Decision
from edge.tap.bounce import LastTap, Owes
from reader.lds.files import FileId
from reader.read import Reading
from verify.moment import Moment
from verify.verdict import Check, Verdict


@dataclass(frozen=True, slots=True)
class JudgedCard:
    """A card that was read and judged, still open for its late files."""

    reading: Reading = field(repr=False)
    verdict: Verdict = field(repr=False)
    moment: Moment
    found: Access | None
    """What opened it."""
    started: float
    """When it was laid, in monotonic seconds."""

    @property
    def source(self) -> PasswordSource | None:
        """Return how the password came."""
        return self.found.source if self.found else None

    def left(self, owes: Owes | None = None) -> LastTap:
        """Return what it leaves behind, to know it by."""
        return LastTap(self.reading.evidence.files.get(FileId.SOD), self.found, owes)


@dataclass(frozen=True, slots=True)
class TapResult:
    """How one laying ended, for the table of the demonstration and for counters."""

    verdict: Verdict | None = field(repr=False)
    decision: Decision | None
    fault: str | None
    """Why there is no decision: a `Fault`, a `LogFault` or NO_MEETING."""
    source: PasswordSource | None
    seconds: float
    apdus: int
    seq: int | None
    late: Check | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What came of a judged card. `tap`: to know it by, should it only have slipped."""

    result: TapResult
    tap: LastTap | None = None


def at_counter(
    card: JudgedCard, ended: float, verdict: Verdict | None, *, place: int | None, why: str | None
) -> Served:
    """Return what came of a card at a counter, where nobody is admitted.

    `ended`: monotonic seconds; `place`: of its event in the log; `why` it answered nothing.
    """
    seconds = ended - card.started
    result = TapResult(verdict, None, why, card.source, seconds, card.reading.apdus, place)
    return Served(result, card.left())


class Errand(Protocol):
    """Somebody who waits for a card. Called by the tap thread alone."""

    def ready(self) -> None:
        """Raise edge.errors.EdgeError where no card can be of use now."""

    def find(self, inputs: Inputs, now: float) -> Access | None:
        """Return what opens the card, of what is at hand at monotonic time `now`."""

    def serve(self, card: JudgedCard) -> Served:
        """Decide, write down, then show. Raises EdgeError, reader.errors.ReaderError."""

    def in_vain(self, code: str) -> None:
        """Take note that a laying came to no verdict; `code` says why."""
