"""Alarms, who looked at them, and what was set aside: what somebody has to look at.

Lives here: the questions and their rows, and noting that an alarm was looked at. Not here: raising
one and setting aside (`store`), pages. No body is opened.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.database import Database
from provisioning.centre.limits import PAGE
from provisioning.centre.lineage import EPOCH_UNLINKED
from provisioning.centre.office_tables import SETTLED
from provisioning.centre.people.audit import CONSOLE, MAX_SUBJECT
from provisioning.centre.tables import ALARM, ASIDE, EVENT

MAX_NOTE = MAX_SUBJECT  # characters
_PLACE = re.compile(r"([0-9a-f]{32}) ([0-9]+)")


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm, and who looked at it."""

    terminal: str
    epoch: str
    seq: int
    code: str
    raised_at: str
    settled_at: str | None
    operator: str | None
    note: str | None

    @property
    def linked_after(self) -> tuple[str, int] | None:
        """Return which event came that was missing, where the alarm ended by itself (`lineage`)."""
        found = _PLACE.fullmatch(self.note or "")
        if self.code != EPOCH_UNLINKED or self.operator != CONSOLE or found is None:
            return None
        return found[1], int(found[2])


@dataclass(frozen=True, slots=True)
class AsideRow:
    """Something that was set aside."""

    terminal: str
    epoch: str
    seq: int
    digest: str
    why: str
    received_at: str
    size: int


@dataclass(frozen=True, slots=True)
class Both:
    """What was set aside under a number, and the event that is held there, if there is one."""

    row: AsideRow
    data: str
    held: str | None


_LOOKED_AT = ALARM.outerjoin(
    SETTLED,
    sa.and_(*(SETTLED.c[column.name] == column for column in ALARM.primary_key.columns)),
)
_NOBODY_DID = SETTLED.c.terminal.is_(None)


def alarms(
    database: Database,
    *,
    terminal: str | None = None,
    settled: bool | None = None,
    skip: int = 0,
    limit: int = PAGE,
) -> tuple[AlarmRow, ...]:
    """Return alarms, newest first: all, those that somebody settled, or those that nobody did."""
    query = (
        sa.select(
            ALARM.c.terminal,
            ALARM.c.epoch,
            ALARM.c.seq,
            ALARM.c.code,
            ALARM.c.raised_at,
            SETTLED.c.at,
            SETTLED.c.operator,
            SETTLED.c.note,
        )
        .select_from(_LOOKED_AT)
        .order_by(ALARM.c.raised_at.desc(), ALARM.c.terminal, ALARM.c.seq)
        .offset(skip)
        .limit(limit)
    )
    if terminal is not None:
        query = query.where(ALARM.c.terminal == terminal)
    if settled is not None:
        query = query.where(sa.not_(_NOBODY_DID) if settled else _NOBODY_DID)
    with database.reading() as connection:
        return tuple(AlarmRow(*row) for row in connection.execute(query))


def unsettled() -> sa.Subquery:
    """Return (terminal, open): how many alarms of each terminal nobody settled."""
    return (
        sa.select(ALARM.c.terminal, sa.func.count().label("open"))
        .select_from(_LOOKED_AT)
        .where(_NOBODY_DID)
        .group_by(ALARM.c.terminal)
        .subquery()
    )


def settle(
    database: Database,
    key: tuple[str, str, int, str],
    operator: str,
    note: str,
    at: datetime,
) -> bool:
    """Note who looked at an alarm and what came of it; False where there is none, or it was.

    `key`: terminal, epoch, number and code.
    """
    of = dict(zip(ALARM.primary_key.columns.keys(), key, strict=True))
    this = sa.and_(*(ALARM.c[name] == value for name, value in of.items()))
    with database.writing() as connection:
        # Whoever settles it too waits here, and then sees that it was.
        connection.execute(sa.select(ALARM.c.seq).where(this).with_for_update())
        still_open = sa.select(ALARM.c.seq).select_from(_LOOKED_AT).where(this, _NOBODY_DID)
        if connection.execute(still_open).one_or_none() is None:
            return False
        connection.execute(
            sa.insert(SETTLED).values(
                **of, at=timestamp(at), operator=operator, note=note[:MAX_NOTE]
            )
        )
    return True


def aside(
    database: Database, *, terminal: str | None = None, skip: int = 0, limit: int = PAGE
) -> tuple[AsideRow, ...]:
    """Return what was set aside, newest first."""
    query = (
        sa.select(
            ASIDE.c.terminal,
            ASIDE.c.epoch,
            ASIDE.c.seq,
            ASIDE.c.digest,
            ASIDE.c.why,
            ASIDE.c.received_at,
            sa.func.length(ASIDE.c.data),
        )
        .order_by(ASIDE.c.received_at.desc(), ASIDE.c.terminal, ASIDE.c.seq)
        .offset(skip)
        .limit(limit)
    )
    if terminal is not None:
        query = query.where(ASIDE.c.terminal == terminal)
    with database.reading() as connection:
        return tuple(
            AsideRow(*row[:3], bytes(row[3]).hex(), *row[4:]) for row in connection.execute(query)
        )


def aside_one(database: Database, terminal: str, epoch: str, seq: int, digest: str) -> Both | None:
    """Return one thing set aside beside what is held in its place; None where there is none."""

    def there(table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.terminal == terminal, table.c.epoch == epoch, table.c.seq == seq)

    with database.reading() as connection:
        row = connection.execute(
            sa.select(ASIDE).where(there(ASIDE), ASIDE.c.digest == bytes.fromhex(digest))
        ).one_or_none()
        if row is None:
            return None
        held = connection.execute(sa.select(EVENT.c.data).where(there(EVENT))).scalar()
    seen = AsideRow(terminal, epoch, seq, digest, row.why, row.received_at, len(row.data))
    return Both(seen, _readable(bytes(row.data)), None if held is None else _readable(bytes(held)))


def _readable(data: bytes) -> str:
    """Return an event's JSON in lines; bodies in it stay sealed."""
    try:
        return json.dumps(json.loads(data), ensure_ascii=False, indent=1, sort_keys=True)
    except ValueError:
        return data.decode("utf-8", "backslashreplace")
