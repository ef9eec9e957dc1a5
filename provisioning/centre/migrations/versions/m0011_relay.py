"""Questions that go by way of the centre: who may ask, and what is under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_STATEMENTS = (
    """CREATE TABLE back_office (
        id {name} NOT NULL PRIMARY KEY, name TEXT NOT NULL, origin {name} NOT NULL,
        token {binary} NOT NULL UNIQUE, made_at {instant} NOT NULL, revoked_at {instant})""",
    """CREATE TABLE back_office_terminal (
        office {name} NOT NULL, terminal {name} NOT NULL, PRIMARY KEY (office, terminal))""",
    """CREATE TABLE question (
        id {name} NOT NULL PRIMARY KEY, office {name} NOT NULL, terminal {name} NOT NULL,
        asked_at {instant} NOT NULL, take_until {instant} NOT NULL, silent_at {instant} NOT NULL,
        version BIGINT NOT NULL, kid {name} NOT NULL, sealed {binary} NOT NULL,
        state {name} NOT NULL, why {name}, told TEXT, cancelled_at {instant},
        ended_at {instant})""",
    "CREATE INDEX question_terminal ON question (terminal, asked_at) WHERE ended_at IS NULL",
    "CREATE INDEX question_ended ON question (ended_at)",
)
_SQLITE = {"name": "TEXT", "instant": "TEXT", "binary": "BLOB"}
_POSTGRESQL = {"name": 'text COLLATE "C"', "instant": "timestamptz", "binary": "bytea"}


def upgrade() -> None:
    """Create them."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _STATEMENTS:
        op.execute(sa.text(statement.format(**(_POSTGRESQL if postgres else _SQLITE))))
