"""Events, what is set aside, alarms, and one row for each epoch.

SQLite: the tables as they stood before steps were recorded; one that has them already keeps them.
PostgreSQL: events in partitions by terminal, so that one terminal's segment meets one partition;
the key leads with the terminal, and BRIN finds what came in a period at almost no cost.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

PARTITIONS = 16

_SQLITE = (
    """CREATE TABLE IF NOT EXISTS event (
        terminal TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
        hash BLOB NOT NULL, prev BLOB NOT NULL, data BLOB NOT NULL, received_at TEXT NOT NULL,
        PRIMARY KEY (terminal, epoch, seq))""",
    """CREATE TABLE IF NOT EXISTS set_aside (
        terminal TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL,
        why TEXT NOT NULL, data BLOB NOT NULL, received_at TEXT NOT NULL,
        PRIMARY KEY (terminal, epoch, seq, digest))""",
    """CREATE TABLE IF NOT EXISTS alarm (
        terminal TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL,
        raised_at TEXT NOT NULL,
        PRIMARY KEY (terminal, epoch, seq, code))""",
    """CREATE TABLE IF NOT EXISTS epoch (
        terminal TEXT NOT NULL, epoch TEXT NOT NULL, high_water INTEGER NOT NULL,
        last_seen TEXT NOT NULL,
        PRIMARY KEY (terminal, epoch))""",
)
_POSTGRESQL = (
    """CREATE TABLE event (
        terminal text COLLATE "C" NOT NULL, epoch bytea NOT NULL, seq bigint NOT NULL,
        hash bytea NOT NULL, prev bytea NOT NULL, data bytea NOT NULL,
        received_at timestamptz NOT NULL,
        PRIMARY KEY (terminal, epoch, seq)) PARTITION BY HASH (terminal)""",
    *(
        f"CREATE TABLE event_{number:02} PARTITION OF event"
        f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        for number in range(PARTITIONS)
    ),
    "CREATE INDEX event_received ON event USING brin (received_at)",
    """CREATE TABLE set_aside (
        terminal text COLLATE "C" NOT NULL, epoch bytea NOT NULL, seq bigint NOT NULL,
        digest bytea NOT NULL, why text COLLATE "C" NOT NULL, data bytea NOT NULL,
        received_at timestamptz NOT NULL,
        PRIMARY KEY (terminal, epoch, seq, digest))""",
    """CREATE TABLE alarm (
        terminal text COLLATE "C" NOT NULL, epoch bytea NOT NULL, seq bigint NOT NULL,
        code text COLLATE "C" NOT NULL, raised_at timestamptz NOT NULL,
        PRIMARY KEY (terminal, epoch, seq, code))""",
    """CREATE TABLE epoch (
        terminal text COLLATE "C" NOT NULL, epoch bytea NOT NULL, high_water bigint NOT NULL,
        last_seen timestamptz NOT NULL,
        PRIMARY KEY (terminal, epoch)) WITH (fillfactor = 70)""",
)


def upgrade() -> None:
    """Create the tables."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _POSTGRESQL if postgres else _SQLITE:
        op.execute(statement)
