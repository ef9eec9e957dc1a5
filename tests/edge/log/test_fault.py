"""Disk full, read-only, killed, moved: recording locks or goes on, and the log stays whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import RecordingLocked
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.fault import LogFault
from edge.storage import outlives_power_cut
from tests.edge.log.made import TERMINAL, WRAP_KEY, check_in, fill, make_log
from tests.tools import needed

ROOT = Path(__file__).parents[3]
RECORDER = Path(__file__).with_name("recorder.py")
NOBODY = 65534  # user and group without rights


def record(path: Path, count: int, limit: int = 0) -> list[str]:
    """Run the recorder and return its lines."""
    command = [sys.executable, str(RECORDER), str(path), str(count), str(limit)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, env=_environment()
    )
    return done.stdout.splitlines()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_killed_process_loses_nothing_it_had_acknowledged(path: Path) -> None:
    """Kill -9 between two appends: every number that was printed is in the log, which is whole."""
    command = [sys.executable, str(RECORDER), str(path), "100000", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment()
    ) as child:
        assert child.stdout is not None
        seen = [int(child.stdout.readline()) for _ in range(25)]
        child.send_signal(signal.SIGKILL)
        seen += [int(line) for line in child.stdout.read().splitlines()]
    report = verify_file(path)
    assert report.ok
    assert report.events >= seen[-1]
    log = make_log(path)
    assert log.fault is None
    assert check_in(log, log.open_contexts()[0], 1).seq == report.events + 1
    log.close()


def test_file_that_may_not_grow_locks_recording(path: Path) -> None:
    """A refused write locks recording, what was recorded is whole, and it goes on by itself."""
    *numbers, last, resumed = record(path, 1000, limit=100_000)
    fault, again, whole, events = last.split()
    assert fault == again == LogFault.DISK_FAILING
    assert whole == "True"
    assert int(events) == int(numbers[-1])
    assert int(resumed) == int(events) + 1


@pytest.fixture
def small_disk() -> Iterator[list[str]]:
    """Return a command prefix that runs the rest with a tmpfs of 300 KiB at its first argument."""
    tool = needed("unshare", "util-linux")
    folder = tempfile.mkdtemp()
    script = f'mount -t tmpfs -o size=300k none {folder} && exec "$@"'
    prefix = [tool, "--mount", "--map-root-user", "sh", "-c", script, "sh"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        Path(folder).rmdir()
        pytest.skip(f"no rights to mount a small disk here: {tried.stderr.strip()[:200]}")
    yield [folder, *prefix]
    Path(folder).rmdir()


def test_full_disk_locks_recording(small_disk: list[str]) -> None:
    """A full disk gives LOG_DISK_FULL at the tap, never a traceback, and the log is whole."""
    folder, *prefix = small_disk
    command = [*prefix, sys.executable, str(RECORDER), f"{folder}/events.db", "1000", "0"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, env=_environment()
    )
    *numbers, last = done.stdout.splitlines()
    assert last == f"{LogFault.DISK_FULL} {LogFault.DISK_FULL} True {numbers[-1]}"


@pytest.fixture
def memory() -> Iterator[Path]:
    """Return a folder in memory."""
    shared = Path("/dev/shm")  # noqa: S108 -- a file system in memory is what is wanted
    if not shared.is_dir() or outlives_power_cut(shared):
        pytest.skip("there is no file system in memory at /dev/shm")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


def test_a_log_in_memory_records_nothing(memory: Path) -> None:
    """LOG_NOT_DURABLE, with a way out; the same folder is taken where that is asked for."""
    path = memory / "state" / "events.db"
    log = EventLog(path, TERMINAL, WRAP_KEY, None, durable=True)
    assert log.fault == LogFault.NOT_DURABLE
    with pytest.raises(RecordingLocked, match="memory") as refused:
        fill(log, 1)
    assert "volatile_state" in refused.value.next_step
    log.close()
    assert not path.exists()
    tried = make_log(path)
    fill(tried, 1)
    tried.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk: the tests' own, or one in the checkout."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as inside:
        for folder in (tmp_path, Path(inside)):
            if outlives_power_cut(folder):
                yield folder
                return
        pytest.skip("tests and checkout both lie in memory or on an overlay: no disk to record on")


def test_a_log_on_disk_that_must_be_durable(disk: Path) -> None:
    """Records: what is written there outlives a power cut."""
    log = EventLog(disk / "events.db", TERMINAL, WRAP_KEY, None, durable=True)
    assert log.fault is None
    log.close()


@pytest.fixture
def read_only() -> Iterator[Path]:
    """Return a folder with a log in it that nobody may write, outside pytest's private folders."""
    folder = Path(tempfile.mkdtemp())
    log = make_log(folder / "events.db")
    fill(log, 2)
    log.close()
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_read_only_folder_locks_recording_and_still_reads(read_only: Path) -> None:
    """A service without the right to write starts, says LOG_READ_ONLY, and shows what is there."""
    program = (
        "import os, sys; from pathlib import Path; from tests.edge.log.made import make_log\n"
        f"os.getuid() or (os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY}))\n"
        "log = make_log(Path(sys.argv[1])); print(log.fault, len(log.events()), log.unsent())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(read_only / "events.db")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=_environment(),
    )
    assert done.stdout.split() == ["LOG_READ_ONLY", "3", "3"]


def test_second_writer_is_kept_out(log: EventLog, path: Path) -> None:
    """Two services over one log: the second says LOG_IN_USE and goes on when the first ends."""
    fill(log, 1)
    second = make_log(path)
    assert second.fault == LogFault.IN_USE
    with pytest.raises(RecordingLocked):
        fill(second, 1)
    log.close()
    assert second.recheck() is None
    assert fill(second, 1)
    second.close()


def test_log_of_another_terminal(log: EventLog, path: Path) -> None:
    """A disk moved from another terminal locks recording, changes nothing and shows nothing."""
    fill(log, 1)
    log.close()
    other = make_log(path, terminal="TT-0002")
    assert other.fault == LogFault.OTHER_TERMINAL
    assert other.events() == ()
    other.close()
    assert make_log_and_close(path) is None


def test_wrap_key_lost(log: EventLog, path: Path) -> None:
    """With another wrap key an open meeting cannot go on: LOG_KEY_MISSING, not a new start."""
    fill(log, 1)
    log.close()
    other = make_log(path, wrap_key=bytes(32))
    assert other.fault == LogFault.KEY_MISSING
    other.close()
    assert make_log_and_close(path) is None


def test_file_that_is_no_database(path: Path) -> None:
    """A damaged file does not stop the terminal from starting, and is not overwritten."""
    path.parent.mkdir()
    garbage = b"\xffgarbage" * 1000
    path.write_bytes(garbage)
    log = make_log(path)
    assert log.fault == LogFault.CHAIN_BROKEN
    assert (log.events(), log.open_contexts(), log.unsent()) == ((), (), 0)
    with pytest.raises(RecordingLocked):
        fill(log, 1)
    log.close()
    assert path.read_bytes() == garbage


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    """Where the data folder's place is taken by a file, the terminal starts and says why."""
    (tmp_path / "log").write_text("in the way")
    log = make_log(tmp_path / "log" / "events.db")
    assert log.fault == LogFault.DISK_FAILING
    assert log.events() == ()
    log.close()


def make_log_and_close(path: Path) -> str | None:
    """Open the log as its own terminal and return the fault."""
    log = make_log(path)
    fault = log.fault
    log.close()
    return fault
