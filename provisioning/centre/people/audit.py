"""What operators did: rows that are added and never changed.

Lives here: the row, adding one within a transaction, reading. Not here: the refusal to change one
(the database's own triggers, `migrations`), which acts there are (`roles`).

A row is written before the act, in the transaction that lets it happen: there is no act without
one. `subject` is the address or the name acted on; never a password, a body or a form's content.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.database import Database
from provisioning.centre.people.tables import AUDIT

MAX_SUBJECT = 300  # characters
PAGE = 100
"""Rows on a page."""


@unique
class Done(StrEnum):
    """Things in the audit besides the acts of the pages (`roles.Act`)."""

    LOGIN = "login"
    LOGOUT = "logout"
    ADD = "operator-add"
    REMOVE = "operator-remove"
    RESET = "operator-reset"
    CATALOGUE = "catalogue-import"
    PLACES = "terminals-import"


@unique
class Outcome(StrEnum):
    """What came of it."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    """The role may not, or the password was wrong."""
    WAITING = "waiting"
    """Too many tries: not looked at."""


CONSOLE = "console"
"""As operator: somebody at the centre's own machine."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row."""

    number: int
    at: str
    operator: str | None
    act: str
    outcome: str
    subject: str | None


def record(
    connection: sa.Connection,
    at: datetime,
    operator: str | None,
    act: str,
    outcome: Outcome = Outcome.ALLOWED,
    subject: str | None = None,
) -> None:
    """Add a row within the caller's transaction."""
    connection.execute(
        sa.insert(AUDIT).values(
            at=timestamp(at),
            operator=operator,
            act=act,
            outcome=outcome.value,
            subject=None if subject is None else subject[:MAX_SUBJECT],
        )
    )


def read(
    database: Database, *, operator: str | None = None, before: int | None = None
) -> tuple[Entry, ...]:
    """Return a page of rows, newest first: an operator's, those numbered below `before`."""
    query = sa.select(*AUDIT.c).order_by(AUDIT.c.number.desc()).limit(PAGE)
    if operator is not None:
        query = query.where(AUDIT.c.operator == operator)
    if before is not None:
        query = query.where(AUDIT.c.number < before)
    with database.reading() as connection:
        return tuple(Entry(*row) for row in connection.execute(query))
