"""What an operator looks at: terminals with their counts.

Lives here: the questions and their rows. Not here: pages (`pages`), keeping (`store`). Every
answer comes from rows that `store` keeps up to date; no event is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from provisioning.centre.database import Database
from provisioning.centre.tables import EPOCH

MAX_LISTED_TERMINALS = 1000
"""On the operator's page."""


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One epoch of one terminal."""

    terminal: str
    epoch: str
    high_water: int
    events: int
    set_aside: int
    alarms: int
    last_seen: str


def epochs(database: Database, limit: int = MAX_LISTED_TERMINALS) -> tuple[EpochRow, ...]:
    """Return every terminal and epoch with its counts, newest first."""
    query = (
        sa.select(
            EPOCH.c.terminal,
            EPOCH.c.epoch,
            EPOCH.c.high_water,
            EPOCH.c.events,
            EPOCH.c.aside,
            EPOCH.c.alarms,
            EPOCH.c.last_seen,
        )
        .order_by(EPOCH.c.last_seen.desc(), EPOCH.c.terminal)
        .limit(limit)
    )
    with database.reading() as connection:
        return tuple(EpochRow(*row) for row in connection.execute(query))
