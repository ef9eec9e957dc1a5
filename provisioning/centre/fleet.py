"""The terminals: when they came last, what they said of themselves, what is held of them.

Lives here: the questions and their rows. Not here: alarms and what was set aside (`alarms`),
meetings (`meetings`), pages. Every answer comes from rows that `store` and `reports` keep up to
date; no event is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.alarms import unsettled
from provisioning.centre.catalogue import called, valid_on
from provisioning.centre.database import Database
from provisioning.centre.limits import PAGE
from provisioning.centre.office_tables import EPOCH_LINK, ORGANISATION, PLACE, REPORT
from provisioning.centre.tables import EPOCH

MAX_LISTED_EPOCHS = 1000
SILENT = timedelta(days=7)
SEEN_LIMITS = (1, 3, 7, 30)
"""Days, between the bars of `seen_ago`."""


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
    standing: str | None = None
    """What it follows (`lineage.Standing`); None where nobody looked yet."""
    after_epoch: str | None = None
    after_seq: int | None = None


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


_EPOCH_ROW: tuple[sa.ColumnElement[Any], ...] = (
    EPOCH.c.terminal,
    EPOCH.c.epoch,
    EPOCH.c.high_water,
    EPOCH.c.events,
    EPOCH.c.aside,
    EPOCH.c.alarms,
    EPOCH.c.last_seen,
    EPOCH_LINK.c.standing,
    EPOCH_LINK.c.after_epoch,
    EPOCH_LINK.c.after_seq,
)
"""The columns of an EpochRow."""


def epochs(
    database: Database, terminal: str | None = None, limit: int = MAX_LISTED_EPOCHS
) -> tuple[EpochRow, ...]:
    """Return the epochs of every terminal, or of one, with their counts, newest first."""
    query = (
        sa.select(*_EPOCH_ROW)
        .outerjoin(
            EPOCH_LINK,
            sa.and_(EPOCH_LINK.c.terminal == EPOCH.c.terminal, EPOCH_LINK.c.epoch == EPOCH.c.epoch),
        )
        .order_by(EPOCH.c.last_seen.desc(), EPOCH.c.terminal, EPOCH.c.epoch)
        .limit(limit)
    )
    if terminal is not None:
        query = query.where(EPOCH.c.terminal == terminal)
    with database.reading() as connection:
        return tuple(EpochRow(*row) for row in connection.execute(query))


_SEEN = sa.case(
    (REPORT.c.received_at > EPOCH.c.last_seen, REPORT.c.received_at), else_=EPOCH.c.last_seen
).label("seen")
"""When a terminal was heard of last: with records, or with a report that there are none."""
_HEARD = EPOCH.outerjoin(REPORT, REPORT.c.terminal == EPOCH.c.terminal)
_SUMMED = (
    sa.select(
        EPOCH.c.terminal,
        sa.func.max(_SEEN.element).label("seen"),
        sa.func.sum(EPOCH.c.aside).label("aside"),
        sa.func.count().label("epochs"),
    )
    .select_from(_HEARD)
    .group_by(EPOCH.c.terminal)
)
"""One row a terminal, from the rows of its epochs and its report."""


def terminals(
    database: Database,
    at: datetime,
    day: str,
    *,
    show: Show = Show.ALL,
    sought: str = "",
    only: str | None = None,
    skip: int = 0,
    limit: int = PAGE,
) -> tuple[TerminalRow, ...]:
    """Return terminals, those silent longest first where they are asked for, else newest first.

    `sought`: part of a terminal's id, of its organisation's name (accents are ignored) or code.
    `day`: ISO, whose organisation is named. `only`: this terminal.
    """
    picked = _picked(at, day, show, sought, only).offset(skip).limit(limit).cte("picked")
    newest_first = (EPOCH.c.last_seen.desc(), EPOCH.c.epoch)
    place = sa.func.row_number().over(partition_by=EPOCH.c.terminal, order_by=newest_first)
    epoch = (
        sa.select(EPOCH, place.label("place"))
        .where(EPOCH.c.terminal.in_(sa.select(picked.c.terminal)))
        .subquery()
    )
    query = (
        sa.select(
            picked,
            epoch.c.epoch,
            epoch.c.high_water,
            epoch.c.highest,
            REPORT.c.version,
            REPORT.c.queued,
            REPORT.c.at.label("said_at"),
            REPORT.c.received_at.label("heard_at"),
            REPORT.c.quality,
            REPORT.c.list_number,
            REPORT.c.list_at,
            ORGANISATION.c.name.label("organisation"),
            PLACE.c.code,
        )
        .select_from(picked)
        .join(epoch, sa.and_(epoch.c.terminal == picked.c.terminal, epoch.c.place == 1))
        .outerjoin(REPORT, REPORT.c.terminal == picked.c.terminal)
        .outerjoin(PLACE, sa.and_(PLACE.c.terminal == picked.c.terminal, valid_on(PLACE, day)))
        .outerjoin(ORGANISATION, _of_place(day))
        .order_by(*_order(show, picked))
    )
    with database.reading() as connection:
        return tuple(_terminal(row) for row in connection.execute(query).mappings())


def _of_place(day: str) -> sa.ColumnElement[bool]:
    return sa.and_(ORGANISATION.c.code == PLACE.c.code, valid_on(ORGANISATION, day))


def _picked(
    at: datetime, day: str, show: Show, sought: str, only: str | None
) -> sa.Select[*tuple[Any, ...]]:
    """Return which terminals are asked for, in order, as narrow rows.

    Only those of a page are then looked up in all their tables.
    """
    summed = _SUMMED if only is None else _SUMMED.where(EPOCH.c.terminal == only)
    if show is Show.SILENT:
        summed = summed.having(sa.func.max(_SEEN.element) < timestamp(at - SILENT))
    every, opened = summed.subquery(), unsettled()
    rows: sa.FromClause = every.outerjoin(opened, opened.c.terminal == every.c.terminal)
    if sought:
        place = sa.and_(PLACE.c.terminal == every.c.terminal, valid_on(PLACE, day))
        rows = rows.outerjoin(PLACE, place).outerjoin(ORGANISATION, _of_place(day))
    columns: tuple[sa.ColumnElement[Any], ...] = tuple(every.c)
    count = sa.func.coalesce(opened.c.open, 0).label("open_alarms")
    query = sa.select(*columns, count).select_from(rows)
    if show is Show.LOOK:
        query = query.where(sa.or_(opened.c.open > 0, every.c.aside > 0))
    if sought:
        named = sa.func.lower(every.c.terminal).contains(sought.lower(), autoescape=True)
        query = query.where(sa.or_(named, called(sought, PLACE.c.code)))
    found = query.subquery()
    return sa.select(*found.c).order_by(*_order(show, found))


def _order(show: Show, found: sa.Subquery | sa.CTE) -> tuple[sa.ColumnElement[Any], ...]:
    if show is Show.SILENT:
        return found.c.seen.asc(), found.c.terminal
    newest = (found.c.seen.desc(), found.c.terminal)
    return (found.c.open_alarms.desc(), *newest) if show is Show.LOOK else newest


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
        int(row["aside"]),
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
    open_alarms, seen = unsettled(), _SUMMED.subquery()
    silent = seen.c.seen < timestamp(at - SILENT)
    opened = sa.func.coalesce(open_alarms.c.open, 0)
    query = sa.select(
        sa.func.count(),
        sa.func.count().filter(silent),
        sa.func.count().filter(sa.or_(opened > 0, seen.c.aside > 0)),
        sa.func.coalesce(sa.func.sum(opened), 0),
    ).select_from(seen.outerjoin(open_alarms, open_alarms.c.terminal == seen.c.terminal))
    with database.reading() as connection:
        return Counts(*(int(value) for value in connection.execute(query).one()))


def seen_ago(database: Database, at: datetime) -> tuple[int, ...]:
    """Return how many terminals came last within 1, 3, 7, 30 days, and how many longer ago."""
    table = _SUMMED.subquery()
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
