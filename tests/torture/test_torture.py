"""The short form of `make torture`, and that its ledger would find what it looks for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.log.append import EventLog
from edge.log.keys import KeyFiles
from tests.edge.log.made import check_in, fill, make_log, moment, tamper
from tests.torture.acts import ACTS
from tests.torture.ledger import LOG, Ledger, Violation

ROOT = Path(__file__).parents[2]


def test_short_form(tmp_path: Path) -> None:
    """Twenty kills over every act, some full disks, some damaged places: every promise holds."""
    options = ("--kills", "20", "--step", "4999", "--room", "65536", "--folder", tmp_path / "t")
    parts = [f"--only={part}" for part in ("log", "disk", "damage")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", *options, *parts],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 kills" in done.stdout
    assert "all held" in done.stdout
    for name in ACTS:
        assert f"{name} " in done.stdout


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    """Return a log in a folder as the acts use it."""
    return make_log(tmp_path / LOG)


@pytest.fixture
def ledger(tmp_path: Path, log: EventLog) -> Ledger:
    """Return a ledger to which five events and an open meeting were told, the log closed."""
    context = fill(log, 4)
    made = Ledger(tmp_path / "ledger")
    told = [(event.epoch, event.seq, event.hash.hex()) for event in log.events()]
    made.take(json.dumps({"events": told, "opened": context}).encode())
    log.close()
    return made


def test_what_was_told_is_there(ledger: Ledger, tmp_path: Path) -> None:
    """A log that holds all of it, and more, is good."""
    assert ledger.compare(tmp_path) == 5
    log = make_log(tmp_path / LOG)
    check_in(log, log.open_contexts()[0], 9)
    log.close()
    assert ledger.compare(tmp_path) == 6


def test_lost_event(ledger: Ledger, tmp_path: Path) -> None:
    """The newest event gone, which the chain alone cannot show: found."""
    tamper(tmp_path / LOG, "DELETE FROM event WHERE place = 5")
    with pytest.raises(Violation, match="is lost"):
        ledger.compare(tmp_path)


def test_lost_log(ledger: Ledger, tmp_path: Path) -> None:
    """The whole file gone: found."""
    (tmp_path / LOG).unlink()
    with pytest.raises(Violation, match="gone"):
        ledger.compare(tmp_path)


def test_number_given_twice(ledger: Ledger, tmp_path: Path) -> None:
    """Another event under a number that was told: found on the disk, and in what is told."""
    tamper(tmp_path / LOG, "DELETE FROM event WHERE place = 5")
    log = make_log(tmp_path / LOG)
    event = check_in(log, log.open_contexts()[0], 77)
    log.close()
    with pytest.raises(Violation, match="another than"):
        ledger.compare(tmp_path)
    with pytest.raises(Violation, match="two hashes"):
        ledger.take(json.dumps({"events": [[event.epoch, 5, event.hash.hex()]]}).encode())


def test_broken_chain(ledger: Ledger, tmp_path: Path) -> None:
    """Found."""
    tamper(tmp_path / LOG, "UPDATE event SET outcome = 'X' WHERE place = 3")
    with pytest.raises(Violation, match="not whole at 3"):
        ledger.compare(tmp_path)


def test_lost_key(ledger: Ledger, tmp_path: Path) -> None:
    """An open meeting whose key is gone: found."""
    for key in tmp_path.glob("*.key"):
        key.unlink()
    with pytest.raises(Violation, match="the key of open context"):
        ledger.compare(tmp_path)


def test_meeting_that_closed_is_open(ledger: Ledger, tmp_path: Path) -> None:
    """A closing that was told and is not there: found."""
    (context,) = ledger.opened
    ledger.take(json.dumps({"closed": context}).encode())
    with pytest.raises(Violation, match="is open"):
        ledger.compare(tmp_path)


def test_key_that_was_destroyed_and_is_there(ledger: Ledger, tmp_path: Path) -> None:
    """In whatever file: found."""
    (context,) = ledger.opened
    wrapped = KeyFiles(tmp_path / LOG).read(context) or b""
    log = make_log(tmp_path / LOG)
    log.close_context(context, moment(60))
    log.destroy_key(context)
    log.close()
    ledger.take(json.dumps({"closed": context, "destroyed": {context: wrapped.hex()}}).encode())
    assert ledger.compare(tmp_path) == 6
    (tmp_path / "leftover").write_bytes(b"..." + wrapped)
    with pytest.raises(Violation, match="is in leftover"):
        ledger.compare(tmp_path)


def test_locked_log_and_broken_copy(ledger: Ledger, tmp_path: Path) -> None:
    """A fault at a start, or a copy that is told and not whole: found."""
    ledger.take(json.dumps({"copy": str(tmp_path / "absent.sqlite")}).encode())
    with pytest.raises(Violation, match="copy"):
        ledger.compare(tmp_path)
    ledger.take(json.dumps({"fault": "LOG_CHAIN_BROKEN"}).encode())
    with pytest.raises(Violation, match="LOG_CHAIN_BROKEN"):
        ledger.compare(tmp_path)


def test_short_form_of_the_centre(tmp_path: Path) -> None:
    """A few kills of the centre, a few cuts: every promise holds."""
    options = ("--centre-kills", "8", "--cut", "997", "--folder", tmp_path / "t")
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", *options, "--only=centre", "--only=cuts"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 kills" in done.stdout
    assert "connection cut (down)" in done.stdout
    assert "all held" in done.stdout
