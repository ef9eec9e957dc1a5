"""A disk that is full at every possible moment: recording locks, nothing is lost, it goes on.

    python -m tests.torture.disk FOLDER STEP tmpfs|limit

Lives here: the sweep. FOLDER is a small file system of its own (tmpfs), which is filled up to
some bytes; or any folder, with a limit on the size of files, where none can be mounted. Prints
one line: sizes tried, times recording was locked.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from edge.errors import EdgeError, RecordingLocked
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.fault import LogFault
from edge.log.forget import destroy_due
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from tests.edge.log.made import check_in, make_log, moment
from tests.edge.log.test_roster_parts import people

ROOM = 400 * 1024  # bytes, from none to more than the scenario needs
DISK = "2m"
LOCKED = {LogFault.DISK_FULL, LogFault.DISK_FAILING, LogFault.READ_ONLY}


def scenario(log: EventLog, done: list[Event]) -> None:
    """Record an evening; each event is in `done` once its call returned."""
    context = log.open_context({"kind": "regular"}, moment(), people(300))
    done += log.events(context)
    for number in range(12):
        done.append(check_in(log, context, number))
    done.append(log.close_context(context, moment(60)))
    done.append(
        log.append(EventKind.EXPORTED, context=context, at=moment(61), outcome="CSV", body={})
    )
    destroy_due(log, moment(61 + 24 * 3600))


def refusal(work: Callable[[], object]) -> EdgeError | None:
    """Do something and return the error with which it was refused, None where it was done."""
    try:
        work()
    except EdgeError as error:
        return error
    return None


def one(folder: Path, narrow: Callable[[], None], widen: Callable[[], None]) -> bool:
    """Record until the disk refuses, then with room again; return whether it ever refused."""
    done: list[Event] = []
    narrow()
    log = make_log(folder / "log.sqlite")
    error = None if log.fault is not None else refusal(lambda: scenario(log, done))
    locked = log.fault is not None or error is not None
    if error is not None:
        assert isinstance(error, RecordingLocked)
        assert error.fault in LOCKED, error.fault
        assert (log.fault, bool(error.next_step)) == (error.fault, True)
    assert log.fault is None or log.fault in LOCKED, log.fault
    assert list(log.events()[: len(done)]) == done
    widen()
    assert log.recheck() is None, log.fault
    assert list(log.events()[: len(done)]) == done
    for context in log.open_contexts():
        log.close_context(context, moment(70))
    scenario(log, done := list(log.events()))
    log.close()
    report = verify_file(folder / "log.sqlite")
    assert report.ok, report.why
    assert report.events == len(done)
    return locked


def sweep(folder: Path, step: int, how: str) -> tuple[int, int]:
    """Try every amount of room in steps; return how many there were and how often it locked."""
    tried = refused = 0
    for room in range(0, ROOM, step):
        place = folder / "log"
        place.mkdir()
        ballast = folder / "ballast"
        narrow, widen = (filling(ballast, room), _empty(ballast))
        if how == "limit":
            narrow, widen = _limit(room), _unlimit
        refused += one(place, narrow, widen)
        tried += 1
        shutil.rmtree(place)
    return tried, refused


def filling(ballast: Path, room: int) -> Callable[[], None]:
    """Return what fills a file system up to so many bytes."""

    def fill() -> None:
        free = os.statvfs(ballast.parent)
        size = free.f_bavail * free.f_frsize - room
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(size, 1))

    return fill


def _empty(ballast: Path) -> Callable[[], None]:
    return lambda: ballast.unlink(missing_ok=True)


def _limit(room: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


def _unlimit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


def mounted(folder: Path, size: str = DISK) -> list[str] | None:
    """Return what runs a command with a small tmpfs at `folder`, None where that is forbidden."""
    tool = shutil.which("unshare")
    if tool is None:
        return None
    script = f'mount -t tmpfs -o size={size} none "{folder}" && exec "$@"'
    mapped = ["--map-root-user"] if os.geteuid() else []
    prefix = [tool, "--mount", *mapped, "sh", "-c", script, "sh"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return None if tried.returncode else prefix


def full_disk(step: int, how: str) -> str:
    """Run the sweep in a process of its own and return its line, or why it cannot be run.

    Raises AssertionError with what the process said where a promise does not hold.
    """
    with tempfile.TemporaryDirectory() as name:
        prefix = mounted(Path(name)) if how == "tmpfs" else []
        if prefix is None:
            return "skipped: no file system can be mounted here"
        command = [*prefix, sys.executable, "-m", "tests.torture.disk", name, str(step), how]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


if __name__ == "__main__":
    sizes, times = sweep(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    sys.stdout.write(f"{sizes} sizes, locked {times} times\n")
