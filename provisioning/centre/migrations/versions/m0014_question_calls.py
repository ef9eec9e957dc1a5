"""Calls for questions that came without a connection's certificate: each counts once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_STATEMENTS = (
    """CREATE TABLE question_call (
        terminal {name} NOT NULL, nonce {binary} NOT NULL, received_at {instant} NOT NULL,
        PRIMARY KEY (terminal, nonce))""",
    "CREATE INDEX question_call_received ON question_call (received_at)",
)
_SQLITE = {"name": "TEXT", "instant": "TEXT", "binary": "BLOB"}
_POSTGRESQL = {"name": 'text COLLATE "C"', "instant": "timestamptz", "binary": "bytea"}


def upgrade() -> None:
    """Create the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _STATEMENTS:
        op.execute(sa.text(statement.format(**(_POSTGRESQL if postgres else _SQLITE))))
