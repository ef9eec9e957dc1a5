"""Meetings and attendance, by organisation and period.

Lives here: the questions and their rows. Not here: counting a meeting (`tally`), the organisations
themselves (`organisations`), pages. A meeting belongs to the organisation with which its terminal
stood on its day; an organisation's figures are those of all below its code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.attendance import SUMS, Attendance
from provisioning.centre.catalogue import DIGITS, LEVELS, prefix, valid_on
from provisioning.centre.database import Database
from provisioning.centre.limits import PAGE
from provisioning.centre.local_time import begin_of
from provisioning.centre.office_tables import MEETING, ORGANISATION, PLACE

_EARLIEST, _LATEST = "1900-01-01", "9998-12-31"  # days of which the hours can be counted
_BUCKET = "bucket"  # grouped by its name: an expression with bound values is not the same twice


@dataclass(frozen=True, slots=True)
class MeetingRow(Attendance):
    """One meeting as figures."""

    context: str
    terminal: str
    organisation: str | None
    code: str | None
    day: str
    opened_at: str
    closed_at: str | None
    doors: int


@dataclass(frozen=True, slots=True)
class Sum(Attendance):
    """Meetings of a day, a month or an organisation, added up."""

    meetings: int
    key: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Meetings of the days from `since` to `until`, both in, below an organisation's code."""

    since: str
    until: str
    code: str | None = None

    def days(self) -> tuple[date, ...]:
        """Return each of its days."""
        first, last = date.fromisoformat(self.since), date.fromisoformat(self.until)
        return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))

    def where(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions."""
        return [MEETING.c.day >= self.since, MEETING.c.day <= self.until, *self._below()]

    def opened(self) -> list[sa.ColumnElement[bool]]:
        """Return the same by when they were opened, of which the day is made (`tally`)."""
        since = begin_of(max(self.since, _EARLIEST))
        until = begin_of(min(self.until, _LATEST)) + timedelta(days=1)
        opened = MEETING.c.opened_at
        return [opened >= timestamp(since), opened < timestamp(until), *self._below()]

    def _below(self) -> list[sa.ColumnElement[bool]]:
        if self.code is None:
            return []
        return [PLACE.c.code.startswith(prefix(self.code), autoescape=True)]


_FROM = MEETING.outerjoin(
    PLACE, sa.and_(PLACE.c.terminal == MEETING.c.terminal, valid_on(PLACE, MEETING.c.day))
)
_NAMED = _FROM.outerjoin(
    ORGANISATION,
    sa.and_(ORGANISATION.c.code == PLACE.c.code, valid_on(ORGANISATION, MEETING.c.day)),
)
_ROW: tuple[sa.ColumnElement[Any], ...] = (
    *(MEETING.c[name] for name in SUMS),
    MEETING.c.context,
    MEETING.c.terminal,
    ORGANISATION.c.name,
    PLACE.c.code,
    MEETING.c.day,
    MEETING.c.opened_at,
    MEETING.c.closed_at,
    MEETING.c.doors,
)
"""The columns of a MeetingRow."""
_ADDED = (
    *(sa.cast(sa.func.coalesce(sa.func.sum(MEETING.c[name]), 0), sa.BigInteger) for name in SUMS),
    sa.func.count(),
)
"""The columns of a Sum without its key."""


def meetings(
    database: Database, period: Period, *, skip: int = 0, limit: int = PAGE
) -> tuple[MeetingRow, ...]:
    """Return the meetings of a period, newest first."""
    newest = (MEETING.c.opened_at.desc(), MEETING.c.context)
    picked = (
        sa.select(MEETING.c.context)
        .select_from(MEETING if period.code is None else _FROM)
        .where(*period.opened())
        .order_by(*newest)
        .offset(skip)
        .limit(limit)
        .subquery()
    )
    rows = _NAMED.join(picked, picked.c.context == MEETING.c.context)
    query = sa.select(*_ROW).select_from(rows).order_by(*newest)
    with database.reading() as connection:
        return tuple(MeetingRow(*row) for row in connection.execute(query))


def total(sums: Iterable[Sum]) -> Sum:
    """Return sums that stand for different meetings, added up."""
    found = list(sums)
    names = (*SUMS, "meetings")
    return Sum(*(sum(getattr(one, name) for one in found) for name in names))


def by_time(database: Database, period: Period, *, monthly: bool) -> tuple[Sum, ...]:
    """Return sums by day (`2026-11-05`) or month (`2026-11`), in order, of those with meetings."""
    rows = MEETING if period.code is None else _FROM
    query = _by(MEETING.c.day, period, rows).order_by(_BUCKET)
    with database.reading() as connection:
        days = [Sum(*row) for row in connection.execute(query)]
    if not monthly:
        return tuple(days)
    months = groupby(days, key=lambda one: (one.key or "")[:7])
    return tuple(replace(total(some), key=month) for month, some in months)


def by_organisation(database: Database, period: Period, day: str) -> tuple[Sum, ...]:
    """Return sums by the organisations one level below the period's code, as named on `day`.

    In the order of their codes; what is not known comes last.

    The key is that code; None for meetings at terminals whose organisation is not known.
    """
    start = 0 if period.code is None else len(prefix(period.code))
    size = next((end for end in LEVELS if end > start), DIGITS)
    query = _by(sa.func.substr(PLACE.c.code, 1, size), period, _FROM)
    with database.reading() as connection:
        sums = [Sum(*row) for row in connection.execute(query)]
        below = [replace(one, key=one.key and one.key.ljust(DIGITS, "0")) for one in sums]
        names = _names(connection, [one.key for one in below if one.key is not None], day)
    named = (replace(one, name=names.get(one.key or "")) for one in below)
    return tuple(sorted(named, key=lambda one: (one.key is None, one.key or "")))


def _by(
    key: sa.ColumnElement[str], period: Period, rows: sa.FromClause
) -> sa.Select[*tuple[Any, ...]]:
    """Return the question for a period's sums by a key, which stands last in each row."""
    columns: tuple[sa.ColumnElement[Any], ...] = (*_ADDED, key.label(_BUCKET))
    return sa.select(*columns).select_from(rows).where(*period.where()).group_by(_BUCKET)


def _names(connection: sa.Connection, codes: list[str], day: str) -> dict[str, str]:
    query = sa.select(ORGANISATION.c.code, ORGANISATION.c.name).where(
        ORGANISATION.c.code.in_(codes), valid_on(ORGANISATION, day)
    )
    return {row.code: row.name for row in connection.execute(query)}
