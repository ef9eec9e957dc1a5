"""Organisations, places of terminals, meetings as figures, reports, alarms that were looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = (
    """CREATE TABLE organisation (
        code {name} NOT NULL, since {name} NOT NULL, until {name}, name TEXT NOT NULL,
        plain TEXT NOT NULL, parent {name}, PRIMARY KEY (code, since))""",
    "CREATE INDEX organisation_parent ON organisation (parent)",
    """CREATE TABLE terminal_place (
        terminal {name} NOT NULL, since {name} NOT NULL, until {name}, code {name} NOT NULL,
        PRIMARY KEY (terminal, since))""",
    "CREATE INDEX terminal_place_code ON terminal_place (code)",
    """CREATE TABLE tallied (
        terminal {name} NOT NULL, epoch {epoch} NOT NULL, seq BIGINT NOT NULL,
        PRIMARY KEY (terminal, epoch))""",
    """CREATE TABLE meeting_door (
        context {epoch} NOT NULL, terminal {name} NOT NULL, epoch {epoch} NOT NULL,
        first BIGINT NOT NULL, last BIGINT NOT NULL, PRIMARY KEY (context, terminal, epoch))""",
    """CREATE TABLE meeting (
        context {epoch} PRIMARY KEY, terminal {name} NOT NULL, day {name} NOT NULL,
        opened_at {instant} NOT NULL, closed_at {instant}, doors BIGINT NOT NULL,
        present BIGINT NOT NULL, by_card BIGINT NOT NULL, by_hand BIGINT NOT NULL,
        left_early BIGINT NOT NULL, excused BIGINT NOT NULL, unexcused BIGINT NOT NULL,
        exempt BIGINT NOT NULL, undecided BIGINT NOT NULL, refused BIGINT NOT NULL)""",
    "CREATE INDEX meeting_day ON meeting (day)",
    "CREATE INDEX meeting_terminal ON meeting (terminal, day)",
    """CREATE TABLE terminal_report (
        terminal {name} PRIMARY KEY, received_at {instant} NOT NULL, at {instant} NOT NULL,
        quality {name} NOT NULL, version {name} NOT NULL, epoch {epoch} NOT NULL,
        seq BIGINT NOT NULL, queued BIGINT NOT NULL, list_number {name}, list_at {instant})""",
    """CREATE TABLE alarm_settled (
        terminal {name} NOT NULL, epoch {epoch} NOT NULL, seq BIGINT NOT NULL,
        code {name} NOT NULL, at {instant} NOT NULL, operator {name} NOT NULL,
        note TEXT NOT NULL, PRIMARY KEY (terminal, epoch, seq, code))""",
)
_SQLITE_TYPES = {"name": "TEXT", "instant": "TEXT", "epoch": "TEXT"}
_POSTGRESQL_TYPES = {"name": 'text COLLATE "C"', "instant": "timestamptz", "epoch": "bytea"}


def upgrade() -> None:
    """Create the tables."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _TABLES:
        op.execute(sa.text(statement.format(**(_POSTGRESQL_TYPES if postgres else _SQLITE_TYPES))))
