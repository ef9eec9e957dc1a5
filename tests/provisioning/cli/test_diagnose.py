"""`tramthe diagnose`, at a provisioned terminal."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from edge.config import Config
from edge.service import Service
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.direct_reader import DirectReader
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.cli.test_serve import answer, config, running

_SQLITES = (".sqlite-shm", ".sqlite-wal")
_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's own settings out."""
    for name in list(os.environ):
        if name.startswith("TRAMTHE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path, state: Path) -> Path:
    """Return a terminal's configuration."""
    path = tmp_path / "terminal.toml"
    config(path, terminal=TERMINAL, state=str(state), volatile_state=True, port=free_port())
    path.chmod(0o644)
    return path


def table(tramthe: Tramthe, file: Path) -> dict[str, dict[str, str | None]]:
    """Return the checks by name; exit status 1 if and only if one is a fault."""
    said = tramthe("diagnose", "--config", file, "--json")
    rows = json.loads(said.out)
    faults = [row for row in rows if row["state"] == "fault"]
    assert said.status == (1 if faults else 0)
    for row in rows:
        assert row["figure"]
        assert (row["next_step"] is None) is (row["state"] == "ok")
    return {row["name"]: row for row in rows}


def test_every_part_is_looked_at(tramthe: Tramthe, file: Path) -> None:
    """One check or more of each, those of a whole terminal well."""
    rows = table(tramthe, file)
    assert {
        "configuration", "service", "pcscd", "reader", "scanner", "lamp", "buzzer", "clock",
        "certificate", "trust list", "list certificate", "list card-status", "log", "queue",
        "centre", "disk", "space", "write", "battery clock", "memory", "swap", "temperature",
        "power", "network", "versions",
    } <= set(rows)  # fmt: skip
    for name in ("configuration", "certificate", "trust list", "list card-status", "write"):
        assert rows[name]["state"] == "ok", rows[name]


def test_nothing_is_changed_and_nobody_named(
    tramthe: Tramthe, stage: Stage, state: Path, file: Path, events: int
) -> None:
    """No file comes, goes or is written, but SQLite's own beside the log; no name, no number."""
    assert events

    def files() -> dict[Path, bytes]:
        found = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
        return {path: data for path, data in found.items() if path.suffix not in _SQLITES}

    before = files()
    said = tramthe("diagnose", "--config", file)
    assert files() == before
    for person in stage.cast.roster.people:
        assert person.name not in said.out
        for number in (person.number, person.personal_number):
            assert number is None or number not in said.out


def test_table_for_a_person(tramthe: Tramthe, file: Path) -> None:
    """A line for each check, what to do below it, the sum at the end."""
    lines = tramthe("diagnose", "--config", file).out.splitlines()
    assert any(line.startswith("ok         certificate") for line in lines)
    silent = next(n for n, line in enumerate(lines) if line.startswith("ATTENTION  service"))
    assert lines[silent + 1].lstrip().startswith("> Start the terminal")
    assert lines[-1].endswith(" well.")


def test_terminal_that_runs(tramthe: Tramthe, file: Path) -> None:
    """Beside the running terminal: it answers, and records."""
    port = json.loads(file.read_text().split("port = ")[1])
    with running("serve", "--config", file) as child:
        answer(f"http://127.0.0.1:{port}/api/v1/status", child)
        rows = table(tramthe, file)
        child.send_signal(signal.SIGTERM)
        child.communicate()
    assert rows["service"]["state"] == "ok"
    assert rows["recording"]["state"] == "ok"
    assert rows["log"]["state"] == "ok"


def test_terminal_without_its_keys(tramthe: Tramthe, state: Path, file: Path) -> None:
    """Never enrolled: told, and no key is made by asking."""
    for path in (state / "identity").iterdir():
        path.unlink()
    rows = table(tramthe, file)
    assert rows["certificate"]["trouble"] == "CERTIFICATE_ABSENT"
    assert list((state / "identity").iterdir()) == []


def test_keys_that_are_damaged(tramthe: Tramthe, state: Path, file: Path) -> None:
    """A fault of the certificate's line, and the rest is looked at."""
    (state / "identity" / "wrap.key").write_bytes(b"short")
    rows = table(tramthe, file)
    assert rows["certificate"]["trouble"] == "IDENTITY_DAMAGED"
    assert rows["versions"]["state"] == "ok"


def test_terminal_that_trusts_nobody(tramthe: Tramthe, state: Path, file: Path) -> None:
    """No trust list, no list that is believed."""
    for path in (state / "holdings").glob("*"):
        if path.is_file():
            path.unlink()
    rows = table(tramthe, file)
    assert rows["trust list"]["trouble"] == "TRUST_ABSENT"
    assert rows["list card-status"]["state"] == "fault"


@pytest.fixture
def events(state: Path) -> int:
    """Open a meeting, with no centre there, and return how many events that made."""
    settings = Config(terminal=TERMINAL, state=state, port=free_port(), volatile_state=True)
    service = Service(settings, DirectReader())
    service.start()
    try:
        service.open_meeting("regular")
        return service.log.head().seq
    finally:
        service.stop()


def test_log_that_waits_for_the_centre(tramthe: Tramthe, file: Path, events: int) -> None:
    """What no centre acknowledged is counted, with its first day; the chain is whole."""
    rows = table(tramthe, file)
    assert rows["log"]["state"] == rows["queue"]["state"] == "ok"
    assert (rows["log"]["figure"] or "").startswith(f"{events} event")
    assert f"{events} event" in (rows["queue"]["figure"] or "")
    assert " since 20" in (rows["queue"]["figure"] or "")


def test_log_that_was_altered(tramthe: Tramthe, state: Path, file: Path, events: int) -> None:
    """Named as not whole."""
    with sqlite3.connect(state / "log.sqlite") as log:
        for (name,) in log.execute(_TRIGGERS).fetchall():
            log.execute(f"DROP TRIGGER {name}")
        log.execute("UPDATE event SET at = '2020-01-01T00:00:00.000Z' WHERE place = 1")
        assert log.total_changes == 1 <= events
    assert table(tramthe, file)["log"]["trouble"] == "LOG_NOT_WHOLE"


def test_log_that_is_none(tramthe: Tramthe, state: Path, file: Path) -> None:
    """A fault of the log's line; the queue cannot be told, and the rest is."""
    (state / "log.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(4000))
    rows = table(tramthe, file)
    assert rows["log"]["trouble"] == "LOG_NOT_WHOLE"
    assert rows["queue"]["state"] == "unknown"
    assert rows["versions"]["state"] == "ok"


def test_configuration_that_is_broken(tramthe: Tramthe, file: Path) -> None:
    """Its faults are counted, and what can be looked at is."""
    file.write_text(file.read_text().replace("port = ", "port = -") + "\nprot = 5\n")
    rows = table(tramthe, file)
    assert rows["configuration"]["figure"] == "2 faults, 1 remark"
    assert rows["service"]["state"] == "unknown"
    assert rows["certificate"]["state"] == "ok"


def test_without_any_configuration(tramthe: Tramthe, tmp_path: Path) -> None:
    """The machine is looked at all the same; a file that is not there is exit status 3."""
    said = tramthe("diagnose", "--json")
    rows = {row["name"]: row for row in json.loads(said.out)}
    assert said.status == 1
    assert rows["state folder"]["trouble"] == "NOT_CONFIGURED"
    assert rows["versions"]["state"] == "ok"
    assert tramthe("diagnose", "--config", tmp_path / "absent").status == 3


def test_state_folder_that_is_gone(tramthe: Tramthe, state: Path, file: Path) -> None:
    """A partition that was not mounted."""
    state.rename(state.with_name("elsewhere"))
    assert table(tramthe, file)["state folder"]["trouble"] == "STATE_FOLDER_ABSENT"
    config(file, terminal=TERMINAL, state="/" + "x" * 300)
    rows = table(tramthe, file)
    assert rows["state folder"]["trouble"] == "STATE_FOLDER_ABSENT"
    assert "too long" in (rows["state folder"]["figure"] or "")
    assert rows["memory"]["state"]


@pytest.mark.card
def test_reader_that_pcscd_has(
    tramthe: Tramthe, file: Path, virtual_reader: tuple[str, int]
) -> None:
    """The service answers, and its reader is named; another that is asked for is missed."""
    rows = table(tramthe, file)
    assert rows["pcscd"]["state"] == rows["reader"]["state"] == "ok"
    assert "Virtual PCD" in (rows["reader"]["figure"] or "")
    file.write_text(f'{file.read_text()}\nreader = "no such one"\n')
    assert table(tramthe, file)["reader"]["trouble"] == "READER_OTHER"
