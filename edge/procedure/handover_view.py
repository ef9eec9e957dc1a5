"""The batch at one moment, as a value for pages.

Not here: how it is written down (`handover_book`), words (`edge.web`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from edge.procedure.handover import Standing, State, exceptions, waiting
from edge.procedure.handover_batch import Batch
from edge.procedure.handover_match import Match
from edge.procedure.handover_progress import Progress, progress
from verify.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a card on the reader."""

    outcome: Outcome
    reason: str | None
    match: Match | None
    """None: a card of another family."""
    place: int
    before: date | None = None
    """When the card was handed over, on a day before."""
    photo: bytes | None = field(default=None, repr=False)
    """JPEG, of a card whose signature holds."""


@dataclass(frozen=True)
class HandoverView:
    """The batch, and how each of its cards stands."""

    batch: Batch
    today: date
    standings: Mapping[str, Standing] = field(repr=False)
    at_hand: str | None = None
    """Id of the card whose turn it is."""
    seen: Seen | None = None
    """The last laying since it became anybody's turn."""
    done: str | None = None
    """Id of the card handed over last, until the next one is laid or chosen."""
    day_open: bool = False

    @property
    def hand(self) -> Standing | None:
        """Return the card whose turn it is."""
        return self.standings.get(self.at_hand or "")

    @cached_property
    def progress(self) -> tuple[Progress, ...]:
        """Return how far each organisation is."""
        return progress(self.batch, self.standings, self.today)

    @cached_property
    def waiting(self) -> tuple[Standing, ...]:
        """Return the cards that may be handed over next."""
        return waiting(self.batch, self.standings.values())

    @cached_property
    def exceptions(self) -> tuple[Standing, ...]:
        """Return the cards that somebody has to see to."""
        return exceptions(self.batch, self.standings.values())

    @cached_property
    def left(self) -> int:
        """Return how many cards are not handed over."""
        return sum(1 for one in self.standings.values() if one.state is not State.DELIVERED)

    @property
    def total(self) -> int:
        """Return how many cards the batch has."""
        return len(self.batch.cards) + len(self.batch.delivered)

    @property
    def delivered(self) -> int:
        """Return how many were handed over."""
        return self.total - self.left

    @property
    def target(self) -> date:
        """Return the last of the organisations' dates."""
        return max(one.target for one in self.batch.organisations)
