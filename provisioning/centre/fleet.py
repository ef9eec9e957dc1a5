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
_EPOCHS = (
    sa.select(
        _SEEN,
        EPOCH,
        REPORT.c.version,
        REPORT.c.queued,
        REPORT.c.at.label("said_at"),
        REPORT.c.received_at.label("heard_at"),
        REPORT.c.quality,
        REPORT.c.list_number,
        REPORT.c.list_at,
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
    only: str | None = None,
    skip: int = 0,
    limit: int = PAGE,
) -> tuple[TerminalRow, ...]:
    """Return terminals, those silent longest first where they are asked for, else newest first.

    `sought`: part of a terminal's id, of its organisation's name (accents are ignored) or code.
    `day`: ISO, whose organisation is named. `only`: this terminal.
    """
    open_alarms = unsettled()
    opened = sa.func.coalesce(open_alarms.c.open, 0)
    query = (
        sa.select(
            _EPOCHS,
            ORGANISATION.c.name.label("organisation"),
            PLACE.c.code,
            opened.label("open_alarms"),
        )
        .outerjoin(open_alarms, open_alarms.c.terminal == _EPOCHS.c.terminal)
        .outerjoin(PLACE, sa.and_(PLACE.c.terminal == _EPOCHS.c.terminal, valid_on(PLACE, day)))
        .outerjoin(
            ORGANISATION,
            sa.and_(ORGANISATION.c.code == PLACE.c.code, valid_on(ORGANISATION, day)),
        )
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
    if only is not None:
        query = query.where(_EPOCHS.c.terminal == only)
    if sought:
        query = query.where(
            sa.or_(
                sa.func.lower(_EPOCHS.c.terminal).contains(sought.lower(), autoescape=True),
                called(sought, PLACE.c.code),
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
    open_alarms = unsettled()
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
