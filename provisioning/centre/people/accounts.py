"""The operators and their passwords.

Lives here: adding, removing, resetting, trying and changing. Not here: what is kept of a password
(`passwords`), the wait (`tries`), what an operator may do (`roles`), open sessions (`sessions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre.database import Database
from provisioning.centre.people import passwords
from provisioning.centre.people.audit import CONSOLE, Done, Outcome, record
from provisioning.centre.people.roles import Role
from provisioning.centre.people.tables import ACCOUNT, SESSION
from provisioning.centre.people.tries import MAX_BEGUN, wait_after
from provisioning.errors import OfficeInputInvalid

NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


class Answer(Enum):
    """What came of a try."""

    RIGHT = auto()
    WRONG = auto()
    WAIT = auto()
    """Too many before: this one was not looked at."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as others may see them."""

    name: str
    role: Role
    must_change: bool
    """The password was given by somebody else."""
    tries: int
    wait_until: str | None
    added_at: str
    last_login: str | None
    removed_at: str | None

    def waits(self, at: datetime) -> bool:
        """Whether too many wrong passwords keep the operator out at `at` (UTC)."""
        return self.wait_until is not None and timestamp(at) < self.wait_until


_SEEN = (
    ACCOUNT.c.name,
    ACCOUNT.c.role,
    ACCOUNT.c.must_change,
    ACCOUNT.c.tries,
    ACCOUNT.c.wait_until,
    ACCOUNT.c.added_at,
    ACCOUNT.c.last_login,
    ACCOUNT.c.removed_at,
)


class Operators:
    """The operators of one centre. Safe from any thread and process.

    Every method that asks the database raises CentreStoreUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, role: Role, password: str, at: datetime) -> None:
        """Add an operator with a first password, which they must change.

        Raises OfficeInputInvalid for a name that has not its form or was ever given, PasswordUnfit.
        """
        if NAME.fullmatch(name) is None:
            raise OfficeInputInvalid(
                "This cannot be an operator's name.",
                next_step="Use 2 to 32 of a-z 0-9 . _ - and begin with a letter.",
            )
        secret = passwords.make(password, name)
        with self._database.writing() as connection:
            if self._find(connection, name) is not None:
                raise OfficeInputInvalid(
                    f"There is, or was, an operator {name}.",
                    next_step="Choose another name; one of the past stays in the audit.",
                )
            connection.execute(
                sa.insert(ACCOUNT).values(
                    name=name,
                    role=role.value,
                    password=secret,
                    must_change=True,
                    generation=1,
                    tries=0,
                    added_at=timestamp(at),
                )
            )
            record(connection, at, CONSOLE, Done.ADD, subject=f"{name} {role.value}")

    def remove(self, name: str, at: datetime) -> None:
        """Let an operator in no more and end their sessions. Raises OfficeInputInvalid."""
        with self._database.writing() as connection:
            self._present(connection, name)
            self._change(
                connection,
                name,
                removed_at=timestamp(at),
                password="",
                generation=ACCOUNT.c.generation + 1,
            )
            connection.execute(sa.delete(SESSION).where(SESSION.c.operator == name))
            record(connection, at, CONSOLE, Done.REMOVE, subject=name)

    def reset(self, name: str, password: str, at: datetime) -> None:
        """Give a new first password, end the wait and the sessions.

        Raises OfficeInputInvalid, PasswordUnfit.
        """
        secret = passwords.make(password, name)
        with self._database.writing() as connection:
            self._present(connection, name)
            self._set(connection, name, secret, must_change=True)
            record(connection, at, CONSOLE, Done.RESET, subject=name)

    def all(self) -> tuple[Operator, ...]:
        """Return everybody, those of the past last."""
        query = sa.select(*_SEEN).order_by(ACCOUNT.c.removed_at.is_not(None), ACCOUNT.c.name)
        with self._database.reading() as connection:
            return tuple(_operator(row) for row in connection.execute(query).mappings())

    def try_password(self, name: str, password: str, at: datetime) -> Answer:
        """Try a password; each try is in the audit, and counts from its beginning.

        What was typed as the name of nobody is not kept: it may be somebody's password.
        """
        secret = self._begin(name, at)
        if isinstance(secret, Answer):
            return secret
        right = passwords.matches(password, secret)
        with self._database.writing() as connection:
            known = None if secret is None else name
            record(
                connection,
                at,
                known,
                Done.LOGIN,
                Outcome.ALLOWED if right else Outcome.REFUSED,
            )
            if right:
                self._change(connection, name, tries=0, wait_until=None, last_login=timestamp(at))
        return Answer.RIGHT if right else Answer.WRONG

    def change_password(self, name: str, password: str, at: datetime) -> None:
        """Set one's own new password; every session of this operator is over. PasswordUnfit."""
        secret = passwords.make(password, name)
        with self._database.writing() as connection:
            self._set(connection, name, secret, must_change=False)

    def find(self, name: str) -> Operator | None:
        """Return the operator who may come in under this name, None where there is none."""
        with self._database.reading() as connection:
            row = self._find(connection, name)
        if row is None or row["removed_at"] is not None:
            return None
        return _operator(row)

    def _begin(self, name: str, at: datetime) -> str | Answer | None:
        """Count a try; return the record to compare with, or WAIT."""
        with self._database.writing() as connection:
            row = self._find(connection, name, lock=True)
            if row is None or row["removed_at"] is not None:
                return None
            if row["wait_until"] is not None and timestamp(at) < row["wait_until"]:
                record(connection, at, name, Done.LOGIN, Outcome.WAITING)
                return Answer.WAIT
            begun = min(row["tries"] + 1, MAX_BEGUN)
            wait = wait_after(begun)
            self._change(
                connection,
                name,
                tries=begun,
                wait_until=timestamp(at + wait) if wait else None,
            )
            return str(row["password"])

    def _find(
        self, connection: sa.Connection, name: str, *, lock: bool = False
    ) -> sa.RowMapping | None:
        query = sa.select(*_SEEN, ACCOUNT.c.password).where(ACCOUNT.c.name == name)
        found = connection.execute(query.with_for_update() if lock else query)
        return found.mappings().one_or_none()

    def _present(self, connection: sa.Connection, name: str) -> None:
        row = self._find(connection, name, lock=True)
        if row is None or row["removed_at"] is not None:
            raise OfficeInputInvalid(
                f"There is no operator {name}.",
                next_step="List them: tramthe centre operator list.",
            )

    def _set(self, connection: sa.Connection, name: str, secret: str, *, must_change: bool) -> None:
        self._change(
            connection,
            name,
            password=secret,
            must_change=must_change,
            tries=0,
            wait_until=None,
            generation=ACCOUNT.c.generation + 1,
        )
        connection.execute(sa.delete(SESSION).where(SESSION.c.operator == name))

    def _change(self, connection: sa.Connection, name: str, **values: object) -> None:
        connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.name == name).values(**values))


def _operator(row: sa.RowMapping) -> Operator:
    return Operator(**{column.name: row[column] for column in _SEEN} | {"role": Role(row["role"])})
