"""The openssl command as a second opinion on what the office makes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools import needed


@pytest.fixture(scope="session")
def openssl() -> Callable[..., str]:
    """Return `openssl ARGS` as a callable; a failure fails the test with what openssl said."""
    command = needed("openssl")

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            [command, *map(str, arguments)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run
