"""Alarms, who looked at them, and what was set aside: what somebody has to look at.

Lives here: the questions and their rows, and noting that an alarm was looked at. Not here: raising
one (`store`, `epoch_links`, `inbox`) and setting aside (`store`), pages. No body is opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.database import Database
from provisioning.centre.inbox_tables import INBOX_ALARM, INBOX_SETTLED
from provisioning.centre.limits import PAGE
from provisioning.centre.lineage import EPOCH_UNLINKED
from provisioning.centre.office_tables import SETTLED
from provisioning.centre.people.audit import CONSOLE, MAX_SUBJECT
from provisioning.centre.tables import ALARM, ASIDE, EVENT, NAME, EpochId

MAX_NOTE = MAX_SUBJECT  # characters
_PLACE = re.compile(r"([0-9a-f]{32}) ([0-9]+)")


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm, and who looked at it.

    About an event: `epoch` and `seq` say which. About a terminal's inbox: both are None, and
    `detail` says what it is about, a number or a key's id. So is one about a claim
    (`fleet.claims`): `detail` is a key's fingerprint or the claim's id.
    """

    terminal: str
    epoch: str | None
    seq: int | None
    code: str
    detail: str | None
    raised_at: str
    settled_at: str | None
    operator: str | None
    note: str | None

    @property
    def linked_after(self) -> tuple[str, int] | None:
        """Return which event came that was missing, where the alarm ended by itself."""
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


def _looked_at(alarm: sa.Table, settled: sa.Table) -> sa.Join:
    of = (settled.c[column.name] == column for column in alarm.primary_key.columns)
    return alarm.outerjoin(settled, sa.and_(*of))


def _every() -> sa.Subquery:
    """Return every alarm with who looked at it: the columns of an AlarmRow."""
    nothing = sa.null()
    of_events = sa.select(
        *(ALARM.c[name] for name in ("terminal", "epoch", "seq", "code")),
        sa.cast(nothing, NAME).label("detail"),
        ALARM.c.raised_at,
        SETTLED.c.at.label("settled_at"),
        SETTLED.c.operator,
        SETTLED.c.note,
    ).select_from(_looked_at(ALARM, SETTLED))
    of_inboxes = sa.select(
        INBOX_ALARM.c.terminal,
        sa.cast(nothing, EpochId),
        sa.cast(nothing, sa.BigInteger),
        INBOX_ALARM.c.code,
        INBOX_ALARM.c.detail,
        INBOX_ALARM.c.raised_at,
        INBOX_SETTLED.c.at,
        INBOX_SETTLED.c.operator,
        INBOX_SETTLED.c.note,
    ).select_from(_looked_at(INBOX_ALARM, INBOX_SETTLED))
    return sa.union_all(of_events, of_inboxes).subquery()


_EVERY = _every()
_NOBODY_DID = _EVERY.c.settled_at.is_(None)


def alarms(
    database: Database,
    *,
    terminal: str | None = None,
    settled: bool | None = None,
    codes: Sequence[str] | None = None,
    skip: int = 0,
    limit: int = PAGE,
) -> tuple[AlarmRow, ...]:
    """Return alarms, newest first: all, those that somebody settled, or those that nobody did.

    `codes`: of these alone.
    """
    query = (
        sa.select(*_EVERY.c)
        .order_by(_EVERY.c.raised_at.desc(), _EVERY.c.terminal, _EVERY.c.seq, _EVERY.c.detail)
        .offset(skip)
        .limit(limit)
    )
    if terminal is not None:
        query = query.where(_EVERY.c.terminal == terminal)
    if codes is not None:
        query = query.where(_EVERY.c.code.in_(codes))
    if settled is not None:
        query = query.where(sa.not_(_NOBODY_DID) if settled else _NOBODY_DID)
    with database.reading() as connection:
        return tuple(AlarmRow(*row) for row in connection.execute(query))


def unsettled() -> sa.Subquery:
    """Return (terminal, open): how many alarms of each terminal nobody settled."""
    return (
        sa.select(_EVERY.c.terminal, sa.func.count().label("open"))
        .where(_NOBODY_DID)
        .group_by(_EVERY.c.terminal)
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
    return _settle(database, ALARM, SETTLED, key, operator, note, at)


def settle_inbox(
    database: Database, key: tuple[str, str, str], operator: str, note: str, at: datetime
) -> bool:
    """Do the same for an alarm about an inbox. `key`: terminal, code and detail."""
    return _settle(database, INBOX_ALARM, INBOX_SETTLED, key, operator, note, at)


def _settle(
    database: Database,
    alarm: sa.Table,
    settled: sa.Table,
    key: tuple[str | int, ...],
    operator: str,
    note: str,
    at: datetime,
) -> bool:
    of = dict(zip(alarm.primary_key.columns.keys(), key, strict=True))
    there = sa.select(alarm.c.code).where(*(alarm.c[name] == of[name] for name in of))
    row = {**of, "at": timestamp(at), "operator": operator, "note": note[:MAX_NOTE]}
    noted = database.insert(settled).values(row).on_conflict_do_nothing().returning(settled.c.code)
    with database.writing() as connection:
        if connection.execute(there).first() is None:
            return False
        return connection.execute(noted).first() is not None


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
