"""`tramthe demo`: what it refuses, what it keeps, and what Ctrl-C leaves behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provisioning.cli.conftest import Tramthe

SOON = 60.0  # seconds; far beyond what anything here needs
COMMAND = [sys.executable, "-m", "provisioning.cli.main", "demo", "--in-process"]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return a folder for a child's temporary files."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def environment(temporary: Path) -> dict[str, str]:
    """Return an environment in which temporary files lie in this folder."""
    return {**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}


def test_a_port_that_is_taken(temporary: Path) -> None:
    """Said before anything is made: exit status 3, nothing printed, nothing left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port],
            capture_output=True,
            text=True,
            timeout=SOON,
            check=False,
            env=environment(temporary),
        )
    assert (done.returncode, done.stdout) == (3, "")
    assert "another port" in done.stderr
    assert "is kept" not in done.stderr
    assert list(temporary.iterdir()) == []


def test_interrupted_while_cards_are_laid(temporary: Path) -> None:
    """Exit status 130, and no folder is left, not even that of the logs."""
    with subprocess.Popen(
        COMMAND,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(temporary),
        start_new_session=True,
    ) as child:
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith("Laying cards"):
                    break
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=SOON)
        finally:
            child.kill()
    assert (child.returncode, err) == (130, "")
    assert "is kept" not in out
    assert list(temporary.iterdir()) == []


def test_kept(tramthe: Tramthe, temporary: Path, tmp_path: Path) -> None:
    """The folder stays, for other commands to be tried; the next demonstration refuses it."""
    kept = tmp_path / "kept"
    done = subprocess.run(
        [*COMMAND, "--once", "--keep", str(kept)],
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
        env=environment(temporary),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(temporary.iterdir()) == []
    assert tramthe("crl", "show", "--state", kept / "terminal").status == 0
    assert tramthe("trust", "list", "--state", kept / "terminal").status == 0
    assert tramthe("log", "verify", kept / "terminal" / "log.sqlite").status == 0
    said = tramthe("demo", "--once", "--keep", kept)
    assert (said.status, "not empty" in said.err) == (2, True)
