"""Tables of the operators, one definition for both engines.

Lives here: columns. Not here: making them (`migrations`), what their rows mean (`accounts`,
`sessions`, `audit`). The database itself refuses to change or delete a row of `audit`.
"""

from __future__ import annotations

import sqlalchemy as sa

from provisioning.centre.tables import METADATA, NAME, Instant

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

ACCOUNT = sa.Table(
    "operator_account",
    METADATA,
    sa.Column("name", NAME, primary_key=True),
    sa.Column("role", NAME, nullable=False),
    sa.Column("password", NAME, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.BigInteger, nullable=False),
    sa.Column("wait_until", Instant),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("last_login", Instant),
    sa.Column("removed_at", Instant),
)
"""Operators, those of the past too: a name is nobody else's later.

`generation`: grows with each new password and at the removal; sessions of an older one are over.
"""

SESSION = sa.Table(
    "operator_session",
    METADATA,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("operator", NAME, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("touched_at", Instant, nullable=False),
)
"""`key`: SHA-256 of the browser's id; nothing here opens a session."""

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("operator", NAME),
    sa.Column("act", NAME, nullable=False),
    sa.Column("outcome", NAME, nullable=False),
    sa.Column("subject", sa.Text),
)
