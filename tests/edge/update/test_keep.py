"""Databases before a version that changes them, and back: no event is lost, the chain goes on."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import RecordingLocked, UpdateFailed
from edge.layout import StateLayout
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.fault import LogFault
from edge.update.keep import carry_back, databases, forget_copies, keep, size
from edge.update.places import Handed
from tests.edge.log.made import START, check_in, fill, make_log, receipt, verification
from tests.edge.update.made import events, later_program, rows


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a state folder with a meeting under way in its log, and a ledger."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    log = make_log(folder / "log.sqlite")
    fill(log, 5)
    log.close()

    with closing(sqlite3.connect(StateLayout(folder).courier)) as ledger:
        ledger.executescript("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
        ledger.execute("INSERT INTO note VALUES (1, 'before')")
        ledger.commit()
    return folder


def _log(state: Path) -> EventLog:
    return make_log(state / "log.sqlite")


def _context(log: EventLog) -> str:
    (context,) = log.open_contexts()
    return context


def _later(state: Path, more: int = 3) -> None:
    """Run the later version: it migrates, takes up the meeting, and records more of it."""
    with later_program():
        log = _log(state)
        assert log.fault is None
        context = _context(log)
        for number in range(more):
            check_in(log, context, 100 + number)
        receipt(log, context, verification(log, context, 7))
        log.close()
    with closing(sqlite3.connect(StateLayout(state).courier)) as ledger:
        ledger.executescript("ALTER TABLE note ADD COLUMN more TEXT")
        ledger.execute("INSERT INTO note VALUES (2, 'since', 'x')")
        ledger.commit()


def test_back_over_a_database_that_was_migrated(state: Path) -> None:
    """The version before reads its own form, with every event recorded since, in the same epoch."""
    keep(state, START)
    _later(state)
    newest = events(state / "log.sqlite")
    locked = _log(state)
    assert locked.fault == LogFault.NEWER_PROGRAM
    locked.close()

    assert all(one.changed and one.whole for one in carry_back(state))
    assert events(state / "log.sqlite") == newest
    assert verify_file(state / "log.sqlite").ok
    log = _log(state)
    assert log.fault is None
    assert len(log.epochs) == 1
    check_in(log, _context(log), 200)
    log.close()
    assert events(state / "log.sqlite")[:-1] == newest
    assert len(rows(state / "log.sqlite", "receipt")) == 1
    assert rows(StateLayout(state).courier, "note") == [(1, "before"), (2, "since")]


def test_back_and_back_again(state: Path) -> None:
    """Done twice it changes nothing more; a version that changed no form leaves all as it is."""
    keep(state, START)
    assert not any(one.changed for one in carry_back(state))
    _later(state)
    carry_back(state)
    before = events(state / "log.sqlite")
    assert not any(one.changed for one in carry_back(state))
    assert events(state / "log.sqlite") == before


def test_back_long_after_the_copies_went(state: Path) -> None:
    """A version that was kept can be left later: the forms are enough, and hold no row."""
    keep(state, START)
    _later(state)
    forget_copies(state)
    kept = [path for path in Handed(state).kept.rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} == {".form"}
    assert not any(b"Ng" in path.read_bytes() for path in kept)
    newest = events(state / "log.sqlite")
    assert all(one.whole for one in carry_back(state))
    assert events(state / "log.sqlite") == newest


def test_a_log_that_the_new_version_broke(state: Path) -> None:
    """The copy comes in, in an epoch of its own; the broken file is set aside, not deleted."""
    keep(state, START)
    before = events(state / "log.sqlite")
    _later(state)
    with closing(sqlite3.connect(state / "log.sqlite")) as connection:
        connection.execute("DROP TRIGGER event_is_never_changed")
        connection.execute("UPDATE event SET hash = zeroblob(32) WHERE place = 4")
        connection.commit()
    (carried,) = [one for one in carry_back(state) if one.name == "log.sqlite"]
    assert (carried.changed, carried.whole) == (True, False)
    assert events(state / "log.sqlite") == before
    assert (state / "log.sqlite.aside-1").exists()
    log = _log(state)
    check_in(log, _context(log), 300)
    assert (log.fault, len(log.epochs)) == (None, 2)
    log.close()


def test_a_log_that_is_no_database_any_more(state: Path) -> None:
    """So too where the new version left something else in its place."""
    keep(state, START)
    before = events(state / "log.sqlite")
    (state / "log.sqlite").write_bytes(b"not a database" * 1000)
    (state / "courier.sqlite").write_bytes(b"nor this" * 1000)
    assert not any(one.whole for one in carry_back(state))
    assert events(state / "log.sqlite") == before
    assert rows(StateLayout(state).courier, "note") == [(1, "before")]


def test_nothing_to_go_back_with(state: Path) -> None:
    """A log that does not read, and no copy: said so, and the file stays as it is."""
    keep(state, START)
    forget_copies(state)
    broken = b"not a database" * 1000
    (state / "log.sqlite").write_bytes(broken)
    with pytest.raises(UpdateFailed) as failed:
        carry_back(state)
    assert failed.value.fault == "LOG_NOT_CARRIED"
    assert (state / "log.sqlite").read_bytes() == broken


def test_a_terminal_that_runs(state: Path) -> None:
    """Nothing is carried under a running terminal."""
    keep(state, START)
    _later(state)
    with later_program():
        log = _log(state)
        before = events(state / "log.sqlite")
        with pytest.raises(RecordingLocked):
            carry_back(state)
        log.close()
    assert events(state / "log.sqlite") == before


def test_a_log_that_is_not_whole_before(state: Path) -> None:
    """It is not kept, so nothing is installed over it."""
    with closing(sqlite3.connect(state / "log.sqlite")) as connection:
        connection.execute("DROP TRIGGER event_is_never_changed")
        connection.execute("UPDATE event SET hash = zeroblob(32) WHERE place = 3")
        connection.commit()
    with pytest.raises(UpdateFailed, match="not whole"):
        keep(state, START)


def test_kept_anew(state: Path) -> None:
    """The copies of an update that was given up are replaced, and never copied themselves."""
    keep(state, START)
    first = size(state)
    keep(state, START)
    assert size(state) == first
    assert [path.name for path in databases(state)] == ["courier.sqlite", "log.sqlite"]


def test_a_disk_without_room(state: Path) -> None:
    """What cannot be kept is said; the databases are as they were."""
    before = events(state / "log.sqlite")
    Handed(state).root.mkdir()
    Handed(state).kept.write_bytes(b"")  # in the way, as a full disk is
    with pytest.raises((UpdateFailed, OSError)):
        keep(state, START)
    assert events(state / "log.sqlite") == before
    shutil.rmtree(Handed(state).root)
