"""Which epoch of a terminal follows which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TABLES = (
    """CREATE TABLE epoch_link (
        terminal {name} NOT NULL, epoch {epoch} NOT NULL, standing {name} NOT NULL,
        after_epoch {epoch}, after_seq BIGINT, seen BIGINT NOT NULL, look_at {instant},
        PRIMARY KEY (terminal, epoch))""",
    "CREATE INDEX epoch_link_look_at ON epoch_link (look_at) WHERE look_at IS NOT NULL",
)
_SQLITE_TYPES = {"name": "TEXT", "instant": "TEXT", "epoch": "TEXT"}
_POSTGRESQL_TYPES = {"name": 'text COLLATE "C"', "instant": "timestamptz", "epoch": "bytea"}


def upgrade() -> None:
    """Create the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _TABLES:
        op.execute(sa.text(statement.format(**(_POSTGRESQL_TYPES if postgres else _SQLITE_TYPES))))
