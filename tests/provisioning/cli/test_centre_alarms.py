"""`tramthe centre alarms`: what somebody has to look at, where there is no browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.centre.alarms import settle
from provisioning.centre.process import CentreFolder, make_folder
from provisioning.centre.store import CentreStore
from provisioning.cli.main import Exit
from provisioning.office.pki import new_key
from tests.edge.log.made import START
from tests.provisioning.centre.pages.stage import epoch, fill, fill_more

from .conftest import Tramthe

KEY = ("99-0388", epoch("99-0388"), 2071, "SEQ_REUSED")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a centre's folder."""
    make_folder(tmp_path / "centre", new_key(), "sign-test", [])
    return tmp_path / "centre"


@pytest.fixture
def store(folder: Path) -> CentreStore:
    """Return its store, with three alarms in it."""
    made = CentreStore(CentreFolder.load(folder).database)
    fill(made.database, START)
    return made


def test_alarms_that_nobody_looked_at(tramthe: Tramthe, folder: Path, store: CentreStore) -> None:
    """One line each, and an exit status that a script can go by; those settled on request."""
    said = tramthe("centre", "alarms", str(folder))
    assert said.status == Exit.NO
    assert len(said.out.splitlines()) == 3
    line = f"2026-11-21T10:00:00.000Z  99-0388  {epoch('99-0388')} 2071  SEQ_REUSED"
    assert line in said.out.splitlines()
    settle(store.database, KEY, "lan", "Đã gọi trạm", START)
    store.close()
    assert line not in tramthe("centre", "alarms", str(folder)).out
    settled = f"{line}  2026-11-21T12:00:00.000Z lan: Đã gọi trạm"
    assert settled in tramthe("centre", "alarms", str(folder), "--all").out.splitlines()


def test_alarms_of_one_terminal(tramthe: Tramthe, folder: Path, store: CentreStore) -> None:
    """Only its own; where somebody looked at them all there is nothing to do."""
    settle(store.database, KEY, "lan", "", START)
    store.close()
    said = tramthe("centre", "alarms", str(folder), "99-0388")
    assert (said.status, said.out) == (Exit.DONE, "No alarm that nobody has looked at.\n")
    every = tramthe("centre", "alarms", str(folder), "99-0388", "--all")
    assert (every.status, every.out.count("\n")) == (Exit.DONE, 1)
    assert tramthe("centre", "alarms", str(folder), "99-9999", "--all").out == "No alarm.\n"


def test_alarms_about_inboxes(tramthe: Tramthe, folder: Path, store: CentreStore) -> None:
    """Among the others, with what each is about."""
    fill_more(store.database, START)
    store.close()
    said = tramthe("centre", "alarms", str(folder)).out.splitlines()
    assert len(said) == 5
    assert "2026-11-21T11:00:00.000Z  99-0703  inbox 12  INBOX_NUMBER_AHEAD" in said
