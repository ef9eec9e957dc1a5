"""How far each organisation of a batch is, and whether it will be done by its date.

Lives here: the counts and the pace. Not here: how a card stands (`handover`). Source: DESIGN
section 10, progress per organisation against its date.

The pace is what was reached so far: cards on a day on which the organisation got some, and how
often there was such a day since the batch began. At that pace so many days of handing over are
needed; at that rhythm so many are left until the date; what is missing is said in days, since
days are what can be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, unique

from edge.procedure.handover import EXCEPTIONS, Standing, delivered_today
from edge.procedure.handover_batch import Batch, Organisation


@unique
class Pace(StrEnum):
    """How an organisation stands against its date."""

    DONE = "done"
    ON_TIME = "on-time"
    LATE = "late"
    """More days of handing over are needed than are left at the rhythm so far."""
    NOT_BEGUN = "not-begun"
    """No card was handed over yet, so that there is no pace; the date is not over."""
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Progress:
    """One organisation. `more`: days of handing over to be added, with LATE."""

    organisation: Organisation
    total: int
    delivered: int
    exceptions: int
    pace: Pace
    more: int = 0

    @property
    def left(self) -> int:
        """Return how many cards are not handed over."""
        return self.total - self.delivered


@dataclass(slots=True)
class _Count:
    total: int = 0
    delivered: int = 0
    exceptions: int = 0
    days: set[date] = field(default_factory=set)


def progress(batch: Batch, standings: Mapping[str, Standing], today: date) -> tuple[Progress, ...]:
    """Return each organisation of the batch, in its order."""
    counts = {one.id: _Count() for one in batch.organisations}
    for before in batch.delivered:
        counts[before.organisation].total += 1
    for standing in standings.values():
        count = counts[standing.card.organisation]
        count.total += 1
        count.exceptions += standing.state in EXCEPTIONS
    for gone in (*batch.delivered, *delivered_today(standings.values(), today)):
        counts[gone.organisation].delivered += 1
        counts[gone.organisation].days.add(gone.on)
    return tuple(_of(one, counts[one.id], batch, today) for one in batch.organisations)


def _of(organisation: Organisation, count: _Count, batch: Batch, today: date) -> Progress:
    pace, more = judge(
        left=count.total - count.delivered,
        delivered=count.delivered,
        days=len(count.days),
        begun=batch.begun,
        today=today,
        target=organisation.target,
    )
    return Progress(
        organisation, count.total, count.delivered, count.exceptions, pace=pace, more=more
    )


def judge(
    *, left: int, delivered: int, days: int, begun: date, today: date, target: date
) -> tuple[Pace, int]:
    """Return the pace and how many days of handing over have to be added.

    `days`: on how many the organisation got cards. The day of the target still counts as one on
    which cards are handed over, today as one that is over.
    """
    if left == 0:
        return Pace.DONE, 0
    if today > target:
        return Pace.OVERDUE, 0
    if delivered == 0:
        return Pace.NOT_BEGUN, 0
    needed = -(-left * days // delivered)
    elapsed = max(1, (today - begun).days + 1)
    to_come = (target - today).days * days // elapsed
    more = max(0, needed - to_come)
    return (Pace.LATE, more) if more else (Pace.ON_TIME, 0)
