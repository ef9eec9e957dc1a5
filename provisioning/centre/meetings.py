"""Meetings and attendance, by organisation and period, and the organisations themselves.

Lives here: the questions and their rows. Not here: counting a meeting (`tally`), the catalogue's
files (`catalogue`), pages. A meeting belongs to the organisation with which its terminal stood on
its day; an organisation's figures are those of all below its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from provisioning.centre.catalogue import GROUPS, Version, plain, read_code, valid_on
from provisioning.centre.database import Database
from provisioning.centre.office_tables import MEETING, ORGANISATION, PLACE

PAGE = 50
MAX_EXPORT = 300_000
SUMS = (
    *("present", "by_card", "by_hand", "left_early", "excused", "unexcused", "exempt"),
    *("undecided", "refused"),
)
"""Columns of a meeting that add up."""
_BUCKET = "bucket"  # grouped by its name: an expression with bound values is not the same twice


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting as figures."""

    context: str
    terminal: str
    organisation: str | None
    code: str | None
    day: str
    opened_at: str
    closed_at: str | None
    doors: int
    present: int
    by_card: int
    by_hand: int
    left_early: int
    excused: int
    unexcused: int
    exempt: int
    undecided: int
    refused: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Meetings of a day, a month or an organisation, added up."""

    key: str | None
    name: str | None
    meetings: int
    present: int
    by_card: int
    by_hand: int
    left_early: int
    excused: int
    unexcused: int
    exempt: int
    undecided: int
    refused: int


@dataclass(frozen=True, slots=True)
class Period:
    """Meetings of the days from `since` to `until`, both in, below an organisation's code."""

    since: str
    until: str
    code: str | None = None

    def where(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions."""
        found = [MEETING.c.day >= self.since, MEETING.c.day <= self.until]
        if self.code is not None:
            found.append(PLACE.c.code.startswith(prefix(self.code), autoescape=True))
        return found


def prefix(code: str) -> str:
    """Return the digits that all codes below this one begin with: without its last zero groups."""
    end = at = 0
    for size in GROUPS:
        if int(code[at : at + size]):
            end = at + size
        at += size
    return code[: end or GROUPS[0]]


_AT_ITS_DAY = sa.and_(
    PLACE.c.terminal == MEETING.c.terminal,
    PLACE.c.since <= MEETING.c.day,
    sa.or_(PLACE.c.until.is_(None), PLACE.c.until > MEETING.c.day),
)
_NAMED_AT_ITS_DAY = sa.and_(
    ORGANISATION.c.code == PLACE.c.code,
    ORGANISATION.c.since <= MEETING.c.day,
    sa.or_(ORGANISATION.c.until.is_(None), ORGANISATION.c.until > MEETING.c.day),
)
_FROM = MEETING.outerjoin(PLACE, _AT_ITS_DAY)
_SUMS = tuple(sa.func.coalesce(sa.func.sum(MEETING.c[name]), 0) for name in SUMS)


def meetings(
    database: Database, period: Period, *, skip: int = 0, limit: int = PAGE
) -> tuple[MeetingRow, ...]:
    """Return the meetings of a period, newest first."""
    query = (
        sa.select(
            MEETING.c.context,
            MEETING.c.terminal,
            ORGANISATION.c.name,
            PLACE.c.code,
            MEETING.c.day,
            MEETING.c.opened_at,
            MEETING.c.closed_at,
            MEETING.c.doors,
            *(MEETING.c[name] for name in SUMS),
        )
        .select_from(_FROM.outerjoin(ORGANISATION, _NAMED_AT_ITS_DAY))
        .where(*period.where())
        .order_by(MEETING.c.opened_at.desc(), MEETING.c.context)
        .offset(skip)
        .limit(limit)
    )
    with database.reading() as connection:
        return tuple(MeetingRow(*row) for row in connection.execute(query))


def total(database: Database, period: Period) -> Sum:
    """Return all meetings of a period, added up."""
    query = sa.select(sa.func.count(), *_SUMS).select_from(_FROM).where(*period.where())
    with database.reading() as connection:
        row = connection.execute(query).one()
    return Sum(None, None, *(int(value) for value in row))


def by_time(database: Database, period: Period, *, monthly: bool) -> tuple[Sum, ...]:
    """Return sums by day (`2026-11-05`) or month (`2026-11`), in order, of those with meetings."""
    key = sa.func.substr(MEETING.c.day, 1, 7 if monthly else 10).label(_BUCKET)
    query = (
        sa.select(key, sa.func.count(), *_SUMS)
        .select_from(_FROM)
        .where(*period.where())
        .group_by(_BUCKET)
        .order_by(_BUCKET)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
    return tuple(Sum(row[0], None, *(int(value) for value in row[1:])) for row in rows)


def by_organisation(database: Database, period: Period, day: str) -> tuple[Sum, ...]:
    """Return sums by the organisations one level below the period's code, as named on `day`.

    In the order of their codes; what is not known comes last.

    The key is that code; None for meetings at terminals whose organisation is not known.
    """
    start = 0 if period.code is None else len(prefix(period.code))
    size, rest = _next_group(start)
    head = sa.func.substr(PLACE.c.code, 1, size).label(_BUCKET)
    query = (
        sa.select(head, sa.func.count(), *_SUMS)
        .select_from(_FROM)
        .where(*period.where())
        .group_by(_BUCKET)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
        codes = [row[0] + "0" * rest for row in rows if row[0] is not None]
        names = _names(connection, codes, day)
    found = []
    for row in rows:
        code = None if row[0] is None else row[0] + "0" * rest
        found.append(Sum(code, names.get(code or ""), *(int(value) for value in row[1:])))
    return tuple(sorted(found, key=lambda one: (one.key is None, one.key or "")))


def _next_group(start: int) -> tuple[int, int]:
    """Return how many digits a code one level below has, and how many zeros follow them."""
    end = 0
    for size in GROUPS:
        end += size
        if end > start:
            break
    return end, sum(GROUPS) - end


def _names(connection: sa.Connection, codes: list[str], day: str) -> dict[str, str]:
    query = sa.select(ORGANISATION.c.code, ORGANISATION.c.name).where(
        ORGANISATION.c.code.in_(codes), valid_on(ORGANISATION, day)
    )
    return {row.code: row.name for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation on a day."""

    code: str
    name: str
    parent: str | None
    since: str
    until: str | None
    terminals: int
    below: int
    """How many organisations stand directly below it."""


def organisations(
    database: Database,
    day: str,
    *,
    parent: str | None = None,
    sought: str = "",
    skip: int = 0,
    limit: int = PAGE,
) -> tuple[OrganisationRow, ...]:
    """Return organisations of a day by code: directly below `parent`, the topmost, or those sought.

    `sought`: part of the name (accents are ignored), or the beginning of a code.
    """
    child = ORGANISATION.alias("child")
    below = (
        sa.select(sa.func.count())
        .where(
            child.c.parent == ORGANISATION.c.code,
            child.c.since <= day,
            sa.or_(child.c.until.is_(None), child.c.until > day),
        )
        .scalar_subquery()
    )
    standing = (
        sa.select(sa.func.count())
        .where(PLACE.c.code == ORGANISATION.c.code, valid_on(PLACE, day))
        .scalar_subquery()
    )
    query = (
        sa.select(
            ORGANISATION.c.code,
            ORGANISATION.c.name,
            ORGANISATION.c.parent,
            ORGANISATION.c.since,
            ORGANISATION.c.until,
            standing,
            below,
        )
        .where(valid_on(ORGANISATION, day))
        .order_by(ORGANISATION.c.code)
        .offset(skip)
        .limit(limit)
    )
    if sought:
        query = query.where(
            sa.or_(
                ORGANISATION.c.plain.contains(plain(sought), autoescape=True),
                ORGANISATION.c.code.startswith(sought.replace(".", ""), autoescape=True),
            )
        )
    elif parent is not None:
        query = query.where(ORGANISATION.c.parent == parent)
    else:
        above = ORGANISATION.alias("above")
        query = query.where(
            ~sa.exists().where(
                above.c.code == ORGANISATION.c.parent,
                above.c.since <= day,
                sa.or_(above.c.until.is_(None), above.c.until > day),
            )
        )
    with database.reading() as connection:
        return tuple(OrganisationRow(*row) for row in connection.execute(query))


def versions(database: Database, code: str) -> tuple[Version, ...]:
    """Return every version of a code, newest first."""
    query = (
        sa.select(
            ORGANISATION.c.code,
            ORGANISATION.c.since,
            ORGANISATION.c.until,
            ORGANISATION.c.name,
            ORGANISATION.c.parent,
        )
        .where(ORGANISATION.c.code == code)
        .order_by(ORGANISATION.c.since.desc())
    )
    with database.reading() as connection:
        return tuple(Version(*row) for row in connection.execute(query))


def organisations_of_day(database: Database, day: str) -> tuple[Version, ...]:
    """Return every organisation of a day, by code."""
    query = (
        sa.select(
            ORGANISATION.c.code,
            ORGANISATION.c.since,
            ORGANISATION.c.until,
            ORGANISATION.c.name,
            ORGANISATION.c.parent,
        )
        .where(valid_on(ORGANISATION, day))
        .order_by(ORGANISATION.c.code)
        .limit(MAX_EXPORT)
    )
    with database.reading() as connection:
        return tuple(Version(*row) for row in connection.execute(query))


def names(database: Database, codes: Sequence[str]) -> dict[str, str]:
    """Return the newest names of codes; those that are not in the catalogue are absent."""
    query = (
        sa.select(ORGANISATION.c.code, ORGANISATION.c.name)
        .where(ORGANISATION.c.code.in_(list(codes)))
        .order_by(ORGANISATION.c.since)
    )
    with database.reading() as connection:
        return {row.code: row.name for row in connection.execute(query)}


def line_above(database: Database, code: str, day: str) -> tuple[Version, ...]:
    """Return the organisations above a code on a day, the topmost first."""
    found: list[Version] = []
    seen = {code}
    with database.reading() as connection:
        while True:
            below = found[0] if found else None
            of = code if below is None else below.parent
            if below is not None and (of is None or of in seen):
                break
            row = connection.execute(
                sa.select(
                    ORGANISATION.c.code,
                    ORGANISATION.c.since,
                    ORGANISATION.c.until,
                    ORGANISATION.c.name,
                    ORGANISATION.c.parent,
                ).where(ORGANISATION.c.code == of, valid_on(ORGANISATION, day))
            ).one_or_none()
            if row is None:
                break
            found.insert(0, Version(*row))
            seen.add(row.code)
    return tuple(one for one in found if one.code != code)


def terminals_of(database: Database, code: str, day: str) -> tuple[str, ...]:
    """Return the terminals that stand with an organisation on a day."""
    query = (
        sa.select(PLACE.c.terminal)
        .where(PLACE.c.code == code, valid_on(PLACE, day))
        .order_by(PLACE.c.terminal)
    )
    with database.reading() as connection:
        return tuple(connection.execute(query).scalars())


def sought_code(text: str | None) -> str | None:
    """Return the code in an address's text, None where there is none."""
    return read_code(text) if text else None
