"""What is held of a terminal: the lists of an answer, and its acknowledgements as they stand.

Not here: keeping (`store`), which answers each segment with the same lists, and signing.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from edge.wire.ack import MAX_LISTED, Ack, Alarm
from provisioning.centre.database import Database
from provisioning.centre.lineage import EPOCH_UNLINKED
from provisioning.centre.spans import Span
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, GAP


def acknowledgements(database: Database, terminal: str) -> tuple[Ack, ...]:
    """Return what is held of each of a terminal's epochs, in the order of their ids."""
    query = sa.select(EPOCH).where(EPOCH.c.terminal == terminal).order_by(EPOCH.c.epoch)
    with database.reading() as connection:
        return tuple(_of(connection, row) for row in connection.execute(query).all())


def _of(connection: sa.Connection, row: sa.Row[Any]) -> Ack:
    terminal, epoch = row.terminal, row.epoch
    return Ack(
        terminal=terminal,
        epoch=epoch,
        high_water=row.high_water,
        gaps=gaps_of(connection, terminal, epoch),
        head=None if row.head is None else bytes(row.head),
        set_aside=aside_of(connection, terminal, epoch),
        alarms=alarms_of(connection, terminal, epoch),
    )


def gaps_of(
    connection: sa.Connection,
    terminal: str,
    epoch: str,
    *,
    behind: int = 1,
    limit: int = MAX_LISTED,
) -> tuple[Span, ...]:
    """Return the first runs that are missing and end at `behind` or later, lowest first."""
    query = (
        sa.select(GAP.c.first, GAP.c.last)
        .where(GAP.c.terminal == terminal, GAP.c.epoch == epoch, GAP.c.last >= behind)
        .order_by(GAP.c.last)
        .limit(limit)
    )
    return tuple((row.first, row.last) for row in connection.execute(query))


def aside_of(connection: sa.Connection, terminal: str, epoch: str) -> tuple[int, ...]:
    """Return the first numbers under which something is set aside, lowest first, each once."""
    query = (
        sa.select(ASIDE.c.seq)
        .where(ASIDE.c.terminal == terminal, ASIDE.c.epoch == epoch)
        .distinct()
        .order_by(ASIDE.c.seq)
        .limit(MAX_LISTED)
    )
    return tuple(connection.execute(query).scalars())


def alarms_of(connection: sa.Connection, terminal: str, epoch: str) -> tuple[Alarm, ...]:
    """Return the first alarms that its own segments raised, lowest number first, then by code."""
    query = (
        sa.select(ALARM.c.seq, ALARM.c.code)
        .where(ALARM.c.terminal == terminal, ALARM.c.epoch == epoch, ALARM.c.code != EPOCH_UNLINKED)
        .order_by(ALARM.c.seq, ALARM.c.code)
        .limit(MAX_LISTED)
    )
    return tuple(Alarm(row.seq, row.code) for row in connection.execute(query))
