"""How a command is loaded: what it leaves behind for the process that goes on."""

from __future__ import annotations

import gc
import subprocess
import sys

import click
import pytest

from provisioning.cli import main


def test_a_loaded_command_leaves_the_collector_at_work_and_none_of_its_code_to_it() -> None:
    """After loading, garbage is collected as ever, and the loaded code is not looked through."""
    asked = (
        "import gc; from provisioning.cli.main import tramthe; import click;"
        "tramthe.get_command(click.Context(tramthe), 'serve');"
        "print(gc.isenabled(), gc.get_freeze_count() > 10_000, len(gc.get_objects()) < 10_000)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked], check=True, capture_output=True, text=True
    )
    assert answer.stdout.split() == ["True", "True", "True"]


def test_a_command_whose_module_is_missing_leaves_the_collector_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An import that fails turns nothing off."""
    monkeypatch.setitem(main._COMMANDS, "lost", ("provisioning.cli.lost", "lost", "No such."))
    with pytest.raises(ModuleNotFoundError):
        main.tramthe.get_command(click.Context(main.tramthe), "lost")
    assert gc.isenabled()
