"""Support bundles that terminals were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TABLE = """CREATE TABLE support_bundle (
    terminal {name} NOT NULL, asked_by BIGINT NOT NULL, at {instant} NOT NULL,
    received_at {instant} NOT NULL, compact TEXT NOT NULL, PRIMARY KEY (terminal, asked_by))"""
_SQLITE_TYPES = {"name": "TEXT", "instant": "TEXT"}
_POSTGRESQL_TYPES = {"name": 'text COLLATE "C"', "instant": "timestamptz"}


def upgrade() -> None:
    """Create the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    types = _POSTGRESQL_TYPES if postgres else _SQLITE_TYPES
    op.execute(sa.text(_TABLE.format(**types)))
