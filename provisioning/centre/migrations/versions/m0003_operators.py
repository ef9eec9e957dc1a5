"""Operators, their sessions, and the audit, whose rows the database itself lets nobody change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = (
    """CREATE TABLE operator_account (
        name {name} PRIMARY KEY, role {name} NOT NULL, password {name} NOT NULL,
        must_change BOOLEAN NOT NULL, generation BIGINT NOT NULL, tries BIGINT NOT NULL,
        wait_until {instant}, added_at {instant} NOT NULL, last_login {instant},
        removed_at {instant})""",
    """CREATE TABLE operator_session (
        key {bytes} PRIMARY KEY, operator {name} NOT NULL, generation BIGINT NOT NULL,
        opened_at {instant} NOT NULL, touched_at {instant} NOT NULL)""",
    """CREATE TABLE audit (
        number {number}, at {instant} NOT NULL, operator {name}, act {name} NOT NULL,
        outcome {name} NOT NULL, subject TEXT)""",
    "CREATE INDEX audit_operator ON audit (operator, number)",
)
_SQLITE_TYPES = {
    "name": "TEXT",
    "instant": "TEXT",
    "bytes": "BLOB",
    "number": "INTEGER PRIMARY KEY AUTOINCREMENT",
}
_POSTGRESQL_TYPES = {
    "name": 'text COLLATE "C"',
    "instant": "timestamptz",
    "bytes": "bytea",
    "number": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}
_SQLITE = (
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
    """CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$""",
    """CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()""",
)


def upgrade() -> None:
    """Create the tables."""
    postgres = op.get_bind().dialect.name == "postgresql"
    types = _POSTGRESQL_TYPES if postgres else _SQLITE_TYPES
    tables = (statement.format(**types) for statement in _TABLES)
    for statement in (*tables, *(_POSTGRESQL if postgres else _SQLITE)):
        op.execute(sa.text(statement))
