"""The tables of what the centre itself says: the inbox, re-verifications, openings of bodies.

Not here: the events' tables (`tables`), reading and writing rows (`inbox`, `again`, `opening`).
Whoever holds the database reads no name here either: what goes to a terminal is sealed to it.
"""

from __future__ import annotations

import sqlalchemy as sa

from provisioning.centre.tables import METADATA, NAME, EpochId, Instant

INBOX = sa.Table(
    "inbox",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("public", sa.LargeBinary, nullable=False),
    sa.Column("high_water", sa.BigInteger, nullable=False),
    sa.Column("gaps", NAME, nullable=False),
    sa.Column("set_aside", NAME, nullable=False),
    sa.Column("heard_at", Instant, nullable=False),
)
"""One row of a terminal that called. `last`: the number given out last; `public`: the key that is
sealed to, announced as `generation`; `high_water`, `gaps` and `set_aside` (JSON) as last told."""

INBOX_MESSAGE = sa.Table(
    "inbox_message",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", NAME, nullable=False),
    sa.Column("sent_at", Instant, nullable=False),
    sa.Column("compact", sa.Text, nullable=False),
)
"""What was sent, as it was signed; kept for ever."""

INBOX_ALARM = sa.Table(
    "inbox_alarm",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("code", NAME, primary_key=True),
    sa.Column("detail", NAME, primary_key=True),
    sa.Column("raised_at", Instant, nullable=False),
)

INBOX_SETTLED = sa.Table(
    "inbox_alarm_settled",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("code", NAME, primary_key=True),
    sa.Column("detail", NAME, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("operator", NAME, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""Inbox alarms that somebody looked at; the alarm itself stays."""

SUPPORT = sa.Table(
    "support_bundle",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("asked_by", sa.BigInteger, key="order", primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("compact", sa.Text, nullable=False),
)
"""Support bundles as they came, sealed; `asked_by`: the number of the message that asked."""

REVERIFICATION = sa.Table(
    "reverification",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("epoch", EpochId, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("outcome", NAME, nullable=False),
    sa.Column("reason", NAME),
    sa.Column("compact", sa.Text, nullable=False),
)
"""The centre's own events about check-ins that lacked certainty, numbered from 1 for each."""

OPENING = sa.Table(
    "opening",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("compact", sa.Text, nullable=False),
)
"""Who opened bodies, when, which and why: signed, each with the hash of the one before."""
