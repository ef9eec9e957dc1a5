"""Whatever is done to the file, the check finds it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import RecordingLocked
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.fault import LogFault
from edge.wire.ack import Ack
from tests.edge.log.made import check_in, fill, make_log, tamper

SWAP = (
    "UPDATE event SET place = -3 WHERE place = 3",
    "UPDATE event SET place = 3 WHERE place = 4",
    "UPDATE event SET place = 4 WHERE place = -3",
)


@pytest.mark.parametrize(
    ("statements", "first_bad"),
    [
        (("UPDATE event SET outcome = 'REFUSED' WHERE place = 3",), 3),
        (("UPDATE event SET body = zeroblob(40) WHERE place = 4",), 4),
        (("UPDATE event SET tag = (SELECT tag FROM event WHERE place = 2) WHERE place = 4",), 4),
        (("UPDATE event SET at = 'yesterday' WHERE place = 5",), 5),
        (("UPDATE event SET kind = 'party' WHERE place = 5",), 5),
        (("DELETE FROM event WHERE place = 3",), 3),
        (("UPDATE epoch SET epoch = '00112233445566778899aabbccddeeff'",), 1),
        (SWAP, 3),
    ],
    ids=["outcome", "body", "tag", "time", "kind", "removed", "epoch", "reordered"],
)
def test_altered_file_is_found(path: Path, statements: tuple[str, ...], first_bad: int) -> None:
    """An altered, removed or reordered event is named by its number, and recording locks."""
    log = make_log(path)
    fill(log, 6)
    log.close()
    tamper(path, "PRAGMA foreign_keys = OFF", *statements)
    report = verify_file(path)
    assert (report.ok, report.first_bad_seq) == (False, first_bad)
    again = make_log(path)
    assert again.fault == LogFault.CHAIN_BROKEN
    with pytest.raises(RecordingLocked) as caught:
        fill(again, 1)
    assert caught.value.fault == LogFault.CHAIN_BROKEN
    assert "log verify" in caught.value.next_step
    again.close()


def test_broken_log_still_reads(path: Path) -> None:
    """The terminal starts with a broken log and still shows what is in it."""
    log = make_log(path)
    context = fill(log, 3)
    log.close()
    tamper(path, "UPDATE event SET outcome = 'REFUSED' WHERE place = 3")
    again = make_log(path)
    assert len(again.events(context)) == 4
    assert again.head().seq == 4
    again.close()


def test_old_damage_is_found_by_the_full_check(path: Path) -> None:
    """The check at the start looks at the newest events; `verify` at all, and locks."""
    log = make_log(path)
    fill(log, 80)
    log.close()
    tamper(path, "UPDATE event SET outcome = 'REFUSED' WHERE place = 3")
    again = make_log(path)
    faults = [again.fault]
    assert again.verify().first_bad_seq == 3
    faults.append(again.fault)
    assert faults == [None, LogFault.CHAIN_BROKEN]
    again.close()


def test_lost_tail_shows_against_the_acknowledgement(log: EventLog, path: Path) -> None:
    """The newest events gone: the chain alone is whole, but the centre has acknowledged them."""
    context = fill(log, 3)
    head = log.head()
    log.record_ack(Ack(log.terminal, log.epoch, head.seq, (), head.hash, (), ()))
    check_in(log, context, 7)
    assert (log.acknowledged(), log.unsent()) == (4, 1)
    log.close()
    tamper(path, "DELETE FROM event WHERE place >= 4")
    report = verify_file(path)
    assert (report.ok, report.first_bad_seq) == (False, 4)


def test_triggers_guard_against_our_own_mistakes(log: EventLog, path: Path) -> None:
    """A program that forgets itself cannot update or delete an event."""
    fill(log, 1)
    with closing(sqlite3.connect(path)) as connection:
        for statement in ("UPDATE event SET reason = 'X'", "DELETE FROM event"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


def test_report_is_not_a_boolean(log: EventLog) -> None:
    """`if log.verify():` would accept a broken log; it raises instead."""
    with pytest.raises(TypeError):
        bool(log.verify())


def test_missing_and_foreign_files_give_a_report(tmp_path: Path) -> None:
    """`log verify` on a wrong path, on a text file and on a cut database says so, no traceback."""
    assert verify_file(tmp_path / "none.db").why == "There is no log at this place."
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to look like a file of some kind" * 20)
    assert verify_file(text).ok is False
    empty = tmp_path / "empty.db"
    empty.touch()
    assert verify_file(empty).ok is False
