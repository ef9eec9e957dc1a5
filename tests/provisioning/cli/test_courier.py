"""`tramthe courier`: from a terminal to the centre and back, by the commands alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.identity.key import load_or_create
from edge.layout import StateLayout
from edge.log.append import EventLog
from provisioning.demo.prepare import TERMINAL, Stage
from tests.edge.log.made import SEAL, fill
from tests.edge.repository.made import AT, PACKAGE, Office
from tests.provisioning.cli.conftest import Tramthe


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRAMTHE_STATE", "TRAMTHE_CENTRE_DATABASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Return an empty stick."""
    path = tmp_path / "GOI-XA"
    path.mkdir()
    return path


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Return the address of an empty database."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


@pytest.fixture
def log(state: Path) -> Iterator[EventLog]:
    """Return the terminal's log with four events, held open as by its service."""
    layout = StateLayout(state)
    wrap_key = load_or_create(layout.identity, TERMINAL).wrap_key
    made = EventLog(layout.log, TERMINAL, wrap_key, (SEAL.kid, SEAL.public))
    fill(made, 3)
    yield made
    made.close()


def test_there_and_back(
    tramthe: Tramthe, stage: Stage, state: Path, log: EventLog, stick: Path, database: str
) -> None:
    """Export beside the running service, import at the centre, import again at the terminal."""
    done = tramthe("courier", "export", stick, "--state", state)
    assert done.status == 0
    assert "4 of 4 events that wait are on the stick" in done.out
    centre = ("--centre", stage.centre, "--database", database)
    taken = tramthe("courier", "import", stick, *centre)
    assert taken.status == 0
    assert "1 segments of 1 terminals; 1 bundles\n" in taken.out
    again = tramthe("courier", "import", stick, *centre)
    assert "1 of them taken before" in again.out
    busy = tramthe("courier", "import", stick, "--state", state)
    assert busy.status == 3
    assert "button" in busy.err
    log.close()
    home = tramthe("courier", "import", stick, "--state", state)
    assert home.status == 0
    assert "1 new; the centre holds all up to 4" in home.out
    assert (
        "This bundle was taken before." in tramthe("courier", "import", stick, "--state", state).out
    )
    assert "0 of 0 events" in tramthe("courier", "export", stick, "--state", state).out
    with closing(sqlite3.connect(StateLayout(state).courier)) as ledger:
        ways = ledger.execute("SELECT way, stick, by FROM passage JOIN bundle USING (id)")
        assert {("up", "GOI-XA", "console"), ("down", "GOI-XA", "console")} == set(ways)


def test_messages_for_one(
    tramthe: Tramthe, stage: Stage, state: Path, log: EventLog, stick: Path, database: str
) -> None:
    """A message from the office goes to a terminal without network by the commands alone."""
    here, centre = ("--state", state), ("--centre", stage.centre, "--database", database)
    assert tramthe("courier", "export", stick, *here).status == 0
    assert tramthe("courier", "import", stick, *centre).status == 0
    send = ("centre", "send", "command", stage.centre, TERMINAL, "forget-roster")
    assert tramthe(*send, "--database", database).status == 0
    tramthe("courier", "export", stick, *here)
    tramthe("courier", "import", stick, *centre)
    log.close()
    home = tramthe("courier", "import", stick, *here)
    assert home.status == 0, home.err
    assert "messages: 1 new, 0 taken before" in home.out
    assert list(StateLayout(state).holdings.glob("roster-*.key")) == []
    again = tramthe("courier", "import", stick, *here)
    assert "messages: 0 new, 1 taken before" in again.out


def test_lists_for_all(
    tramthe: Tramthe, state: Path, log: EventLog, stick: Path, tmp_path: Path
) -> None:
    """The office copies what it publishes; a terminal without network takes it."""
    log.close()
    office = Office(tmp_path / "office")
    office.publish(PACKAGE, b"a program", AT, tmp_path / "scratch")
    root = tmp_path / "root.json"
    root.write_bytes(office.first_root)
    assert tramthe("repository", "trust", root, "--state", state).status == 0
    done = tramthe("courier", "export", stick, "--repository", office.public)
    assert done.status == 0
    assert "0 there already, 0 old ones removed" in done.out
    home = tramthe("courier", "import", stick, "--state", state)
    assert home.status == 0, home.err
    assert f"taken      {PACKAGE}" in home.out
    assert (StateLayout(state).delivered / PACKAGE).read_bytes() == b"a program"
    assert (
        "0 files copied" in tramthe("courier", "export", stick, "--repository", office.public).out
    )


def test_what_is_not_in_order_is_told(
    tramthe: Tramthe, stage: Stage, state: Path, log: EventLog, stick: Path, database: str
) -> None:
    """A spoilt file is named, the rest is taken, and the exit status says that it was not all."""
    tramthe("courier", "export", stick, "--state", state)
    (segment,) = (stick / "tramthe" / "up").glob("*/*-*.jws")
    (segment.parent / f"{'0' * 32}-{1:016d}-{2:016d}.jws").write_bytes(b"rubbish")
    taken = tramthe("courier", "import", stick, "--centre", stage.centre, "--database", database)
    assert taken.status == 1
    assert taken.out.count("NOT TAKEN") == 1
    assert "1 segments" in taken.out


def test_an_empty_stick(
    tramthe: Tramthe, stage: Stage, state: Path, log: EventLog, stick: Path, database: str
) -> None:
    """Nothing is there, and that is no failure."""
    log.close()
    at_centre = tramthe(
        "courier", "import", stick, "--centre", stage.centre, "--database", database
    )
    assert (at_centre.status, at_centre.out) == (0, "The stick has nothing for the centre.\n")
    at_terminal = tramthe("courier", "import", stick, "--state", state)
    assert (at_terminal.status, at_terminal.out) == (
        0,
        "The stick has nothing for this terminal.\n",
    )
    assert list(stick.iterdir()) == []


@pytest.mark.parametrize("command", ["export", "import"])
def test_which_side(tramthe: Tramthe, stage: Stage, state: Path, stick: Path, command: str) -> None:
    """Neither side named, or both, is not understood."""
    assert tramthe("courier", command, stick).status == 2
    other = ("--repository", stage.centre) if command == "export" else ("--centre", stage.centre)
    assert tramthe("courier", command, stick, "--state", state, *other).status == 2


def test_a_state_folder_in_the_environment(
    tramthe: Tramthe, stage: Stage, state: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a machine that is both, what the command names counts."""
    monkeypatch.setenv("TRAMTHE_STATE", str(state))
    done = tramthe("courier", "import", stick, "--centre", stage.centre)
    assert done.out == "The stick has nothing for the centre.\n"


@pytest.mark.parametrize("command", ["export", "import"])
def test_a_state_folder_without_a_log(
    tramthe: Tramthe, stick: Path, tmp_path: Path, command: str
) -> None:
    """It is said, and no key is made there."""
    empty = tmp_path / "empty"
    empty.mkdir()
    assert tramthe("courier", command, stick, "--state", empty).status == 3
    assert list(empty.iterdir()) == []


def test_no_repository(tramthe: Tramthe, stick: Path, tmp_path: Path) -> None:
    """A folder that holds none is not copied."""
    (tmp_path / "other").mkdir()
    done = tramthe("courier", "export", stick, "--repository", tmp_path / "other")
    assert done.status == 3
    assert "public" in done.err
