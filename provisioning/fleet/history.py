"""What was done to each terminal, when and by whom: the registry's own record.

Lives here: the verbs, adding a row within a transaction, reading. Not here: the verbs' work
(`requests`, `decisions`, `claims`, `verbs`), the audit of pages (`centre.people.audit`).

A row goes with the terminal when it is deleted, and only then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.fleet.tables import HISTORY

MAX_DETAIL = 300  # characters


@unique
class Verb(StrEnum):
    """What can be done to a terminal. A word never changes its meaning."""

    ADOPTED = "adopted"
    """Known from before the registry, or certified outside it."""
    EXPECTED = "expected"
    """An inventory named it, before there was a claim."""
    CLAIMED = "claimed"
    """A claim was given out for it."""
    CLAIM_WITHDRAWN = "claim-withdrawn"
    REQUESTED = "requested"
    """It asked for a certificate, and waits."""
    RENEWAL = "renewal"
    """It asked for its next certificate."""
    APPROVED = "approved"
    REFUSED = "refused"
    CERTIFIED = "certified"
    """A certificate was issued for it."""
    RENAMED = "renamed"
    MOVED = "moved"
    REPLACED = "replaced"
    RETIRED = "retired"
    LOST = "lost"
    RELEASED = "released"
    """What was held back of a lost one was released."""
    WIPE_ORDERED = "wipe-ordered"
    WIPED = "wiped"
    """Its signed word came that it destroyed its keys."""
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `operator` is None where the terminal itself did it."""

    at: str
    operator: str | None
    verb: str
    terminal: str
    detail: str


def note(
    connection: sa.Connection,
    at: datetime,
    operator: str | None,
    verb: Verb,
    terminal: str,
    detail: str = "",
) -> None:
    """Add a row within the caller's transaction."""
    connection.execute(
        sa.insert(HISTORY).values(
            at=timestamp(at),
            operator=operator,
            verb=verb.value,
            terminal=terminal,
            detail=detail[:MAX_DETAIL],
        )
    )


def history(connection: sa.Connection, terminal: str) -> tuple[Entry, ...]:
    """Return what was done to a terminal, oldest first."""
    query = (
        sa.select(*(HISTORY.c[name] for name in Entry.__slots__))
        .where(HISTORY.c.terminal == terminal)
        .order_by(HISTORY.c.number)
    )
    return tuple(Entry(*row) for row in connection.execute(query))
