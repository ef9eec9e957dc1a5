"""The centre's word on receipts in the log: kept once, found by hash, missed until it is there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import RecordingLocked
from edge.log.append import EventLog
from edge.log.backup import back_up
from edge.log.rescue import rescue
from edge.log.restore import restore
from edge.wire.event import Event
from edge.wire.kinds import EpochReason
from tests.edge.log.made import START, fill, make_log, moment, receipt, verification


def hand_out(log: EventLog, count: int) -> list[Event]:
    """Record a counter's day with so many receipts and return their events."""
    day = log.open_context({"kind": "counter"}, moment())
    return [receipt(log, day, verification(log, day, number)) for number in range(count)]


def tags(events: list[Event]) -> list[bytes]:
    """Return the hashes of receipts."""
    return [event.tag or b"" for event in events]


def test_kept_and_found_again(log: EventLog) -> None:
    """By the receipt's hash, over a restart; the others are still missed."""
    events = hand_out(log, 3)
    first, second, third = tags(events)
    assert log.unanchored() == tuple(log.place(event) for event in events)
    assert log.record_anchors({second: "a.b.c"}) == 1
    log.close()
    again = make_log(log.path)
    assert (again.anchor(first), again.anchor(second)) == (None, "a.b.c")
    assert again.unanchored() == (again.place(events[0]), again.place(events[2]))
    assert again.unanchored(after=again.place(events[0]), limit=1) == (again.place(events[2]),)
    assert again.record_anchors({first: "d.e.f", third: "g.h.i"}) == 2
    assert again.unanchored() == ()
    assert again.verify().ok
    again.close()


def test_of_no_receipt_here(log: EventLog) -> None:
    """A word on something else is passed over: nobody fills the log with strangers' receipts."""
    (tag,) = tags(hand_out(log, 1))
    assert log.record_anchors({bytes(32): "a.b.c", tag: "d.e.f"}) == 1
    assert log.anchor(bytes(32)) is None
    assert log.record_anchors({}) == 0


def test_receipt_that_stands_there_twice(log: EventLog) -> None:
    """Where the second came after the word on the first, it lacks the word, and takes it."""
    day = log.open_context({"kind": "counter"}, moment())
    of = verification(log, day, 1)
    first = receipt(log, day, of, "e30.e30.AAAA")
    assert log.record_anchors({first.tag or b"": "a.b.c"}) == 1
    second = receipt(log, day, of, "e30.e30.AAAA")
    assert (second.tag, log.unanchored()) == (first.tag, (log.place(second),))
    assert log.record_anchors({first.tag or b"": "d.e.f"}) == 1
    assert log.unanchored() == ()
    assert log.anchor(first.tag or b"") == "a.b.c"


def test_first_word_stays(log: EventLog) -> None:
    """A later one says the same or less; it takes no place."""
    (tag,) = tags(hand_out(log, 1))
    assert log.record_anchors({tag: "a.b.c"}) == 1
    assert log.record_anchors({tag: "d.e.f"}) == 0
    assert log.anchor(tag) == "a.b.c"


def test_log_that_takes_nothing(log: EventLog) -> None:
    """A word is not kept in part, and whoever brings it is told."""
    (tag,) = tags(hand_out(log, 1))
    log.close()
    with pytest.raises(RecordingLocked):
        log.record_anchors({tag: "a.b.c"})
    again = make_log(log.path)
    assert again.anchor(tag) is None
    again.close()


def test_every_epoch_is_looked_at(log: EventLog) -> None:
    """A receipt of an epoch that ended is missed, and anchored, like any other."""
    (old,) = hand_out(log, 1)
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(10))
    (new,) = hand_out(log, 1)
    assert log.unanchored() == (log.place(old), log.place(new))
    assert log.record_anchors({old.tag or b"": "a.b.c"}) == 1
    assert log.unanchored() == (log.place(new),)


def test_a_copy_has_them(log: EventLog, tmp_path: Path) -> None:
    """What was anchored when it was made is anchored after it is put back."""
    first, second = tags(hand_out(log, 2))
    log.record_anchors({first: "a.b.c"})
    copy = tmp_path / "stick" / back_up(log.path, tmp_path / "stick", START).file
    log.record_anchors({second: "d.e.f"})
    log.close()
    restore(copy, log.path)
    again = make_log(log.path)
    assert (again.anchor(first), again.anchor(second)) == ("a.b.c", None)
    assert len(again.unanchored()) == 1
    again.close()


def test_what_is_rescued_is_asked_for_again(log: EventLog, tmp_path: Path) -> None:
    """A rescue brings receipts and not the word on them: the terminal misses all of it."""
    fill(log, 3)
    events = hand_out(log, 2)
    log.record_anchors({tags(events)[0]: "a.b.c"})
    log.close()
    assert rescue(log.path, tmp_path / "rescued.db").whole
    again = make_log(tmp_path / "rescued.db")
    assert again.unanchored() == tuple(again.place(event) for event in events)
    assert again.record_anchors({tags(events)[0]: "a.b.c"}) == 1
    again.close()


def test_receipts_of_a_log_before_this_step(log: EventLog) -> None:
    """Those that an earlier program recorded are missed too, once the schema is up to date."""
    events = hand_out(log, 2)
    log.close()
    with closing(sqlite3.connect(log.path)) as connection, connection:
        connection.execute("DROP TABLE receipt")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'm003_receipts'")
    again = make_log(log.path)
    assert again.fault is None
    assert again.unanchored() == tuple(again.place(event) for event in events)
    again.close()
