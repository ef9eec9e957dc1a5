"""Inbox alarms that somebody looked at; re-verifications by when they were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_STATEMENTS = (
    """CREATE TABLE inbox_alarm_settled (
        terminal {name} NOT NULL, code {name} NOT NULL, detail {name} NOT NULL,
        at {instant} NOT NULL, operator {name} NOT NULL, note TEXT NOT NULL,
        PRIMARY KEY (terminal, code, detail))""",
    "CREATE INDEX reverification_at ON reverification (at)",
)
_SQLITE_TYPES = {"name": "TEXT", "instant": "TEXT"}
_POSTGRESQL_TYPES = {"name": 'text COLLATE "C"', "instant": "timestamptz"}


def upgrade() -> None:
    """Create them."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _STATEMENTS:
        op.execute(sa.text(statement.format(**(_POSTGRESQL_TYPES if postgres else _SQLITE_TYPES))))
