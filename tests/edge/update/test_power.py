"""A plug pulled at any step: always one whole version, and no event is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITHIN = 300  # seconds for all cuts together, by far


@pytest.mark.parametrize(("what", "least"), [("steps", 20), ("carry", 15)])
def test_cut_everywhere(what: str, least: int, tmp_path: Path) -> None:
    """Killed after each step to a good version and to a bad one, and inside the way back."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.edge.update.cuts", what, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= least
