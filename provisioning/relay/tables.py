"""The tables of questions that go by way of the centre.

Lives here: columns. Not here: making them (`provisioning.centre.migrations`), reading and writing
rows (`offices`, `questions`, `calls`). Whoever holds the database reads no name here: a question is
sealed to its terminal, what a card gave to whoever asked.
"""

from __future__ import annotations

import sqlalchemy as sa

from provisioning.centre.tables import METADATA, NAME, Instant

BACK_OFFICE = sa.Table(
    "back_office",
    METADATA,
    sa.Column("id", NAME, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("origin", NAME, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
)
"""Who may ask. `token`: SHA-256 of the bearer token, which nobody keeps but the office."""

BACK_OFFICE_TERMINAL = sa.Table(
    "back_office_terminal",
    METADATA,
    sa.Column("office", NAME, primary_key=True),
    sa.Column("terminal", NAME, primary_key=True),
)
"""Which terminals it may ask."""

QUESTION_CALL = sa.Table(
    "question_call",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("nonce", sa.LargeBinary, primary_key=True),
    sa.Column("received_at", Instant, nullable=False),
)
"""Calls of the last minutes that came by the door that asks for no certificate (`calls`)."""

QUESTION = sa.Table(
    "question",
    METADATA,
    sa.Column("id", NAME, primary_key=True),
    sa.Column("office", NAME, nullable=False),
    sa.Column("terminal", NAME, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("take_until", Instant, nullable=False),
    sa.Column("silent_at", Instant, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("kid", NAME, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("state", NAME, nullable=False),
    sa.Column("why", NAME),
    sa.Column("told", sa.Text),
    sa.Column("cancelled_at", Instant),
    sa.Column("ended_at", Instant),
)
"""Questions under way, and for a while those that ended. `take_until`: the terminal may take it
until then; `silent_at`: it is over unless the terminal told of its end; `told`: the last that it
told, as it stands in the call (JSON)."""
