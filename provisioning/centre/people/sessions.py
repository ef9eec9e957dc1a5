"""Open sessions: which browser holds one, whose it is, until when.

Lives here: the table, shared by all processes of a centre. Not here: how somebody came in
(`accounts`), cookies (`provisioning.centre.pages.browser`). What an operator asks for is looked up,
kept open and written to the audit in one transaction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.database import Database
from provisioning.centre.people.audit import Done, Outcome, record
from provisioning.centre.people.roles import Act, Role, may
from provisioning.centre.people.tables import ACCOUNT, SESSION

IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)
"""Of a session, however busy: a day's work, and never the night."""


class Entry(Enum):
    """Whether a browser may do something now."""

    ALLOWED = auto()
    REFUSED = auto()
    """Not in this role."""
    NEW_PASSWORD = auto()
    """First the password that somebody else gave has to be changed."""
    NOBODY = auto()
    """No session, or it is over."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open one."""

    operator: str
    role: Role
    must_change: bool


class Sessions:
    """The table. Raises CentreStoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, token: str, operator: str, at: datetime) -> None:
        """Open a session for a browser's new id, which was known to nobody before."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(SESSION).where(sa.not_(_alive(at))))
            connection.execute(
                sa.insert(SESSION).from_select(
                    ["key", "operator", "generation", "opened_at", "touched_at"],
                    sa.select(
                        sa.bindparam("key", _key(token), sa.LargeBinary),
                        ACCOUNT.c.name,
                        ACCOUNT.c.generation,
                        sa.bindparam("opened", timestamp(at), SESSION.c.opened_at.type),
                        sa.bindparam("touched", timestamp(at), SESSION.c.touched_at.type),
                    ).where(ACCOUNT.c.name == operator, ACCOUNT.c.removed_at.is_(None)),
                )
            )

    def enter(
        self, token: str, act: Act, subject: str, at: datetime
    ) -> tuple[Entry, Session | None]:
        """Say whether this browser may do the act; write it down, and keep its session open."""
        with self._database.writing() as connection:
            session = _find(connection, token, at)
            if session is None:
                return Entry.NOBODY, None
            connection.execute(
                sa.update(SESSION)
                .where(SESSION.c.key == _key(token))
                .values(touched_at=timestamp(at))
            )
            if session.must_change and act is not Act.OWN_PASSWORD:
                return Entry.NEW_PASSWORD, session
            allowed = may(session.role, act)
            outcome = Outcome.ALLOWED if allowed else Outcome.REFUSED
            record(connection, at, session.operator, act, outcome, subject)
        return (Entry.ALLOWED if allowed else Entry.REFUSED), session

    def find(self, token: str, at: datetime) -> Session | None:
        """Return the session of this browser, None where it has none or its time is over."""
        with self._database.reading() as connection:
            return _find(connection, token, at)

    def close(self, token: str, at: datetime) -> None:
        """End the session of this browser."""
        with self._database.writing() as connection:
            session = _find(connection, token, at)
            connection.execute(sa.delete(SESSION).where(SESSION.c.key == _key(token)))
            if session is not None:
                record(connection, at, session.operator, Done.LOGOUT)


def _alive(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        SESSION.c.touched_at > timestamp(at - IDLE), SESSION.c.opened_at > timestamp(at - LIFETIME)
    )


def _find(connection: sa.Connection, token: str, at: datetime) -> Session | None:
    query = (
        sa.select(ACCOUNT.c.name, ACCOUNT.c.role, ACCOUNT.c.must_change)
        .join(SESSION, SESSION.c.operator == ACCOUNT.c.name)
        .where(
            SESSION.c.key == _key(token),
            SESSION.c.generation == ACCOUNT.c.generation,
            ACCOUNT.c.removed_at.is_(None),
            _alive(at),
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Session(row.name, Role(row.role), row.must_change)


def _key(token: str) -> bytes:
    """Return what the table knows of an id: nothing that opens a session."""
    return hashlib.sha256(token.encode()).digest()
