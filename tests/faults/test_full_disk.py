"""A disk is full: nobody believes more than is kept, and centre and terminal go on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.full_disk import SIZES
from tests.torture.disk import mounted

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Return what ends with the test."""
    with ExitStack() as made:
        yield made


@pytest.mark.parametrize("engine", SIZES)
def test_disk_full(engine: str, tmp_path: Path, stack: ExitStack) -> None:
    """With several amounts of room left, on a small file system of its own."""
    small = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    small.chmod(0o755)  # PostgreSQL runs as another user
    prefix = mounted(small, SIZES[engine])
    if prefix is None:
        pytest.skip("no file system can be mounted here")
    if engine == "postgresql" and os.geteuid():
        pytest.skip("PostgreSQL on a file system of its own needs to be root")
    command = [sys.executable, "-m", "tests.faults.full_disk", str(small), str(tmp_path), engine]
    done = subprocess.run(
        [*prefix, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"no room (\d+) times", done.stdout)
    assert found is not None
    assert int(found[1]) >= 2
