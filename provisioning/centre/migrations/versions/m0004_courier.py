"""The ledger of sticks: one row for each bundle, for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SQLITE = (
    """CREATE TABLE courier (
        bundle TEXT NOT NULL PRIMARY KEY, terminal TEXT NOT NULL, way TEXT NOT NULL,
        made_at TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
        files INTEGER NOT NULL, missing INTEGER NOT NULL) WITHOUT ROWID""",
)
_POSTGRESQL = (
    """CREATE TABLE courier (
        bundle text COLLATE "C" NOT NULL PRIMARY KEY, terminal text COLLATE "C" NOT NULL,
        way text COLLATE "C" NOT NULL, made_at timestamptz NOT NULL,
        first_at timestamptz NOT NULL, last_at timestamptz NOT NULL,
        files bigint NOT NULL, missing bigint NOT NULL)""",
)
_BOTH = ("CREATE INDEX courier_of_terminal ON courier (terminal, first_at)",)


def upgrade() -> None:
    """Make the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in (*(_POSTGRESQL if postgres else _SQLITE), *_BOTH):
        op.execute(sa.text(statement))
