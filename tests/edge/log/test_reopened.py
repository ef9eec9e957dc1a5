"""A log that is opened anew, and let go, while others read it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
READERS = """
import sys, threading
from pathlib import Path
from edge.errors import LogDamaged
from tests.edge.log.made import fill, make_log

log = make_log(Path(sys.argv[1]))
fill(log, 5)
over = threading.Event()
wrong = []

def read():
    try:
        while not over.is_set():
            assert len(log.events()) >= 5
            assert log.last_ack() is None
            assert len(log.open_contexts()) == 1
    except Exception as error:
        if sys.argv[2] == "reopened" or not isinstance(error, LogDamaged):
            wrong.append(error)
            raise

threads = [threading.Thread(target=read) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(150):
    if sys.argv[2] == "reopened":
        assert log.recheck() is None
    else:
        log.events()
if sys.argv[2] == "closed":
    log.close()
over.set()
for thread in threads:
    thread.join()
print(len(wrong), len(log.events()) if sys.argv[2] == "reopened" else "closed")
"""


@pytest.mark.parametrize(("how", "said"), [("reopened", "0 6"), ("closed", "0 closed")])
def test_others_read_meanwhile(tmp_path: Path, how: str, said: str) -> None:
    """Nobody reads a connection that is being closed: the process lives, and each answer is whole.

    Pages ask all the time, also while the disk is full and the log is tried again each second.
    """
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", READERS, str(tmp_path / "events.db"), how],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[:3000]
    assert done.stdout.split("\n")[0] == said
