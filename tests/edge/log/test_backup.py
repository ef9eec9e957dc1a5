"""A copy is whole, opens no name, and goes on under numbers that were never given."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import CopyFailed, LogDamaged, RecordingLocked
from edge.log.append import EventLog
from edge.log.backup import Manifest, back_up, manifest_path
from edge.log.chain import verify_file
from edge.log.forget import destroy_due
from edge.log.keys import KeyFiles
from edge.log.restore import restore
from edge.wire.kinds import EventKind
from tests.edge.log.made import (
    NAME,
    START,
    TERMINAL,
    check_in,
    fill,
    make_log,
    moment,
    tamper,
)


def backed_up(log: Path, to: Path, *, keys: bool = False) -> tuple[Path, Manifest]:
    """Return the copy and its manifest."""
    manifest = back_up(log, to, START, keys=keys)
    return to / manifest.file, manifest


def test_manifest_says_what_the_copy_holds(log: EventLog, path: Path, tmp_path: Path) -> None:
    """Terminal, epochs, number and hash of the last event, size and digest of the file."""
    fill(log, 3)
    copy, manifest = backed_up(path, tmp_path / "stick")
    assert (manifest.terminal, manifest.events, manifest.whole) == (TERMINAL, 4, True)
    assert manifest.epochs[0].head == log.head().hash.hex()
    assert manifest.sha256 == hashlib.sha256(copy.read_bytes()).hexdigest()
    assert json.loads(manifest_path(copy).read_bytes()) == manifest.to_object()
    assert sorted(file.name for file in copy.parent.iterdir()) == [
        manifest_path(copy).name,
        copy.name,
    ]
    assert verify_file(copy).events == 4


def test_copy_opens_no_name(log: EventLog, path: Path, tmp_path: Path) -> None:
    """The keys stay behind unless asked for; then they are copied, wrapped."""
    context = fill(log, 2)
    plain, manifest = backed_up(path, tmp_path / "plain")
    moved, with_keys = backed_up(path, tmp_path / "moved", keys=True)
    assert (manifest.keys, with_keys.keys) == (0, 1)
    assert KeyFiles(plain).contexts() == frozenset()
    assert KeyFiles(moved).read(context) == KeyFiles(path).read(context)
    for file in (tmp_path / "moved").iterdir():
        assert NAME.encode() not in file.read_bytes()


def test_copy_while_events_are_written(log: EventLog, path: Path, tmp_path: Path) -> None:
    """Each copy is one state of the log, whatever is recorded meanwhile."""
    context = fill(log, 1)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            check_in(log, context, number)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    copies = [backed_up(path, tmp_path / str(number)) for number in range(5)]
    stop.set()
    thread.join()
    for copy, manifest in copies:
        report = verify_file(copy)
        assert (report.ok, report.events, manifest.whole) == (True, manifest.events, True)
    assert log.verify().ok


def test_restored_log_begins_an_epoch(log: EventLog, path: Path, tmp_path: Path) -> None:
    """What was recorded after the copy was made keeps its numbers: the copy takes others."""
    context = fill(log, 2)
    copy, _ = backed_up(path, tmp_path / "stick", keys=True)
    lost = check_in(log, context, 7)
    log.close()
    aside = restore(copy, path)
    assert aside is not None
    assert verify_file(aside).events == 4
    again = make_log(path)
    assert (again.fault, again.head().seq, len(again.epochs)) == (None, 3, 1)
    new = check_in(again, context, 8)
    begun = again.events()[3]
    assert (begun.kind, begun.reason, begun.seq) == (EventKind.EPOCH_BEGUN, "RESTORED", 1)
    assert (begun.epoch, new.epoch) == (again.epoch, again.epoch)
    assert lost.epoch != new.epoch
    assert begun.prev == again.events()[2].hash
    assert again.body(again.events(context)[1])["name"] == NAME
    again.close()
    once_more = make_log(path)
    check_in(once_more, context, 9)
    assert len(once_more.epochs) == 2
    assert once_more.verify().ok
    once_more.close()


def test_restored_without_keys(log: EventLog, path: Path, tmp_path: Path) -> None:
    """On another disk: the meeting that was open cannot go on and is closed; another opens."""
    fill(log, 2)
    copy, _ = backed_up(path, tmp_path / "stick")
    elsewhere = tmp_path / "new" / "log.db"
    elsewhere.parent.mkdir()
    assert restore(copy, elsewhere) is None
    again = make_log(elsewhere)
    destroy_due(again, moment(100))
    assert [event.reason for event in again.events()[3:]] == ["RESTORED", "KEY_LOST"]
    assert check_in(again, fill(again, 0), 1).seq == 4
    assert again.verify().ok
    again.close()


def test_copy_put_in_place_by_hand(log: EventLog, path: Path, tmp_path: Path) -> None:
    """Whoever copies the file back with other tools gets the new epoch all the same."""
    context = fill(log, 2)
    copy, _ = backed_up(path, tmp_path / "stick")
    log.close()
    for side in path.parent.glob(f"{path.name}-*"):
        side.unlink()
    shutil.copy(copy, path)
    again = make_log(path)
    check_in(again, context, 5)
    assert again.events()[3].reason == "RESTORED"
    again.close()


def test_copy_of_a_copy(log: EventLog, path: Path, tmp_path: Path) -> None:
    """It can be made, and put back as well."""
    fill(log, 2)
    first, _ = backed_up(path, tmp_path / "one")
    second, manifest = backed_up(first, tmp_path / "two")
    assert (manifest.events, manifest.whole) == (3, True)
    log.close()
    restore(second, path)
    assert make_log(path).fault is None


def test_broken_log_is_copied_and_said_to_be_broken(
    log: EventLog, path: Path, tmp_path: Path
) -> None:
    """A copy of what is left is worth having; it cannot be put back."""
    fill(log, 5)
    log.close()
    tamper(path, "UPDATE event SET outcome = 'X' WHERE place = 3")
    copy, manifest = backed_up(path, tmp_path / "stick")
    assert (manifest.whole, manifest.events) == (False, 6)
    with pytest.raises(CopyFailed, match="not a whole log"):
        restore(copy, path)


def test_restore_while_the_terminal_runs(log: EventLog, path: Path, tmp_path: Path) -> None:
    """Refused; nothing is changed."""
    context = fill(log, 1)
    copy, _ = backed_up(path, tmp_path / "stick")
    with pytest.raises(RecordingLocked) as caught:
        restore(copy, path)
    assert caught.value.fault == "LOG_IN_USE"
    assert check_in(log, context, 5).seq == 3


def test_restore_of_something_else(log: EventLog, path: Path, tmp_path: Path) -> None:
    """Another terminal's copy, a running log's file, an altered copy: none is put back."""
    fill(log, 1)
    copy, _ = backed_up(path, tmp_path / "stick")
    other = make_log(tmp_path / "other" / "log.db", terminal="TT-0002")
    fill(other, 1)
    foreign, _ = backed_up(other.path, tmp_path / "foreign")
    log.close()
    other.close()
    before = path.read_bytes()
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE log SET copied = 1")
        connection.execute("CREATE TABLE more (x)")
    (tmp_path / "text").write_text("no log at all " * 500)
    for wrong, why in (
        (foreign, "another terminal"),
        (other.path, "was not made by"),
        (copy, "manifest"),
        (tmp_path / "text", "not a whole log"),
    ):
        with pytest.raises(CopyFailed, match=why):
            restore(wrong, path)
    assert path.read_bytes() == before


def test_power_cut_while_a_log_is_put_back(log: EventLog, path: Path, tmp_path: Path) -> None:
    """The old log was set aside and the new one not yet there: locked, and restored again."""
    fill(log, 1)
    copy, _ = backed_up(path, tmp_path / "stick")
    log.close()
    path.rename(path.with_name("log.db.aside-1"))
    again = make_log(path)
    assert again.fault == "LOG_CHAIN_BROKEN"
    again.close()
    restore(copy, path)
    assert make_log(path).fault is None


@pytest.mark.parametrize("content", [b"", b"no log at all " * 500])
def test_backup_of_something_else(tmp_path: Path, content: bytes) -> None:
    """What is no log is not copied, and nothing half-made stays behind."""
    (tmp_path / "log.db").write_bytes(content)
    with pytest.raises(LogDamaged):
        back_up(tmp_path / "log.db", tmp_path / "stick", START)
    assert list((tmp_path / "stick").iterdir()) == []
