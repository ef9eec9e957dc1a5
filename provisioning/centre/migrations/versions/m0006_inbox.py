"""What the centre itself says: the inbox, re-verifications, openings of bodies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_SQLITE = (
    """CREATE TABLE inbox (
        terminal TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL, generation INTEGER NOT NULL,
        public BLOB NOT NULL, high_water INTEGER NOT NULL, gaps TEXT NOT NULL,
        set_aside TEXT NOT NULL, heard_at TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE inbox_message (
        terminal TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
        sent_at TEXT NOT NULL, compact TEXT NOT NULL,
        PRIMARY KEY (terminal, number))""",
    """CREATE TABLE inbox_alarm (
        terminal TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
        raised_at TEXT NOT NULL, PRIMARY KEY (terminal, code, detail)) WITHOUT ROWID""",
    """CREATE TABLE reverification (
        terminal TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
        number INTEGER NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT,
        compact TEXT NOT NULL, PRIMARY KEY (terminal, epoch, seq, number))""",
    """CREATE TABLE opening (
        number INTEGER NOT NULL PRIMARY KEY, at TEXT NOT NULL, compact TEXT NOT NULL)""",
)
_POSTGRESQL = (
    """CREATE TABLE inbox (
        terminal text COLLATE "C" NOT NULL PRIMARY KEY, last bigint NOT NULL,
        generation bigint NOT NULL, public bytea NOT NULL, high_water bigint NOT NULL,
        gaps text COLLATE "C" NOT NULL, set_aside text COLLATE "C" NOT NULL,
        heard_at timestamptz NOT NULL)""",
    """CREATE TABLE inbox_message (
        terminal text COLLATE "C" NOT NULL, number bigint NOT NULL, kind text COLLATE "C" NOT NULL,
        sent_at timestamptz NOT NULL, compact text NOT NULL,
        PRIMARY KEY (terminal, number))""",
    """CREATE TABLE inbox_alarm (
        terminal text COLLATE "C" NOT NULL, code text COLLATE "C" NOT NULL,
        detail text COLLATE "C" NOT NULL, raised_at timestamptz NOT NULL,
        PRIMARY KEY (terminal, code, detail))""",
    """CREATE TABLE reverification (
        terminal text COLLATE "C" NOT NULL, epoch bytea NOT NULL, seq bigint NOT NULL,
        number bigint NOT NULL, at timestamptz NOT NULL, outcome text COLLATE "C" NOT NULL,
        reason text COLLATE "C", compact text NOT NULL,
        PRIMARY KEY (terminal, epoch, seq, number))""",
    """CREATE TABLE opening (
        number bigint NOT NULL PRIMARY KEY, at timestamptz NOT NULL, compact text NOT NULL)""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(sa.text(statement))
