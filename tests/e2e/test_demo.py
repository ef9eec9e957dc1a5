"""`tramthe demo` as a person runs it: a process of its own, over PC/SC and without."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.virtual_reader import VirtualReader, pcscd_runs
from tests.provisioning.test_cast import KEYS

COMMAND = [sys.executable, "-m", "provisioning.cli.main", "demo"]
ENDS_WITHIN = 120.0  # seconds; it takes some five


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment whose temporary files lie in `folder`."""
    return {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}


def once(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the demonstration to its end."""
    return subprocess.run(
        [*COMMAND, "--once", *options],
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        check=False,
        env=_environment(folder),
    )


def as_promised(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    """Check exit status, table, acknowledgements, and that nothing is left behind."""
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if re.search(r"  yes    yes$", line)]
    assert len(rows) == len(KEYS)
    for words in ("scanned", "name touched", "typed", "admitted, then withdrawn"):
        assert any(words in row for row in rows), words
    summary = re.search(r"(\d+) cards, (\d+) events, (\d+) acknowledged", done.stdout)
    assert summary is not None
    assert (summary[1], summary[2]) == (str(len(KEYS)), summary[3])
    assert list(folder.iterdir()) == []


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder for temporary files; its name is short, for sockets."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest.mark.card
def test_once_over_pcsc(virtual_reader: tuple[str, int], folder: Path) -> None:
    """Over a pcscd that runs already, which still runs afterwards."""
    done = once(folder)
    assert done.stdout.startswith("Card stack: pcscd and vpcd, over PC/SC.\n")
    as_promised(done, folder)
    assert pcscd_runs()


@pytest.mark.card
def test_once_where_no_pcscd_runs(own_pcscd: VirtualReader, folder: Path) -> None:
    """It starts its own, and stops it again."""
    own_pcscd.stop()
    assert not pcscd_runs()
    as_promised(once(folder), folder)
    assert not pcscd_runs()


def test_once_in_process(folder: Path) -> None:
    """The first line says that PC/SC is not used."""
    done = once(folder, "--in-process")
    assert done.stdout.splitlines()[0] == (
        "Card stack: software card in process, WITHOUT PC/SC (asked for)."
    )
    as_promised(done, folder)


def test_a_port_that_is_taken(folder: Path) -> None:
    """One sentence, exit status 3; everything it had started is ended."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = once(folder, "--in-process", "--port", port)
    assert done.returncode == 3
    assert "another port" in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def staying(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the demonstration until it stays up; give it and what it said."""
    child = subprocess.Popen(
        [*COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(folder),
        start_new_session=True,
    )
    try:
        assert child.stdout is not None
        said = ""
        for line in child.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        yield child, said
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def descendants(pid: int) -> set[int]:
    """Return the processes below `pid`, by /proc."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pid: int) -> bool:
    """Tell whether a process lives; one that nobody waited for does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def ends_with_all_it_started(folder: Path, children: int, *options: str) -> None:
    """Check that Ctrl-C ends every process that the demonstration started and no other."""
    with (
        subprocess.Popen(["sleep", "300"], start_new_session=True) as bystander,
        staying(folder, *options) as (demo, said),
    ):
        try:
            for url in re.findall(r"http://\S+", said):
                with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- loopback
                    assert answer.status == 200
            started = descendants(demo.pid)
            assert len(started) >= children
            demo.send_signal(signal.SIGINT)
            _, err = demo.communicate(timeout=30)
            assert (demo.returncode, err) == (0, "")
            deadline = time.monotonic() + 10
            while any(alive(pid) for pid in started):
                assert time.monotonic() < deadline, "a child is left"
                time.sleep(0.05)
            assert alive(bystander.pid)
            assert list(folder.iterdir()) == []
        finally:
            bystander.kill()


def test_interrupted_in_process(folder: Path) -> None:
    """The centre is its one child."""
    ends_with_all_it_started(folder, 1, "--in-process")


@pytest.mark.card
def test_interrupted_with_its_own_pcscd(own_pcscd: VirtualReader, folder: Path) -> None:
    """Centre, tray and pcscd are its children; all end."""
    own_pcscd.stop()
    ends_with_all_it_started(folder, 3)
    assert not pcscd_runs()


@pytest.mark.card
def test_interrupted_over_anothers_pcscd(virtual_reader: tuple[str, int], folder: Path) -> None:
    """A pcscd that ran before goes on."""
    ends_with_all_it_started(folder, 2)
    assert pcscd_runs()


def test_interrupted_in_the_middle(folder: Path) -> None:
    """Ctrl-C while cards are being laid: no trace, no child, an exit status that is not 0."""
    child = subprocess.Popen(
        [*COMMAND, "--in-process"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(folder),
        start_new_session=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    deadline = time.monotonic() + 30
    while not (started := descendants(child.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode != 0
    assert "Traceback" not in err
    assert not any(alive(pid) for pid in started)
