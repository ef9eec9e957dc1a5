"""Logs of every past schema, brought up to date as they would be on a terminal."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from edge.log import migrations
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.forget import destroy_due
from edge.log.keys import KeyFiles
from tests.edge.log.made import NAME, NUMBER, check_in, fill, make_log, moment
from tests.edge.log.past_logs import SCHEMAS, past_log

IN_THE_WAY = {"m001": "context_2", "m002": "receipt"}
"""By past schema: a table that the next step is to make."""


@pytest.fixture(params=SCHEMAS)
def old(request: pytest.FixtureRequest, path: Path) -> Path:
    """Return a log as an earlier program left it."""
    path.parent.mkdir()
    past_log(request.param, path)
    return path


def schema(path: Path) -> list[tuple[str, ...]]:
    """Return the columns of every table."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            'SELECT t.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master t'
            " JOIN pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid"
        ).fetchall()


def test_every_schema_before_this_one_is_kept() -> None:
    """One file for each step but the last, which is what the program makes itself."""
    steps = [step.name[:4] for step in migrations.MIGRATIONS.pending(Database(memory=True))]
    assert steps[:-1] == SCHEMAS


def test_old_log_goes_on(old: Path, tmp_path: Path) -> None:
    """Its events, its open meeting, its bodies and what was acknowledged are there; it goes on."""
    before = verify_file(old)
    assert (before.ok, before.events) == (True, 8)
    log = make_log(old)
    assert (log.fault, log.acknowledged(), log.unsent()) == (None, 5, 3)
    (context,) = log.open_contexts()
    assert log.body(log.events(context)[1]) == {"name": NAME, "number": f"{NUMBER}0"}
    closed = log.events()[1]
    assert log.body(closed)["name"] == NAME
    assert check_in(log, context, 9).seq == 9
    assert destroy_due(log, moment(100)) == ()
    assert log.verify().ok
    log.close()
    new = EventLog(tmp_path / "new.db", "TT-0001", bytes(32), None)
    new.close()
    assert schema(old) == schema(tmp_path / "new.db")


def test_old_log_is_checked_without_changing_it(old: Path) -> None:
    """`log verify` reads a log of an earlier program as it is."""
    before = old.read_bytes()
    assert verify_file(old).ok
    assert old.read_bytes() == before


@pytest.mark.parametrize("old", ["m001"], indirect=True)
def test_keys_are_nowhere_in_the_migrated_file(old: Path) -> None:
    """They stood in the database once; now only in their files, and then in none."""
    with closing(sqlite3.connect(old)) as connection:
        keys = dict(connection.execute("SELECT context, wrapped FROM context").fetchall())
    assert len(keys) == 2
    log = make_log(old)
    assert {context: KeyFiles(old).read(context) for context in keys} == keys
    data = b"".join(file.read_bytes() for file in old.parent.glob(f"{old.name}*[!y]"))
    assert not [key for key in keys.values() if key in data]
    log.close()


@pytest.mark.parametrize(("old", "table"), IN_THE_WAY.items(), indirect=["old"])
def test_migration_that_fails_leaves_the_old_log(old: Path, table: str) -> None:
    """A step that cannot be done whole is not done: the schema stays, recording is locked."""
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} (in_the_way)")
    before = schema(old)
    log = make_log(old)
    assert log.fault is not None
    log.close()
    assert schema(old) == before
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(f"DROP TABLE {table}")
    assert verify_file(old).ok
    again = make_log(old)
    assert (again.fault, again.head().seq) == (None, 8)
    again.close()


def test_program_that_is_older_than_the_log(log: EventLog, path: Path) -> None:
    """A step that this program does not know: refused, unread and unchanged."""
    fill(log, 1)
    log.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('tramthe-log', 'm999_future', '')"
        )
    before = path.read_bytes()
    again = make_log(path)
    assert again.fault == "LOG_NEWER_PROGRAM"
    again.close()
    assert path.read_bytes() == before
    assert "newer program" in (verify_file(path).why or "")
