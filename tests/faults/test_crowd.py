"""More terminals at once than a centre takes: some are asked to come later, and all come home."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from provisioning.centre.gate import AT_ONCE, RETRY_AFTER
from tests.faults.conftest import Starter
from tests.faults.ledger import Ledger
from tests.faults.office import Office


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_crowd(office: Office, start: Starter, ledger: Ledger, tmp_path: Path) -> None:
    """While the database stands still, whoever finds no place hears when to come again."""
    terminals = [start(f"TT-{number:04}") for number in range(AT_ONCE + 4)]
    for terminal in terminals:
        terminal.tap(3)
    with closing(sqlite3.connect(tmp_path / "centre.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for terminal in terminals:
            terminal.begin_pass()
        sent_away = [terminal.end_pass() for terminal in terminals[AT_ONCE:]]
        other.execute("ROLLBACK")
    said = [terminal.end_pass() for terminal in terminals[:AT_ONCE]] + sent_away
    busy = [one for one in said if one["state"] == "busy"]
    assert busy
    assert {one["after"] for one in busy} == {float(RETRY_AFTER)}
    for terminal in terminals:
        terminal.once()
        terminal.comes_home()
    assert ledger.compare(office.database) == 4 * len(terminals)
