"""What is held of a terminal, asked without a segment: its acknowledgements as they stand.

Not here: keeping (`store`), which gives the same answer to each segment, and signing.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from edge.wire.ack import MAX_LISTED, Ack, Alarm
from provisioning.centre.database import Database
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, GAP


def acknowledgements(database: Database, terminal: str) -> tuple[Ack, ...]:
    """Return what is held of each of a terminal's epochs, in the order of their ids."""
    query = sa.select(EPOCH).where(EPOCH.c.terminal == terminal).order_by(EPOCH.c.epoch)
    with database.reading() as connection:
        return tuple(_of(connection, row) for row in connection.execute(query).all())


def _of(connection: sa.Connection, row: sa.Row[Any]) -> Ack:
    def listed(table: sa.Table, *columns: sa.ColumnElement[Any]) -> Any:
        mine = (table.c.terminal == row.terminal, table.c.epoch == row.epoch)
        query = sa.select(*columns).distinct().where(*mine).order_by(*columns).limit(MAX_LISTED)
        return connection.execute(query).all()

    return Ack(
        terminal=row.terminal,
        epoch=row.epoch,
        high_water=row.high_water,
        gaps=tuple((gap.first, gap.last) for gap in listed(GAP, GAP.c.first, GAP.c.last)),
        head=None if row.head is None else bytes(row.head),
        set_aside=tuple(item.seq for item in listed(ASIDE, ASIDE.c.seq)),
        alarms=tuple(
            Alarm(item.seq, item.code) for item in listed(ALARM, ALARM.c.seq, ALARM.c.code)
        ),
    )
