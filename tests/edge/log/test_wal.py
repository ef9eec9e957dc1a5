"""Events that were durable are never passed over because the write-ahead log was damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edge.log import pages
from edge.log.chain import verify_file
from edge.log.fault import LogFault
from edge.log.pages import FRAME_HEADER_SIZE, PAGE_SIZE, WAL_HEADER_SIZE
from edge.log.reading import open_read_only
from tests.edge.log.made import check_in, copy_log, fill, make_log
from tests.edge.log.test_fault import RECORDER, ROOT, _environment

FRAME = FRAME_HEADER_SIZE + PAGE_SIZE


@pytest.fixture
def cut(path: Path, tmp_path: Path) -> Path:
    """Return a log as a power cut leaves it: 20 events in the write-ahead log alone."""
    log = make_log(path)
    fill(log, 20)
    (tmp_path / "cut").mkdir()
    copy = copy_log(path, tmp_path / "cut" / "log.db")
    log.close()
    return copy


def side(path: Path) -> Path:
    """Return the write-ahead log's file."""
    return path.with_name(path.name + "-wal")


def flip(path: Path, at: int) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


def test_untouched(cut: Path) -> None:
    """A power cut alone loses nothing and locks nothing."""
    assert verify_file(cut).events == 21
    log = make_log(cut)
    assert (log.fault, log.head().seq) == (None, 21)
    log.close()


PLACES = [
    WAL_HEADER_SIZE,
    WAL_HEADER_SIZE + 9,
    WAL_HEADER_SIZE + FRAME_HEADER_SIZE + 2000,
    WAL_HEADER_SIZE + 5 * FRAME + FRAME_HEADER_SIZE + PAGE_SIZE - 1,
    WAL_HEADER_SIZE + 12 * FRAME + 17,
    *(0, 5, 8, 16, 20, 25),
]


@pytest.mark.parametrize("at", PLACES)
def test_flipped_bit(cut: Path, at: int) -> None:
    """In a frame or in the header: recording is locked, no byte is changed, `verify` says why."""
    flip(side(cut), at)
    before = side(cut).read_bytes()
    report = verify_file(cut)
    assert not report.ok
    log = make_log(cut)
    assert log.fault == LogFault.CHAIN_BROKEN
    assert log.recheck() == LogFault.CHAIN_BROKEN
    log.close()
    assert side(cut).read_bytes() == before


@pytest.mark.parametrize("keep", [0, 1, 30, FRAME_HEADER_SIZE, 2000, FRAME - 1])
def test_last_write_cut_short(cut: Path, keep: int) -> None:
    """What a power cut leaves of an event that was never acknowledged is no damage."""
    data = side(cut).read_bytes()
    side(cut).write_bytes(data[: len(data) - FRAME + keep])
    log = make_log(cut)
    assert log.fault is None
    assert log.head().seq >= 20
    assert check_in(log, log.open_contexts()[0], 99).seq == log.head().seq
    assert log.verify().ok
    log.close()


def test_garbage_behind_the_last_write(cut: Path) -> None:
    """Blocks that the file system gave and nobody wrote mean nothing."""
    for garbage in (bytes(3 * FRAME), os.urandom(3 * FRAME), os.urandom(7)):
        data = side(cut).read_bytes()
        side(cut).write_bytes(data + garbage)
        assert verify_file(cut).events == 21
    log = make_log(cut)
    assert (log.fault, log.head().seq) == (None, 21)
    log.close()


def test_older_frames_behind_the_newer(path: Path) -> None:
    """After the file began anew, what is left of its last round is no loss."""
    log = make_log(path)
    context = fill(log, 30)
    log.recheck()
    for number in range(3):
        check_in(log, context, number)
        assert verify_file(path).ok
    assert len(side(path).read_bytes()) > 0
    copy = copy_log(path, path.with_name("copy.db"))
    log.close()
    again = make_log(copy)
    assert (again.fault, again.head().seq) == (None, 34)
    again.close()


def test_header_that_is_whole_names_the_page_size(cut: Path) -> None:
    """Anything else, cut anywhere, is no header."""
    header = side(cut).read_bytes()[:WAL_HEADER_SIZE]
    assert pages.wal_page_size(header) == PAGE_SIZE
    for end in range(WAL_HEADER_SIZE):
        assert pages.wal_page_size(header[:end]) is None


def test_log_that_was_being_made(path: Path, tmp_path: Path) -> None:
    """Killed while SQLite still kept a rollback journal: the next start makes the log."""
    program = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size = 1'); c.execute('CREATE TABLE t (x)')\n"
        "c.execute('BEGIN'); c.executemany('INSERT INTO t VALUES (?)', [(b'x' * 900,)] * 200)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    path.parent.mkdir()
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    journal = path.with_name(path.name + "-journal")
    assert journal.stat().st_size > 0
    assert "being made" in (verify_file(path).why or "")
    log = make_log(path)
    assert (log.fault, fill(log, 1) in log.open_contexts()) == (None, True)
    log.close()


def test_readers_beside_a_writer(cut: Path) -> None:
    """Other processes open and close the log all the while: the writer's locks hold.

    A process that opens SQLite's own files and closes them drops its locks; the next reader then
    cuts the index from under the writer.
    """
    command = [sys.executable, str(RECORDER), str(cut), "600", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment()
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "22\n"
        looks = 0
        while writer.poll() is None:
            with closing(open_read_only(cut)) as connection:
                connection.execute("SELECT MAX(place) FROM event").fetchone()
            looks += 1
        last = writer.stdout.read().splitlines()[-1]
    assert (writer.returncode, last, looks > 5) == (0, "621", True)
    assert verify_file(cut).events == 621
