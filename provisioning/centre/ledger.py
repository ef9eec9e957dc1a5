"""The centre's ledger of sticks: which bundle came or went, and when, for ever.

Lives here: one table. Not here: what a bundle is (`edge.wire.bundle`), taking it (`courier`). It
stands in the database of the events, so that a database put back from a copy and its ledger say
the same; and it decides nothing, for every event has its own rule against repetition.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from edge.wire.bundle import Bundle
from edge.wire.event import timestamp
from provisioning.centre.database import Database
from provisioning.centre.tables import COURIER


@dataclass(frozen=True, slots=True)
class Carried:
    """One bundle of the ledger; see the table for its columns."""

    bundle: str
    terminal: str
    way: str
    made_at: str
    first_at: str
    last_at: str
    files: int
    missing: int


class Ledger:
    """The ledger of a centre. Raises CentreStoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, bundle: Bundle, at: datetime, *, missing: int = 0) -> bool:
        """Note that a bundle passed; return whether it is new to the ledger."""
        now = timestamp(at)
        row = {
            "bundle": bundle.id,
            "terminal": bundle.terminal,
            "way": bundle.way.value,
            "made_at": bundle.at,
            "first_at": now,
            "last_at": now,
            "files": len(bundle.files),
            "missing": missing,
        }
        with self._database.writing() as connection:
            statement = self._database.insert(COURIER).values(row).on_conflict_do_nothing()
            new = connection.execute(statement.returning(COURIER.c.bundle)).first() is not None
            if not new:
                connection.execute(
                    sa.update(COURIER)
                    .where(COURIER.c.bundle == bundle.id)
                    .values(last_at=now, missing=missing)
                )
        return new

    def of(self, terminal: str) -> tuple[Carried, ...]:
        """Return the bundles of a terminal, the first taken first."""
        query = (
            sa.select(*(COURIER.c[name] for name in Carried.__slots__))
            .where(COURIER.c.terminal == terminal)
            .order_by(COURIER.c.first_at, COURIER.c.bundle)
        )
        with self._database.reading() as connection:
            return tuple(Carried(*row) for row in connection.execute(query))
