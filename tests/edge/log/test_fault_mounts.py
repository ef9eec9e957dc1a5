"""File systems that turn read-only under a running terminal, or are so at its start."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import needed

ROOT = Path(__file__).parents[3]
SIZE = 8 * 1024 * 1024  # bytes of the image

EXT4 = """
import os, sys
from pathlib import Path
from edge.errors import RecordingLocked
from tests.edge.log.made import check_in, fill, make_log
folder = Path(sys.argv[1])
log = make_log(folder / "events.db")
context = fill(log, 5)
device = os.stat(folder).st_dev
name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("1")
try:
    check_in(log, context, 9)
    print("recorded")
except RecordingLocked as error:
    print(error.fault, bool(error.next_step))
print(log.recheck(), len(log.events(context)))
"""
AFTERWARDS = """
import sys
from pathlib import Path
from tests.edge.log.made import check_in, make_log
log = make_log(Path(sys.argv[1]) / "events.db")
context, = log.open_contexts()
print(log.fault, check_in(log, context, 9).seq, log.verify().ok)
"""
TMPFS = """
import subprocess, sys
from pathlib import Path
from edge.errors import RecordingLocked
from tests.edge.log.made import check_in, fill, make_log
folder = Path(sys.argv[1])
log = make_log(folder / "events.db")
context = fill(log, 5)
log.close()
subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
log = make_log(folder / "events.db")
print(log.fault, len(log.events(context)), log.body(log.events(context)[1])["number"][-1])
try:
    check_in(log, context, 9)
except RecordingLocked as error:
    print(error.fault)
subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
print(check_in(log, context, 9).seq, log.fault, log.verify().ok)
"""


def run(program: str, folder: Path, *prefix: str) -> list[str]:
    """Run a program and return its lines."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return an empty folder outside pytest's private ones."""
    made = Path(tempfile.mkdtemp())
    yield made
    shutil.rmtree(made)


def prefix_for(mount: str) -> list[str]:
    """Return what runs a command behind a mount of its own, or skip where that is forbidden."""
    script = f'set -e; {mount}; exec "$@"'
    rights = [] if os.getuid() == 0 else ["--map-root-user"]
    prefix = [needed("unshare", "util-linux"), "--mount", *rights, "sh", "-c", script, "sh"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no rights to mount here: {tried.stderr.strip()[:200]}")
    return prefix


def test_disk_that_turns_read_only(folder: Path) -> None:
    """An error makes ext4 read-only under an open log: locked with its reason, all is there.

    After the repair the terminal goes on where it was.
    """
    make = needed("mkfs.ext4", "e2fsprogs")
    image, place = folder / "image", folder / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE)
    subprocess.run([make, "-q", "-F", str(image)], check=True, capture_output=True)
    prefix = prefix_for(f'mount -o loop,errors=remount-ro "{image}" "{place}"')
    refused, still = run(EXT4, place, *prefix)
    assert refused in {"LOG_READ_ONLY True", "LOG_DISK_FAILING True"}
    assert still in {"LOG_READ_ONLY 6", "LOG_DISK_FAILING 6"}
    subprocess.run(
        [needed("fsck.ext4", "e2fsprogs"), "-p", "-f", str(image)], check=False, capture_output=True
    )
    assert run(AFTERWARDS, place, *prefix) == ["None 7 True"]


def test_disk_that_is_read_only_at_the_start(folder: Path) -> None:
    """The terminal starts, shows the open meeting, and records as soon as it may write."""
    prefix = prefix_for(f'mount -t tmpfs -o size=4m none "{folder}"')
    lines = run(TMPFS, folder, *prefix)
    assert lines == ["LOG_READ_ONLY 6 0", "LOG_READ_ONLY", "7 None True"]
