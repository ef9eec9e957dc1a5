"""Back offices that may ask terminals by way of the centre, each by a token of its own.

Lives here: adding, listing, revoking, and whose a token is. Not here: questions (`questions`).
A token is 32 random bytes in base64url; the database holds its SHA-256. It is looked up by that
digest: how long that takes says nothing about a token that is not known already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from edge.errors import WireMalformed
from edge.wire.canonical import to_base64url
from edge.wire.event import timestamp
from edge.wire.question import Office
from provisioning.centre.database import Database
from provisioning.errors import BackOfficeUnknown, OfficeInputInvalid
from provisioning.relay.tables import BACK_OFFICE, BACK_OFFICE_TERMINAL

TOKEN_SIZE = 32  # bytes
MAX_TOKEN = 64  # characters


@dataclass(frozen=True, slots=True)
class Listed:
    """A back office for whoever looks after them. Times: RFC 3339."""

    office: Office
    terminals: tuple[str, ...]
    made_at: str
    revoked_at: str | None


class BackOffices:
    """All of one database. Raises CentreStoreUnavailable from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, office: Office, terminals: Sequence[str], secret: bytes, at: datetime) -> str:
        """Let an office ask these terminals, and return its token, which is told this once.

        `secret`: TOKEN_SIZE random bytes. Raises OfficeInputInvalid for an id that was given
        before: receipts name it.
        """
        token = to_base64url(secret)
        row = {
            "id": office.id, "name": office.name, "origin": office.origin,
            "token": _digest(token), "made_at": timestamp(at),
        }  # fmt: skip
        with self._database.writing() as connection:
            insert = self._database.insert(BACK_OFFICE).values(row).on_conflict_do_nothing()
            if connection.execute(insert.returning(BACK_OFFICE.c.id)).first() is None:
                raise OfficeInputInvalid(
                    f"There is a back office {office.id} already.",
                    next_step="Give another id, or see `tramthe centre back-office list`.",
                )
            for terminal in sorted(set(terminals)):
                connection.execute(
                    sa.insert(BACK_OFFICE_TERMINAL).values(office=office.id, terminal=terminal)
                )
        return token

    def revoke(self, office: str, at: datetime) -> None:
        """Let an office ask nothing more; its id is not given again. Raises OfficeInputInvalid."""
        with self._database.writing() as connection:
            found = connection.execute(
                sa.update(BACK_OFFICE)
                .where(BACK_OFFICE.c.id == office, BACK_OFFICE.c.revoked_at.is_(None))
                .values(revoked_at=timestamp(at))
                .returning(BACK_OFFICE.c.id)
            ).first()
        if found is None:
            raise OfficeInputInvalid(
                f"There is no back office {office} that may ask.",
                next_step="See `tramthe centre back-office list`.",
            )

    def all(self) -> tuple[Listed, ...]:
        """Return every office by id, those that were revoked too; no token."""
        terminals: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(
                sa.select(BACK_OFFICE_TERMINAL).order_by(BACK_OFFICE_TERMINAL.c.terminal)
            ):
                terminals.setdefault(row.office, []).append(row.terminal)
            rows = connection.execute(sa.select(BACK_OFFICE).order_by(BACK_OFFICE.c.id)).all()
        return tuple(
            Listed(_office(row), tuple(terminals.get(row.id, ())), row.made_at, row.revoked_at)
            for row in rows
        )

    def of_token(self, token: str) -> Office:
        """Return whose token this is. Raises BackOfficeUnknown."""
        if len(token) <= MAX_TOKEN:
            with self._database.reading() as connection:
                row = connection.execute(
                    sa.select(BACK_OFFICE).where(
                        BACK_OFFICE.c.token == _digest(token), BACK_OFFICE.c.revoked_at.is_(None)
                    )
                ).one_or_none()
            if row is not None:
                return _office(row)
        raise BackOfficeUnknown(
            "The token is not one of a back office.",
            next_step="Send it as `Authorization: Bearer TOKEN`; ask whoever runs the centre.",
        )


def office_of(office: str, name: str, origin: str) -> Office:
    """Return an office as somebody typed it. Raises OfficeInputInvalid."""
    try:
        return Office(office, name, origin)
    except WireMalformed as error:
        raise OfficeInputInvalid(
            error.message,
            next_step="An id has small letters, digits and hyphens; an origin begins with https://.",
        ) from error


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii", "replace")).digest()


def _office(row: sa.Row[tuple[str, str, str]]) -> Office:
    return Office(row.id, row.name, row.origin)
