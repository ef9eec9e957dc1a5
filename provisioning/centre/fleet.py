"""What an operator looks at: terminals, alarms, what was set aside.

Lives here: the questions and their rows. Not here: pages, keeping (`store`), meetings
(`meetings`). Every answer comes from rows that `store` keeps up to date; no event is counted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.catalogue import plain, valid_on
from provisioning.centre.database import Database
from provisioning.centre.office_tables import ORGANISATION, PLACE, REPORT, SETTLED
from provisioning.centre.people.audit import MAX_SUBJECT
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, EVENT

MAX_LISTED_TERMINALS = 1000
PAGE = 50
"""Rows on a page."""
SILENT = timedelta(days=7)
MAX_NOTE = MAX_SUBJECT  # characters
MAX_EXPORT = 300_000
"""Rows of a file: the country's terminals, and more."""


@unique
class Show(StrEnum):
    """Which terminals."""

    LOOK = "xem"
    """With alarms that nobody settled, or with something set aside."""
    SILENT = "im"
    ALL = "het"


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


@dataclass(frozen=True, slots=True)
class TerminalRow:
    """One terminal: what is held of its newest epoch, and what it said of itself last."""

    terminal: str
    organisation: str | None
    code: str | None
    epoch: str
    epochs: int
    last_seen: str
    high_water: int
    missing: int
    """Numbers that are held above the first gap: something is still on its way."""
    aside: int
    open_alarms: int
    version: str | None
    queued: int | None
    offset: timedelta | None
    """How far its clock was ahead when it reported; the way there is in it."""
    quality: str | None
    list_number: str | None
    list_at: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many terminals there are, and of which."""

    terminals: int
    silent: int
    look: int
    alarms: int


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


def epochs_of(database: Database, terminal: str) -> tuple[EpochRow, ...]:
    """Return the epochs of one terminal, the one that was heard of last first."""
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
        .where(EPOCH.c.terminal == terminal)
        .order_by(EPOCH.c.last_seen.desc(), EPOCH.c.epoch)
    )
    with database.reading() as connection:
        return tuple(EpochRow(*row) for row in connection.execute(query))


def _unsettled() -> sa.Subquery:
    """Return (terminal, how many alarms nobody settled)."""
    return (
        sa.select(ALARM.c.terminal, sa.func.count().label("open"))
        .outerjoin(SETTLED, _same(ALARM, SETTLED, "terminal", "epoch", "seq", "code"))
        .where(SETTLED.c.terminal.is_(None))
        .group_by(ALARM.c.terminal)
        .subquery()
    )


def _same(one: sa.Table, other: sa.Table, *names: str) -> sa.ColumnElement[bool]:
    return sa.and_(*(one.c[name] == other.c[name] for name in names))


_SEEN = sa.case(
    (REPORT.c.received_at > EPOCH.c.last_seen, REPORT.c.received_at), else_=EPOCH.c.last_seen
).label("seen")
"""When a terminal was heard of last: with records, or with a report that there are none."""
_HEARD = EPOCH.outerjoin(REPORT, REPORT.c.terminal == EPOCH.c.terminal)
_EPOCHS = (
    sa.select(
        _SEEN,
        EPOCH,
        sa.func.row_number()
        .over(partition_by=EPOCH.c.terminal, order_by=(EPOCH.c.last_seen.desc(), EPOCH.c.epoch))
        .label("place"),
        sa.func.count().over(partition_by=EPOCH.c.terminal).label("epochs"),
        sa.func.sum(EPOCH.c.aside).over(partition_by=EPOCH.c.terminal).label("all_aside"),
    ).select_from(_HEARD)
).subquery()


def terminals(
    database: Database,
    at: datetime,
    day: str,
    *,
    show: Show = Show.ALL,
    sought: str = "",
    only: Sequence[str] = (),
    skip: int = 0,
    limit: int = PAGE,
) -> tuple[TerminalRow, ...]:
    """Return terminals, those silent longest first where they are asked for, else newest first.

    `sought`: part of a terminal's id, of its organisation's name (accents are ignored) or code.
    `day`: ISO, whose organisation is named. `only`: these terminals.
    """
    unsettled = _unsettled()
    opened = sa.func.coalesce(unsettled.c.open, 0)
    query = (
        sa.select(
            _EPOCHS,
            ORGANISATION.c.name.label("organisation"),
            PLACE.c.code,
            opened.label("open_alarms"),
            REPORT.c.version,
            REPORT.c.queued,
            REPORT.c.at.label("said_at"),
            REPORT.c.received_at.label("heard_at"),
            REPORT.c.quality,
            REPORT.c.list_number,
            REPORT.c.list_at,
        )
        .outerjoin(unsettled, unsettled.c.terminal == _EPOCHS.c.terminal)
        .outerjoin(PLACE, sa.and_(PLACE.c.terminal == _EPOCHS.c.terminal, valid_on(PLACE, day)))
        .outerjoin(
            ORGANISATION,
            sa.and_(ORGANISATION.c.code == PLACE.c.code, valid_on(ORGANISATION, day)),
        )
        .outerjoin(REPORT, REPORT.c.terminal == _EPOCHS.c.terminal)
        .where(_EPOCHS.c.place == 1)
        .offset(skip)
        .limit(limit)
    )
    order = _EPOCHS.c.seen.desc()
    if show is Show.LOOK:
        query = query.where(sa.or_(opened > 0, _EPOCHS.c.all_aside > 0))
        query = query.order_by(opened.desc())
    elif show is Show.SILENT:
        query = query.where(_EPOCHS.c.seen < timestamp(at - SILENT))
        order = _EPOCHS.c.seen.asc()
    if only:
        query = query.where(_EPOCHS.c.terminal.in_(list(only)))
    if sought:
        query = query.where(
            sa.or_(
                sa.func.lower(_EPOCHS.c.terminal).contains(sought.lower(), autoescape=True),
                ORGANISATION.c.plain.contains(plain(sought), autoescape=True),
                PLACE.c.code.startswith(sought.replace(".", ""), autoescape=True),
            )
        )
    with database.reading() as connection:
        rows = connection.execute(query.order_by(order, _EPOCHS.c.terminal)).mappings()
        return tuple(_terminal(row) for row in rows)


def _terminal(row: sa.RowMapping) -> TerminalRow:
    offset = None
    if row["said_at"] is not None:
        offset = datetime.fromisoformat(row["said_at"]) - datetime.fromisoformat(row["heard_at"])
    return TerminalRow(
        row["terminal"],
        row["organisation"],
        row["code"],
        row["epoch"],
        row["epochs"],
        row["seen"],
        row["high_water"],
        row["highest"] - row["high_water"],
        int(row["all_aside"]),
        row["open_alarms"],
        row["version"],
        row["queued"],
        offset,
        row["quality"],
        row["list_number"],
        row["list_at"],
    )


def counts(database: Database, at: datetime) -> Counts:
    """Return how many terminals there are, how many are silent, and how many want looking at."""
    unsettled = _unsettled()
    seen = (
        sa.select(
            EPOCH.c.terminal,
            sa.func.max(_SEEN.element).label("seen"),
            sa.func.sum(EPOCH.c.aside).label("aside"),
        )
        .select_from(_HEARD)
        .group_by(EPOCH.c.terminal)
        .subquery()
    )
    silent = seen.c.seen < timestamp(at - SILENT)
    opened = sa.func.coalesce(unsettled.c.open, 0)
    query = sa.select(
        sa.func.count(),
        sa.func.count().filter(silent),
        sa.func.count().filter(sa.or_(opened > 0, seen.c.aside > 0)),
        sa.func.coalesce(sa.func.sum(opened), 0),
    ).select_from(seen.outerjoin(unsettled, unsettled.c.terminal == seen.c.terminal))
    with database.reading() as connection:
        return Counts(*(int(value) for value in connection.execute(query).one()))


SEEN_LIMITS = (1, 3, 7, 30)
"""Days, between the bars of `seen_ago`."""


def seen_ago(database: Database, at: datetime) -> tuple[int, ...]:
    """Return how many terminals came last within 1, 3, 7, 30 days, and how many longer ago."""
    seen = sa.select(sa.func.max(_SEEN.element).label("seen")).select_from(_HEARD)
    table = seen.group_by(EPOCH.c.terminal).subquery()
    edges = [timestamp(at - timedelta(days=days)) for days in SEEN_LIMITS]
    within = [
        sa.and_(table.c.seen >= edge, *((table.c.seen < before,) if before else ()))
        for before, edge in zip([None, *edges[:-1]], edges, strict=True)
    ]
    query = sa.select(
        *(sa.func.count().filter(condition) for condition in within),
        sa.func.count().filter(table.c.seen < edges[-1]),
    ).select_from(table)
    with database.reading() as connection:
        return tuple(int(value) for value in connection.execute(query).one())


def lists_in_use(
    database: Database, most: int = 4
) -> tuple[tuple[str | None, str | None, int], ...]:
    """Return (card list's number, its day, how many terminals), newest first; the rest together."""
    query = (
        sa.select(REPORT.c.list_number, sa.func.max(REPORT.c.list_at), sa.func.count())
        .group_by(REPORT.c.list_number)
        .order_by(sa.func.max(REPORT.c.list_at).desc().nulls_last())
    )
    with database.reading() as connection:
        rows = [(row[0], row[1], int(row[2])) for row in connection.execute(query)]
    if len(rows) <= most + 1:
        return tuple(rows)
    return (*rows[:most], (None, rows[most][1], sum(row[2] for row in rows[most:])))


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
        .outerjoin(SETTLED, _same(ALARM, SETTLED, "terminal", "epoch", "seq", "code"))
        .order_by(ALARM.c.raised_at.desc(), ALARM.c.terminal, ALARM.c.seq)
        .offset(skip)
        .limit(limit)
    )
    if terminal is not None:
        query = query.where(ALARM.c.terminal == terminal)
    if settled is not None:
        missing = SETTLED.c.terminal.is_(None)
        query = query.where(sa.not_(missing) if settled else missing)
    with database.reading() as connection:
        return tuple(AlarmRow(*row) for row in connection.execute(query))


def settle(
    database: Database,
    key: tuple[str, str, int, str],
    operator: str,
    note: str,
    at: datetime,
) -> bool:
    """Note who looked at an alarm and what came of it; False where there is none, or it was."""
    terminal, epoch, seq, code = key
    of = {"terminal": terminal, "epoch": epoch, "seq": seq, "code": code}
    with database.writing() as connection:
        found = connection.execute(
            sa.select(SETTLED.c.terminal, ALARM.c.terminal.label("there"))
            .select_from(
                ALARM.outerjoin(SETTLED, _same(ALARM, SETTLED, "terminal", "epoch", "seq", "code"))
            )
            .where(*(ALARM.c[name] == value for name, value in of.items()))
        ).one_or_none()
        if found is None or found.terminal is not None:
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


@dataclass(frozen=True, slots=True)
class Both:
    """What was set aside under a number, and the event that is held there, if there is one."""

    row: AsideRow
    data: str
    held: str | None


def aside_one(database: Database, terminal: str, epoch: str, seq: int, digest: str) -> Both | None:
    """Return one thing set aside beside what is held in its place; None where there is none."""
    place = (terminal, epoch, seq)
    of = [ASIDE.c[name] == value for name, value in zip(_PLACE, place, strict=True)]
    with database.reading() as connection:
        row = connection.execute(
            sa.select(ASIDE).where(*of, ASIDE.c.digest == bytes.fromhex(digest))
        ).one_or_none()
        held = connection.execute(
            sa.select(EVENT.c.data).where(
                *(EVENT.c[name] == value for name, value in zip(_PLACE, place, strict=True))
            )
        ).scalar()
    if row is None:
        return None
    seen = AsideRow(*place, digest, row.why, row.received_at, len(row.data))
    return Both(seen, _readable(bytes(row.data)), None if held is None else _readable(bytes(held)))


_PLACE = ("terminal", "epoch", "seq")


def _readable(data: bytes) -> str:
    """Return an event's JSON in lines; bodies in it stay sealed."""
    try:
        return json.dumps(json.loads(data), ensure_ascii=False, indent=1, sort_keys=True)
    except ValueError:
        return data.decode("utf-8", "backslashreplace")
