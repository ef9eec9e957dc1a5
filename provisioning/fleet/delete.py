"""Deleting a terminal that has been out of service for as long as the law keeps its records.

Lives here: that it may go, and what goes. Not here: how long that is, which is an argument.

Everything that speaks of it goes: registry, history, certificates, records in their places and set
aside, alarms, reports, inbox, re-verifications, ledger of sticks. What stays are sums: its meetings
as figures and where it stood then, under a drawn name that nobody can trace back, so that the
figures of past years do not change. The audit of the pages stays too, as the database lets nobody
change it; in it a terminal's id may stand in an address that somebody opened, and no person's name
but the operators'.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre import inbox_tables, office_tables, tables
from provisioning.centre.office_tables import DOOR, MEETING, PLACE, TALLIED
from provisioning.errors import FleetRefused
from provisioning.fleet import registry
from provisioning.fleet import tables as own
from provisioning.fleet.registry import ENDED
from provisioning.relay import tables as relay_tables

SHORTEST = timedelta(days=365)
"""No policy is shorter: a year's figures are still being looked at."""
PSEUDONYM_SIZE = 8  # bytes

GO = (
    tables.EVENT,
    tables.ASIDE,
    tables.ALARM,
    tables.GAP,
    tables.EPOCH,
    tables.COURIER,
    office_tables.EPOCH_LINK,
    office_tables.REPORT,
    office_tables.SETTLED,
    TALLIED,
    DOOR,
    inbox_tables.INBOX,
    inbox_tables.INBOX_MESSAGE,
    inbox_tables.INBOX_ALARM,
    inbox_tables.INBOX_SETTLED,
    inbox_tables.REVERIFICATION,
    inbox_tables.SUPPORT,
    relay_tables.BACK_OFFICE_TERMINAL,
    relay_tables.QUESTION,
    relay_tables.QUESTION_CALL,
    own.CERTIFICATE,
    own.CLAIM,
    own.REQUEST,
    own.HISTORY,
    own.WIPE,
)
"""Tables with a column `terminal`, whose rows go."""
STAY = (MEETING, PLACE)
"""Whose rows stay under a drawn name."""


def delete(
    connection: sa.Connection,
    name: str,
    retention: timedelta,
    at: datetime,
    rng: Callable[[int], bytes] = os.urandom,
) -> int:
    """Delete a terminal; return how many records went with it.

    `retention`: how long after its end it is kept. Raises FleetRefused for one in service, before
    the time is over, for a policy below SHORTEST.
    """
    known = registry.get(connection, name)
    if known.state not in ENDED:
        raise FleetRefused(
            f"{name} is {known.state}: only what is out of service is deleted.",
            next_step="Retire it first; its records stay for as long as they have to.",
        )
    if retention < SHORTEST:
        raise FleetRefused(
            f"Nothing is deleted before {SHORTEST.days} days.",
            next_step="Give the retention period that your office is bound to.",
        )
    over = datetime.fromisoformat(known.since) + retention
    if at < over:
        raise FleetRefused(
            f"{name} is kept until {timestamp(over)}.",
            next_step="Come back then; its records are still owed to whoever asks for them.",
        )
    drawn = f"deleted-{rng(PSEUDONYM_SIZE).hex()}"
    records = 0
    for table in GO:
        done = connection.execute(sa.delete(table).where(table.c.terminal == name))
        records += done.rowcount if table is tables.EVENT else 0
    for table in STAY:
        connection.execute(sa.update(table).where(table.c.terminal == name).values(terminal=drawn))
    mine = own.TERMINAL.c
    connection.execute(sa.delete(own.TERMINAL).where(mine.name == name))
    connection.execute(sa.update(own.TERMINAL).where(mine.replaces == name).values(replaces=None))
    connection.execute(
        sa.update(own.TERMINAL).where(mine.replaced_by == name).values(replaced_by=None)
    )
    linked = own.HISTORY.c.detail.in_((f"by {name}", f"takes the place of {name}"))
    connection.execute(sa.update(own.HISTORY).where(linked).values(detail=""))
    return records
