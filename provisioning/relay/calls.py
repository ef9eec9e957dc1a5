"""A terminal's call for questions that no connection's certificate vouches for: it counts once.

Lives here: that it is of now, and was not sent before. Not here: whose it is (`centre.speaker`),
whether that terminal is in service (`fleet.admission`), what it is answered (`questions`).

Where a connection shows a certificate, TLS proves that the caller has the key at this moment. A
signature alone proves that somebody had it once: whoever saw a call could send it again, be told
which office asks, say anew how a question stood, and keep a place among those that wait. So such
a call is held against the centre's clock, and its nonce is taken once for as long as that lets it
through. A terminal whose clock is off by more is not asked; its records come home all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from edge.wire.event import timestamp
from edge.wire.question import Call
from provisioning.centre.database import INSERTS
from provisioning.errors import CallRefused
from provisioning.relay.tables import QUESTION_CALL

FRESH = timedelta(minutes=5)
"""Between the clocks of terminal and centre, either way, and on the line."""


def take(connection: sa.Connection, call: Call, at: datetime) -> None:
    """Take a call that its own terminal signed, this once. Raises CallRefused."""
    if not timestamp(at - FRESH) <= call.at <= timestamp(at + FRESH):
        raise CallRefused(
            "The call is not of now, by the centre's clock.",
            next_step="Set the terminal's clock; where it is right, the centre's.",
        )
    old = QUESTION_CALL.c.received_at < timestamp(at - 2 * FRESH)
    connection.execute(sa.delete(QUESTION_CALL).where(old))
    row = {"terminal": call.terminal, "nonce": call.nonce, "received_at": timestamp(at)}
    insert = INSERTS[connection.dialect.name](QUESTION_CALL).values(row).on_conflict_do_nothing()
    if connection.execute(insert.returning(QUESTION_CALL.c.terminal)).first() is None:
        raise CallRefused(
            "The call was sent before.", next_step="Each call has a nonce of its own."
        )
