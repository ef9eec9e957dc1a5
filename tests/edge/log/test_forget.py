"""After a key is destroyed, nothing on the terminal opens the names, whatever reads meanwhile."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import KeyDestroyed, MeetingState
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.due import KEPT
from edge.log.forget import destroy_due
from edge.log.keys import KeyFiles
from edge.log.reading import open_read_only
from edge.log.upkeep import Upkeep
from edge.wire.kinds import CloseReason, EventKind
from tests.edge.log.made import (
    NAME,
    START,
    check_in,
    fill,
    make_log,
    moment,
    tamper,
)
from verify.moment import Moment, TimeQuality

NEXT_DAY = moment(90 + 24 * 3600)
LATER = Moment(START + KEPT + timedelta(days=1), TimeQuality.SYNCHRONISED)


def export(log: EventLog, context: str) -> None:
    """Record that the sheet left the terminal."""
    log.append(EventKind.EXPORTED, context=context, at=moment(90), outcome="PRINT", body={})


def everywhere(folder: Path) -> bytes:
    """Return every byte of every file."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_closed_and_exported(log: EventLog, path: Path) -> None:
    """A day later the key goes; the terminal says so; the events stay, whole, for the centre."""
    context = fill(log, 2)
    taken = log.events(context)[1]
    wrapped = KeyFiles(path).read(context)
    assert destroy_due(log, moment(50)) == ()
    log.close_context(context, moment(60))
    assert destroy_due(log, moment(70)) == ()
    export(log, context)
    assert destroy_due(log, moment(95)) == ()
    assert log.body(taken)["name"] == NAME
    assert destroy_due(log, NEXT_DAY) == (context,)
    assert destroy_due(log, NEXT_DAY) == ()
    for attempt in (
        lambda: log.body(taken),
        lambda: log.person_tag(context, "x"),
        lambda: check_in(log, context, 5),
        lambda: log.body(log.events(context)[0]),
    ):
        with pytest.raises(KeyDestroyed) as caught:
            attempt()
        assert "centre" in caught.value.next_step
    assert wrapped is not None
    assert wrapped not in everywhere(path.parent)
    assert log.verify().events == 5


def test_export_before_closing_does_not_count(log: EventLog) -> None:
    """A list printed in the middle of a meeting takes no names away."""
    context = fill(log, 1)
    export(log, context)
    log.close_context(context, moment(60))
    assert destroy_due(log, NEXT_DAY) == ()


def test_nobody_exported(log: EventLog) -> None:
    """After 30 days the names go all the same; another meeting's stay."""
    old = fill(log, 1)
    log.close_context(old, moment(60))
    new = log.open_context({}, Moment(LATER.at - timedelta(days=2), TimeQuality.SYNCHRONISED))
    assert destroy_due(log, LATER) == (old,)
    assert log.body(log.events(new)[0]) == {}


def test_open_key_is_not_destroyed(log: EventLog) -> None:
    """Only a closed meeting's key is destroyed by name, and an unknown one is none."""
    context = fill(log, 1)
    for wrong in (context, "00" * 16):
        with pytest.raises(MeetingState):
            log.destroy_key(wrong)
    assert log.body(log.events(context)[1])["name"] == NAME


def test_reader_that_looks_at_an_older_state(log: EventLog, path: Path) -> None:
    """Somebody reads the log all the while: the key is gone from every file before they end."""
    context = fill(log, 3)
    wrapped = KeyFiles(path).read(context)
    assert wrapped is not None
    with closing(open_read_only(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        log.close_context(context, moment(60))
        export(log, context)
        assert destroy_due(log, NEXT_DAY) == (context,)
        assert {file.suffix for file in path.parent.iterdir()} >= {".db", ".db-wal", ".db-shm"}
        assert wrapped not in everywhere(path.parent)


def test_no_trace_of_any_key(log: EventLog, path: Path) -> None:
    """So many meetings that pages of the database split and move: not one key is in it."""
    wrapped = []
    for _ in range(80):
        context = fill(log, 0)
        wrapped.append(KeyFiles(path).read(context) or b"")
        log.close_context(context, moment(60))
        export(log, context)
    assert len(destroy_due(log, NEXT_DAY)) == 80
    data = everywhere(path.parent)
    assert all(wrapped)
    assert not [key for key in wrapped if key in data]


def test_power_cut_while_a_key_is_destroyed(log: EventLog, path: Path) -> None:
    """Overwritten but not yet removed: it opens nothing, and is removed at the next start."""
    context = fill(log, 1)
    log.close_context(context, moment(60))
    log.close()
    file = KeyFiles(path).path(context)
    file.write_bytes(bytes(file.stat().st_size))
    again = make_log(path)
    assert (again.fault, file.exists()) == (None, False)
    with pytest.raises(KeyDestroyed):
        again.body(again.events(context)[1])
    again.close()


def test_power_cut_between_key_and_opening(log: EventLog, path: Path) -> None:
    """A key whose meeting never opened, and a key half-written, are removed at the next start."""
    context = fill(log, 1)
    log.close()
    orphan = KeyFiles(path).path("ab" * 16)
    orphan.write_bytes(os.urandom(60))
    half = orphan.with_name(f".{orphan.name}.new")
    half.write_bytes(os.urandom(30))
    again = make_log(path)
    assert not orphan.exists()
    assert not half.exists()
    assert again.body(again.events(context)[1])["name"] == NAME
    again.close()


def test_keys_stay_while_the_log_cannot_be_read(log: EventLog, path: Path) -> None:
    """A broken log may be mended: no key is taken for one of a meeting that never was."""
    context = fill(log, 1)
    log.close()
    tamper(path, "UPDATE event SET outcome = 'X' WHERE place = 2")
    again = make_log(path)
    assert again.fault is not None
    again.close()
    assert KeyFiles(path).read(context) is not None


def test_forgotten_open_meeting_is_closed(log: EventLog, path: Path) -> None:
    """After a restart, one that stood open for 30 days is closed with its reason, and forgotten."""
    context = fill(log, 1)
    assert destroy_due(log, LATER) == ()
    log.close()
    again = make_log(path)
    assert destroy_due(again, LATER) == (context,)
    closing_event = again.events(context)[-1]
    assert (closing_event.kind, closing_event.reason) == (
        EventKind.CONTEXT_CLOSED,
        CloseReason.EXPIRED,
    )
    assert again.open_contexts() == ()
    again.close()


def test_open_meeting_whose_key_is_lost(log: EventLog, path: Path) -> None:
    """It cannot go on, says so, and is closed; another can be opened."""
    context = fill(log, 1)
    log.close()
    KeyFiles(path).path(context).unlink()
    again = make_log(path)
    assert again.fault is None
    with pytest.raises(KeyDestroyed):
        check_in(again, context, 4)
    assert destroy_due(again, moment(90)) == ()
    assert again.events(context)[-1].reason == CloseReason.KEY_LOST
    assert check_in(again, fill(again, 0), 1).seq == 5
    again.close()


def test_clock_that_was_set_right(log: EventLog) -> None:
    """A meeting under a clock that lags counts from when the clock is good, also after restarts."""
    context = log.open_context({}, Moment(START, TimeQuality.FLOOR_ONLY))
    log.close_context(context, Moment(START, TimeQuality.FLOOR_ONLY))
    year = timedelta(days=365)
    assert destroy_due(log, Moment(START + year, TimeQuality.SYNCHRONISED)) == ()
    log.recheck()
    almost = START + year + KEPT - timedelta(seconds=1)
    assert destroy_due(log, Moment(almost, TimeQuality.SYNCHRONISED)) == ()
    assert destroy_due(log, Moment(START + year + KEPT, TimeQuality.HELD)) == (context,)


def test_locked_log_forgets_closed_meetings(log: EventLog, path: Path) -> None:
    """Where nothing can be recorded, the promise about names still holds for closed meetings."""
    closed, still_open = fill(log, 1), fill(log, 1)
    log.close_context(closed, moment(60))
    log.close()
    tamper(path, "UPDATE event SET outcome = 'X' WHERE place = 5")
    again = make_log(path)
    assert destroy_due(again, LATER) == (closed,)
    assert again.open_contexts() == (still_open,)
    again.close()


def test_supplement_after_closing(log: EventLog) -> None:
    """A closed meeting takes events while its key lives, and finds them with the others."""
    one = fill(log, 1)
    log.close_context(one, moment(60))
    two = fill(log, 1)
    late = check_in(log, one, 7)
    check_in(log, two, 8)
    assert log.events(one)[-1] == late
    assert [event.seq for event in log.events(one)] == [1, 2, 3, 6]
    assert log.open_contexts() == (two,)


def test_upkeep_forgets_and_tells(log: EventLog) -> None:
    """The running terminal does it by itself, and the desk is told which meetings are gone."""
    context = fill(log, 1)
    log.close_context(context, moment(60))
    told: list[tuple[str, ...]] = []
    Upkeep(log, lambda: LATER, told.append).forget()
    assert told == [(context,)]


def test_upkeep_survives_a_log_that_cannot_be_read(log: EventLog, path: Path) -> None:
    """What cannot be done now is left for the next time, and said in the log lines."""
    context = fill(log, 1)
    log.close_context(context, moment(60))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE context")
    told: list[tuple[str, ...]] = []
    Upkeep(log, lambda: LATER, told.append).forget()
    assert told == []


def test_upkeep_finds_old_damage(log: EventLog, path: Path) -> None:
    """Behind what the start looks at: recording locks as soon as the whole log was looked at."""
    fill(log, 300)
    log.close()
    tamper(path, "UPDATE event SET outcome = 'X' WHERE place = 2")
    again = make_log(path)
    faults = [again.fault]
    Upkeep(again, moment).check(threading.Event())
    assert [*faults, again.fault] == [None, "LOG_CHAIN_BROKEN"]
    again.close()


def test_upkeep_stops_in_between(log: EventLog) -> None:
    """The check leaves off when the service stops, and says nothing about what it did not see."""
    fill(log, 300)
    stop = threading.Event()
    stop.set()
    Upkeep(log, moment).run(stop)
    assert log.fault is None
    assert verify_file(log.path).ok
