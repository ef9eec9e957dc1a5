"""`tramthe log`: what a technician sees of a log, whole, damaged or something else."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.meeting.book import MeetingBook
from edge.meeting.opening import default
from edge.meeting.rules import Kind
from edge.wire.event import Event
from edge.wire.kinds import EpochReason, EventKind
from provisioning.demo.prepare import TERMINAL, Stage
from tests.edge.log.made import SEAL, moment, tamper
from tests.provisioning.cli.conftest import Tramthe

WRAP_KEY = bytes(range(32))


@pytest.fixture
def log_file(tmp_path: Path, stage: Stage) -> Path:
    """Return the log of a terminal after a meeting of three, with its identity folder beside it."""
    path = tmp_path / "state" / "log.sqlite"
    log = EventLog(path, TERMINAL, WRAP_KEY, (SEAL.kid, SEAL.public))
    book = MeetingBook(log, stage.cast.roster)
    book.open(default(Kind.REGULAR), moment())
    for person in stage.cast.roster.people[:3]:
        book.check_in(
            at=moment(1),
            outcome="ADMITTED",
            reason=None,
            person=person,
            person_key=person.person_key,
            body={},
        )
    book.close(moment(2))
    log.close()
    (path.parent / "identity").mkdir()
    (path.parent / "identity" / "wrap.key").write_bytes(WRAP_KEY)
    return path


@pytest.fixture
def two_epochs(log_file: Path) -> Path:
    """Return that log with a second epoch of two events."""
    log = EventLog(log_file, TERMINAL, WRAP_KEY, (SEAL.kid, SEAL.public))
    log.begin_epoch(EpochReason.RESTORED, moment(5))
    log.append(EventKind.FAULT, context=None, at=moment(6), reason="CLOCK_BEHIND")
    log.close()
    return log_file


@pytest.fixture
def names(stage: Stage) -> list[str]:
    """Return every name and number of the roster."""
    people = stage.cast.roster.people
    return [text for p in people for text in (p.name, p.number, p.personal_number) if text]


@pytest.fixture
def untouched(log_file: Path) -> Iterator[Path]:
    """Return the log, and see afterwards that no byte of it was changed."""
    before = log_file.read_bytes()
    yield log_file
    assert log_file.read_bytes() == before


def test_a_whole_log(tramthe: Tramthe, untouched: Path) -> None:
    """Exit status 0 and the number of events."""
    said = tramthe("log", "verify", untouched)
    assert (said.status, said.out) == (0, "whole: 6 events\n")


def test_a_log_of_several_epochs(tramthe: Tramthe, two_epochs: Path) -> None:
    """All are checked; a fault is named with its epoch."""
    assert tramthe("log", "verify", two_epochs).out == "whole: 8 events in 2 epochs\n"
    tamper(two_epochs, "UPDATE event SET reason = 'X' WHERE place = 1 << 40 | 2")
    said = tramthe("log", "verify", two_epochs)
    assert said.status == 1
    assert said.out.startswith("NOT WHOLE at event 2 of epoch ")


def test_an_altered_byte(tramthe: Tramthe, log_file: Path) -> None:
    """Any byte of an event that changed: exit status 1, the event, and what to do."""
    with closing(sqlite3.connect(log_file)) as connection:
        (body,) = connection.execute("SELECT body FROM event WHERE place = 3").fetchone()
    data = log_file.read_bytes()
    place = data.index(body[-40:])
    log_file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    said = tramthe("log", "verify", log_file)
    assert said.status == 1
    assert said.out.startswith("NOT WHOLE at event 3")
    assert "technician" in said.out


READING = ("verify", "show", "export", "stats")


@pytest.mark.parametrize("command", READING)
def test_not_a_log(tramthe: Tramthe, garbage: list[Path], tmp_path: Path, command: str) -> None:
    """Says what to give instead; what is not a file is not understood."""
    for file in garbage:
        said = tramthe("log", command, file)
        assert (said.status, said.out) == (3, "")
        assert "not a terminal's log" in said.err
        assert "log.sqlite" in said.err
        assert "None" not in said.err
    assert tramthe("log", command, tmp_path).status == 2
    assert tramthe("log", command, tmp_path / "absent").status == 2


@pytest.mark.parametrize("command", READING)
def test_a_log_of_a_newer_program(tramthe: Tramthe, log_file: Path, command: str) -> None:
    """Not guessed at."""
    with closing(sqlite3.connect(log_file)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('tramthe-log', 'm999_future', '')"
        )
    said = tramthe("log", command, log_file)
    assert (said.status, "newer program" in said.err) == (3, True)


def test_show_without_names(tramthe: Tramthe, untouched: Path, names: list[str]) -> None:
    """A line for each event, codes and times; nothing of a person."""
    said = tramthe("log", "show", untouched)
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert len(lines) == 6
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "5", "6"]
    assert "check-in" in lines[2]
    assert lines[2].endswith("ADMITTED")
    assert not [name for name in names if name in said.out]


def test_show_what_was_asked_for(tramthe: Tramthe, two_epochs: Path) -> None:
    """By kind, number, context, epoch, the last few; an epoch that is not there is said."""
    log = two_epochs
    with closing(sqlite3.connect(log)) as connection:
        ((first,), (second,)) = connection.execute("SELECT epoch FROM epoch ORDER BY number")
        ((context,),) = connection.execute("SELECT context FROM context")

    def numbers(*options: object) -> list[str]:
        said = tramthe("log", "show", log, *options)
        return [line.split()[0] for line in said.out.splitlines()]

    assert numbers("--kind", "check-in") == ["3", "4", "5"]
    assert numbers("--kind", "check-in", "--last", 1) == ["5"]
    assert numbers("--epoch", first[:6], "--after", 4) == ["5", "6"]
    assert numbers("--epoch", second) == ["epoch", "1", "2"]
    assert numbers("--context", context[:6], "--kind", "fault") == []
    said = tramthe("log", "show", log, "--epoch", "zz")
    assert (said.status, first in said.err) == (3, True)
    assert tramthe("log", "show", log, "--kind", "party").status == 2
    assert tramthe("log", "show", log, "--last", 0).status == 2


def test_show_bodies_when_asked(tramthe: Tramthe, untouched: Path, stage: Stage) -> None:
    """Names come with --bodies and a warning, and from no other command."""
    name = stage.cast.roster.people[0].name
    said = tramthe("log", "show", untouched, "--bodies")
    assert (said.status, name in said.out) == (0, True)
    assert said.err == "Names and numbers of people follow.\n"
    identity = untouched.parent / "identity"
    again = tramthe("log", "show", untouched, "--bodies", "--identity", identity)
    assert again.out == said.out


def test_bodies_that_do_not_open(tramthe: Tramthe, untouched: Path, tmp_path: Path) -> None:
    """No identity, another one, a destroyed key: said, and the rest is shown."""
    (untouched.parent / "identity" / "wrap.key").rename(tmp_path / "kept")
    said = tramthe("log", "show", untouched, "--bodies")
    assert (said.status, "identity" in said.err) == (3, True)
    (untouched.parent / "identity" / "wrap.key").write_bytes(bytes(5))
    assert tramthe("log", "show", untouched, "--bodies").status == 3
    (untouched.parent / "identity" / "wrap.key").write_bytes(bytes(32))
    said = tramthe("log", "show", untouched, "--bodies")
    assert (said.status, said.out.count("(sealed:")) == (0, 5)
    (untouched.parent / "identity" / "wrap.key").write_bytes(WRAP_KEY)
    for key in untouched.parent.glob("*.key"):
        key.unlink()
    said = tramthe("log", "show", untouched, "--bodies")
    assert (said.status, said.out.count("no longer kept")) == (0, 5)


def test_an_event_that_cannot_be_read(tramthe: Tramthe, log_file: Path) -> None:
    """It is said, the others are shown and exported, exit status 1."""
    tamper(log_file, "UPDATE event SET kind = 'party' || char(27) WHERE place = 3")
    said = tramthe("log", "show", log_file)
    assert said.status == 1
    assert len(said.out.splitlines()) == 6
    assert "UNREADABLE" in said.out.splitlines()[2]
    assert "\x1b" not in said.out
    said = tramthe("log", "export", log_file)
    assert (said.status, len(said.out.splitlines())) == (1, 5)
    assert "left out" in said.err


def test_export_is_the_canonical_form(tramthe: Tramthe, two_epochs: Path, tmp_path: Path) -> None:
    """Each line is an event as it was hashed; a file is there whole or not at all."""
    said = tramthe("log", "export", two_epochs)
    events = [Event.from_bytes(line.encode()) for line in said.out.splitlines()]
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6, 1, 2]
    assert all(event.computed_hash() == event.hash for event in events)
    assert said.err == "8 events\n"
    output = tmp_path / "out.jsonl"
    assert tramthe("log", "export", two_epochs, "--output", output).out == ""
    assert output.read_text("utf-8") == said.out
    missing = tmp_path / "no" / "out.jsonl"
    assert tramthe("log", "export", two_epochs, "--output", missing).status == 3
    assert [file.name for file in tmp_path.glob(".*")] == []


def test_reader_who_has_read_enough(log_file: Path) -> None:
    """`tramthe log export FILE | head -1` ends quietly."""
    program = f"{sys.executable} -m provisioning.cli.main log export {log_file} | head -c 10"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith('{"at":"202')
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_stats_without_names(tramthe: Tramthe, two_epochs: Path, names: list[str]) -> None:
    """Sums by kind, outcome, day, quality, epoch; what is not sent; as text and as JSON."""
    text = tramthe("log", "stats", two_epochs)
    sums = json.loads(tramthe("log", "stats", two_epochs, "--json").out)
    assert (sums["terminal"], sums["events"], sums["unsent"]) == (TERMINAL, 8, 8)
    assert [epoch["events"] for epoch in sums["epochs"]] == [6, 2]
    assert sums["kinds"]["check-in"] == 3
    assert sums["outcomes"] == {"check-in ADMITTED": 3}
    assert sums["days"] == {"2026-11-21": 8}
    assert sums["qualities"] == {"synchronised": 8}
    assert sums["contexts"] == {"all": 1, "open": 0, "with_key": 1}
    assert "3  check-in ADMITTED" in text.out
    assert not [name for name in names if name in text.out]


def test_backup_and_restore(tramthe: Tramthe, log_file: Path, tmp_path: Path) -> None:
    """A copy on the stick, put back: the log that was there is set aside."""
    said = tramthe("log", "backup", log_file, tmp_path / "stick")
    assert (said.status, "6 events" in said.out, "0 keys" in said.out) == (0, True, True)
    (copy,) = (tmp_path / "stick").glob("*.sqlite")
    assert "1 keys" in tramthe("log", "backup", log_file, tmp_path / "stick", "--keys").out
    said = tramthe("log", "restore", copy, log_file)
    assert (said.status, "aside-1" in said.out) == (0, True)
    assert tramthe("log", "verify", log_file).status == 0
    running = EventLog(log_file, TERMINAL, WRAP_KEY, None)
    said = tramthe("log", "restore", copy, log_file)
    assert (said.status, "writing this log" in said.err) == (3, True)
    running.close()
    (tmp_path / "stick" / "file").touch()
    assert tramthe("log", "backup", log_file, tmp_path / "stick" / "file").status == 2
    assert tramthe("log", "restore", tmp_path / "stick" / "file", log_file).status == 3


def test_backup_of_a_broken_log(tramthe: Tramthe, log_file: Path, tmp_path: Path) -> None:
    """Copied all the same, exit status 1."""
    tamper(log_file, "UPDATE event SET outcome = 'X' WHERE place = 3")
    said = tramthe("log", "backup", log_file, tmp_path / "stick")
    assert (said.status, "NOT WHOLE" in said.out) == (1, True)
    assert list((tmp_path / "stick").glob("*.sqlite"))


def test_rescue(tramthe: Tramthe, log_file: Path, tmp_path: Path) -> None:
    """What is left, what is missing, in words and as JSON; exit status by whether it is whole."""
    new = tmp_path / "rescued.sqlite"
    said = tramthe("log", "rescue", log_file, new)
    assert (said.status, "whole" in said.out) == (0, True)
    assert verify_file(new).events == 6
    assert json.loads(new.with_suffix(".json").read_bytes())["events"] == 6
    tamper(log_file, "UPDATE event SET outcome = 'X' WHERE place IN (3, 4)")
    said = tramthe("log", "rescue", log_file, tmp_path / "second.sqlite")
    assert (said.status, "missing: 3 to 4" in said.out) == (1, True)
    assert tramthe("log", "show", tmp_path / "second.sqlite").status == 0
    assert tramthe("log", "verify", tmp_path / "second.sqlite").status == 1
    said = tramthe("log", "restore", tmp_path / "second.sqlite", log_file)
    assert (said.status, "not a whole log" in said.err) == (3, True)


def test_rescue_of_something_else(
    tramthe: Tramthe, garbage: list[Path], log_file: Path, tmp_path: Path
) -> None:
    """Nothing found, a place taken already, a name that the report needs: said, nothing written."""
    for file in garbage:
        said = tramthe("log", "rescue", file, tmp_path / "new.sqlite")
        assert (said.status, "No event of a log" in said.err) == (3, True)
        assert not (tmp_path / "new.sqlite").exists()
    assert tramthe("log", "rescue", log_file, log_file).status == 3
    assert tramthe("log", "rescue", log_file, tmp_path / "new.json").status == 3
    assert tramthe("log", "rescue", tmp_path / "absent", tmp_path / "new.sqlite").status == 2
