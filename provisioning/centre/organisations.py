"""Organisations as an operator asks for them: of a day, below another, in their versions.

Lives here: the questions and their rows. Not here: codes, files and keeping them (`catalogue`),
the figures of their meetings (`meetings`), pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from provisioning.centre.catalogue import Version, called, valid_on
from provisioning.centre.database import Database
from provisioning.centre.limits import MAX_EXPORT, PAGE
from provisioning.centre.office_tables import ORGANISATION, PLACE


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


_VERSION = sa.select(*(ORGANISATION.c[name] for name in Version.__slots__))


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
        .where(child.c.parent == ORGANISATION.c.code, valid_on(child, day))
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
        query = query.where(called(sought, ORGANISATION.c.code))
    elif parent is not None:
        query = query.where(ORGANISATION.c.parent == parent)
    else:
        above = ORGANISATION.alias("above")
        query = query.where(
            ~sa.exists().where(above.c.code == ORGANISATION.c.parent, valid_on(above, day))
        )
    with database.reading() as connection:
        return tuple(OrganisationRow(*row) for row in connection.execute(query))


def versions(database: Database, code: str) -> tuple[Version, ...]:
    """Return every version of a code, newest first."""
    query = _VERSION.where(ORGANISATION.c.code == code).order_by(ORGANISATION.c.since.desc())
    with database.reading() as connection:
        return tuple(Version(*row) for row in connection.execute(query))


def organisations_of_day(database: Database, day: str) -> tuple[Version, ...]:
    """Return every organisation of a day, by code."""
    query = _VERSION.where(valid_on(ORGANISATION, day)).order_by(ORGANISATION.c.code)
    with database.reading() as connection:
        return tuple(Version(*row) for row in connection.execute(query.limit(MAX_EXPORT)))


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
    line: list[Version] = []
    upward: str | None = code
    with database.reading() as connection:
        while upward is not None and upward not in {one.code for one in line}:
            query = _VERSION.where(ORGANISATION.c.code == upward, valid_on(ORGANISATION, day))
            row = connection.execute(query).one_or_none()
            if row is None:
                break
            line.append(Version(*row))
            upward = line[-1].parent
    return tuple(reversed(line[1:]))


def terminals_of(database: Database, code: str, day: str) -> tuple[str, ...]:
    """Return the terminals that stand with an organisation on a day."""
    query = (
        sa.select(PLACE.c.terminal)
        .where(PLACE.c.code == code, valid_on(PLACE, day))
        .order_by(PLACE.c.terminal)
    )
    with database.reading() as connection:
        return tuple(connection.execute(query).scalars())
