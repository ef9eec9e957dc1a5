"""Whatever is left of a log is found, nothing else is taken for an event, the source stays."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import CopyFailed, LogDamaged
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.forget import destroy_due
from edge.log.look import look_at
from edge.log.pages import PAGE_SIZE
from edge.log.rescue import RescueReport, rescue
from edge.log.restore import restore
from edge.wire.ack import Ack
from edge.wire.event import Event
from edge.wire.kinds import EpochReason, EventKind
from tests.edge.log.made import TERMINAL, check_in, copy_log, fill, make_log, moment
from tests.edge.log.test_roster_parts import people


@pytest.fixture
def damaged(path: Path, tmp_path: Path) -> Path:
    """Return a log of two epochs and two meetings, one of them large, closed in good order."""
    log = make_log(path)
    first = fill(log, 60)
    log.record_ack(Ack(TERMINAL, log.epoch, 20, (), log.events()[19].hash, (), ()))
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(90))
    log.open_context({"kind": "regular"}, moment(91), people(300))
    log.close_context(first, moment(95))
    log.append(EventKind.EXPORTED, context=first, at=moment(96), outcome="CSV", body={})
    check_in(log, first, 7)
    log.close()
    (tmp_path / "damaged").mkdir()
    return copy_log(path, tmp_path / "damaged" / "log.db")


def events_of(path: Path) -> list[Event]:
    """Return every event of a file that can be read."""
    with look_at(path) as look:
        found = [event for epoch in look.epochs for event in look.events(epoch)]
    return [event for event in found if isinstance(event, Event)]


def contexts_of(path: Path) -> list[tuple[object, ...]]:
    """Return the table of contexts."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM context ORDER BY opened").fetchall()


def saved(path: Path) -> tuple[RescueReport, list[Event]]:
    """Rescue a file, see that it was not touched, and return report and events."""
    before = path.read_bytes()
    stamp = path.stat().st_mtime_ns
    target = path.with_name("rescued.sqlite")
    report = rescue(path, target)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    assert sorted(file.name for file in path.parent.glob(".*")) == []
    return report, events_of(target)


def flip_pages(path: Path, *numbers: int) -> None:
    """Fill whole pages with noise, as a dying card returns them."""
    data = bytearray(path.read_bytes())
    for number in numbers:
        data[(number - 1) * PAGE_SIZE : number * PAGE_SIZE] = os.urandom(PAGE_SIZE)
    path.write_bytes(data)


def test_whole_log(damaged: Path) -> None:
    """All events, epochs, contexts and acknowledgements of a log that lacks nothing."""
    expected, contexts = events_of(damaged), contexts_of(damaged)
    report, found = saved(damaged)
    assert (report.whole, report.unproven, report.second) == (True, 0, 0)
    assert found == expected
    target = damaged.with_name("rescued.sqlite")
    assert contexts_of(target) == contexts
    assert verify_file(target).ok
    assert [epoch.acknowledged for epoch in report.epochs] == [20, 0]


def test_every_page_lost_in_turn(damaged: Path) -> None:
    """Any page may be the bad one: the events of all others are found, the report says which miss.

    Also the first page, with the names of the tables, and those that lead to others.
    """
    expected = {(event.epoch, event.seq): event for event in events_of(damaged)}
    data = damaged.read_bytes()
    for number in range(1, len(data) // PAGE_SIZE + 1):
        damaged.write_bytes(data)
        flip_pages(damaged, number)
        damaged.with_name("rescued.sqlite").unlink(missing_ok=True)
        try:
            report, found = saved(damaged)
        except LogDamaged:  # the page with the epochs' ids: the events cannot be proved
            help_with = {"terminal": TERMINAL, "epoch": next(iter(expected))[0]}
            report = rescue(damaged, damaged.with_name("rescued.sqlite"), **help_with)
            found = events_of(damaged.with_name("rescued.sqlite"))
        for event in found:
            assert expected[event.epoch, event.seq] == event
        assert len(found) >= 40
        if report.whole:  # but for the newest events, whose loss nothing here can show
            assert found == list(expected.values())[: len(found)]
            assert len(found) > 60


def test_truncated_file(damaged: Path) -> None:
    """Cut in the middle: what comes before is found; what the centre acknowledged is missed."""
    data = damaged.read_bytes()
    damaged.write_bytes(data[: 17 * PAGE_SIZE])
    report, found = saved(damaged)
    assert not report.whole
    assert 0 < len(found) < 60
    assert report.epochs[0].missing
    assert verify_file(damaged.with_name("rescued.sqlite")).ok is False


def test_image_of_a_medium(damaged: Path, tmp_path: Path) -> None:
    """The log somewhere in an image, among other files and an older log's pages."""
    image = tmp_path / "card.img"
    noise = os.urandom(7 * PAGE_SIZE)
    image.write_bytes(noise + damaged.read_bytes() + noise + b"SQLite format 3\0" + noise)
    report = rescue(image, tmp_path / "out.sqlite")
    assert report.whole
    assert events_of(tmp_path / "out.sqlite") == events_of(damaged)


def test_scattered_pages(path: Path, tmp_path: Path) -> None:
    """An image in which the file's pages lie in any order: each event within a page is found."""
    log = make_log(path)
    fill(log, 40)
    log.close()
    data = path.read_bytes()
    pages = [data[at : at + PAGE_SIZE] for at in range(0, len(data), PAGE_SIZE)]
    image = tmp_path / "card.img"
    image.write_bytes(b"".join(bytes(PAGE_SIZE) + page for page in pages[::-1]))
    report = rescue(image, tmp_path / "out.sqlite")
    assert (report.events, report.whole) == (41, True)


def test_write_ahead_log_that_sqlite_passes_over(path: Path, tmp_path: Path) -> None:
    """Damage early in it hides every later event from SQLite; here they are found."""
    log = make_log(path)
    fill(log, 30)
    (tmp_path / "cut").mkdir()
    cut = copy_log(path, tmp_path / "cut" / "log.db")
    log.close()
    side = cut.with_name("log.db-wal")
    data = bytearray(side.read_bytes())
    data[60] ^= 1
    side.write_bytes(data)
    assert not verify_file(cut).ok
    report, found = saved(cut)
    assert (report.whole, len(found)) == (True, 31)


def test_two_events_in_one_place(path: Path, tmp_path: Path) -> None:
    """An event that was never recorded stands in the write-ahead log: the chain decides."""
    log = make_log(path)
    context = fill(log, 5)
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    kept = copy_log(path, one / "log.db")
    log.close()
    shutil.copytree(one, other, dirs_exist_ok=True)
    left, right = make_log(kept), make_log(other / "log.db")
    for number in range(3):
        check_in(left, context, 100 + number)
    check_in(right, context, 200)
    stray = copy_log(other / "log.db", tmp_path / "stray.db")
    expected = left.events()
    left.close()
    right.close()
    shutil.copy(stray.with_name("stray.db-wal"), one / "log.db-wal")
    report, found = saved(kept)
    assert (report.second, report.whole) == (1, True)
    assert tuple(found) == expected


def test_old_schema_is_rescued(path: Path) -> None:
    """A log of an earlier program comes out in this program's schema."""
    path.parent.mkdir()
    past = Path(__file__).with_name("past") / "m001.sql"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(past.read_text("utf-8"))
    report, found = saved(path)
    assert (report.whole, len(found)) == (True, 8)
    assert report.epochs[0].acknowledged == 5


def test_rescued_log_goes_on(damaged: Path, path: Path) -> None:
    """Put back, it takes events under a new epoch, and its open meeting is there."""
    rescue(damaged, damaged.with_name("rescued.sqlite"))
    restore(damaged.with_name("rescued.sqlite"), path)
    log = make_log(path)
    assert (log.fault, len(log.open_contexts())) == (None, 1)
    check_in(log, log.open_contexts()[0], 1)
    assert len(log.epochs) == 3
    assert log.verify().ok
    destroy_due(log, moment(100))
    log.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"x", bytes(100_000), os.urandom(100_000)],
    ids=["empty", "one", "zeros", "random"],
)
def test_nothing_to_be_found(tmp_path: Path, content: bytes) -> None:
    """Said, and no empty log is left that could be taken for one."""
    (tmp_path / "garbage").write_bytes(content)
    with pytest.raises(LogDamaged, match="No event"):
        rescue(tmp_path / "garbage", tmp_path / "out.sqlite")
    assert [file.name for file in tmp_path.iterdir()] == ["garbage"]


def test_altered_event_is_not_taken(log: EventLog, path: Path) -> None:
    """A row whose hash does not hold is counted and left out, never mended."""
    fill(log, 5)
    log.close()
    data = path.read_bytes().replace(b"check-inADMITTED", b"check-inADMITTEX")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER event_is_never_changed")
        connection.execute("UPDATE event SET outcome = 'REFUSED' WHERE place = 3")
    assert data
    report, found = saved(path)
    assert (report.unproven, report.epochs[0].missing) == (1, ((3, 3),))
    assert [event.seq for event in found] == [1, 2, 4, 5, 6]


def test_target_that_exists(damaged: Path, tmp_path: Path) -> None:
    """Nothing is overwritten, least of all the source."""
    for target in (damaged, tmp_path):
        with pytest.raises(CopyFailed):
            rescue(damaged, target)
    assert verify_file(damaged).ok
