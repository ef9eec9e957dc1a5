"""Wiping at the centre: the order, and the terminal's signed word that it did.

Lives here: the registry's side of both. Not here: their forms (`edge.wire.wipe`), sealing and
sending the order (`provisioning.centre.inbox`). The guarantee is the revocation, which stands from
the order on, whether the terminal ever hears of it or not; the word only says that its own software
did as it was told.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from edge.errors import WireMalformed
from edge.wire.event import timestamp
from edge.wire.wipe import Statement, open_statement
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.speaker import Speaker
from provisioning.errors import FleetRefused, ReportRefused, TerminalUnknown
from provisioning.fleet import registry
from provisioning.fleet.admission import Trust, admission
from provisioning.fleet.history import Verb, note
from provisioning.fleet.registry import State
from provisioning.fleet.tables import WIPE
from provisioning.fleet.verbs import Lost, hold
from verify.errors import VerifyError

ORDER_SIZE = 16  # bytes


def order(
    connection: sa.Connection,
    name: str,
    operator: str,
    at: datetime,
    rng: Callable[[int], bytes] = os.urandom,
) -> tuple[str, Lost]:
    """Revoke a terminal and write down the order; return its id and what the revocation did.

    Ordered again it is the same order. Raises FleetRefused for one that is wiped, and for one that
    never was in service: it has nothing to be wiped.
    """
    registry.begin(connection, at)
    known = registry.get(connection, name)
    if known.state in {State.WIPED, State.EXPECTED, State.WAITING}:
        raise FleetRefused(
            f"{name} is {known.state}: there is nothing to be wiped.",
            next_step=f"Look at what was done to it: tramthe fleet show FOLDER {name}",
        )
    there = sa.select(WIPE.c.order_id).where(WIPE.c.terminal == name, WIPE.c.received_at.is_(None))
    found = connection.execute(there).scalar()
    done = hold(connection, name, State.WIPING, operator, at)
    if found is not None:
        return found, done
    made = rng(ORDER_SIZE).hex()
    connection.execute(
        sa.insert(WIPE).values(terminal=name, order_id=made, ordered_at=timestamp(at))
    )
    note(connection, at, operator, Verb.WIPE_ORDERED, name, made)
    return made, done


def hear(
    connection: sa.Connection, compact: str, authorities: TerminalAuthorities, at: datetime
) -> Statement:
    """Take a terminal's word that it was wiped; heard again it changes nothing.

    Its certificate is revoked, and may have run out: what counts is that a key of this terminal's
    signed it and that it was ordered. Raises ReportRefused.
    """
    speaker = Speaker(authorities, at, lapsed=True)
    try:
        found = open_statement(compact, speaker.key_for)
        speaker.check(found.terminal)
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise _refused(error.message) from error
    if admission(connection, found.terminal, speaker.key).trust is Trust.NONE:
        raise _refused("The key that signed it is not one of the terminal's.")
    which = sa.and_(WIPE.c.terminal == found.terminal, WIPE.c.order_id == found.order)
    row = connection.execute(sa.select(WIPE).where(which)).one_or_none()
    if row is None:
        raise _refused("Nobody ordered this.")
    if row.received_at is not None:
        return found
    connection.execute(
        sa.update(WIPE).where(which).values(received_at=timestamp(at), statement=compact)
    )
    known = registry.find(connection, found.terminal)
    if known is not None and known.state is State.WIPING:
        registry.enter(connection, found.terminal, State.WIPED, at)
    said = f"{found.order}: {', '.join(found.destroyed)}; log ended at {found.seq}"
    note(connection, at, None, Verb.WIPED, found.terminal, said)
    return found


def statements(connection: sa.Connection, name: str) -> tuple[str, ...]:
    """Return a terminal's signed words, as they came, oldest first."""
    query = (
        sa.select(WIPE.c.statement)
        .where(WIPE.c.terminal == name, WIPE.c.statement.is_not(None))
        .order_by(WIPE.c.received_at)
    )
    return tuple(connection.execute(query).scalars())


def _refused(message: str) -> ReportRefused:
    return ReportRefused(message, next_step="Look at it: tramthe fleet show FOLDER TERMINAL")
