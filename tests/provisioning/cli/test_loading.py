"""How a command is loaded: what it leaves behind for the process that goes on, and what waits."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from typing import Any

import click
import pytest

from provisioning.cli import main

LATER = {
    "edge.care.check", "edge.carry", "edge.config.lines", "edge.config.syntax",
    "edge.config.unknown", "edge.meeting.roster_table", "edge.meeting.sheets",
    "edge.phones", "edge.procedure.desk", "edge.web.care_words", "edge.web.counters",
    "edge.web.desks", "edge.update", "edge.web.sheet_page", "openpyxl", "reader.lds.dg2", "tuf",
    "verify.masterlist", "verify.receipt_anchor",
}  # fmt: skip
"""What a terminal needs on some days only."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, Any]:
    """Return how a process is after it loaded `tramthe serve`."""
    asked = (
        "import gc, json, sys; from provisioning.cli.main import tramthe; import click;"
        "tramthe.get_command(click.Context(tramthe), 'serve');"
        "print(json.dumps({'collects': gc.isenabled(), 'frozen': gc.get_freeze_count(),"
        " 'left': len(gc.get_objects()), 'modules': list(sys.modules)}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_a_loaded_command_leaves_the_collector_at_work_and_none_of_its_code_to_it(
    loaded: dict[str, Any],
) -> None:
    """After loading, garbage is collected as ever, and the loaded code is not looked through."""
    assert loaded["collects"]
    assert loaded["frozen"] > 10_000
    assert loaded["left"] < 10_000


def test_what_a_terminal_seldom_needs_waits(loaded: dict[str, Any]) -> None:
    """The start is measured: desk, sheets, tables, pictures, sticks, counter are loaded later."""
    modules = set(loaded["modules"])
    assert {"edge.service", "edge.web.board", "edge.tap.photo"} <= modules
    assert not LATER & modules


def test_a_command_whose_module_is_missing_leaves_the_collector_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An import that fails turns nothing off."""
    monkeypatch.setitem(main._COMMANDS, "lost", ("provisioning.cli.lost", "lost", "No such."))
    with pytest.raises(ModuleNotFoundError):
        main.tramthe.get_command(click.Context(main.tramthe), "lost")
    assert gc.isenabled()
