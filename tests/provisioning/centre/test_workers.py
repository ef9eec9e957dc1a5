"""Several processes of one centre: one that dies is started again, and a word to end ends all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SCRIPT = """
import os, sys, time
from provisioning.centre import workers
workers.AGAIN_SECONDS = float(sys.argv[1])
def work(place):
    os.write(1, f"{place} {os.getpid()}\\n".encode())
    while True:
        time.sleep(0.05)
workers.run_workers(2, work)
print("ended", flush=True)
"""


@contextmanager
def _running(again: float) -> Iterator[subprocess.Popen[str]]:
    """Give the parent, in a session of its own."""
    command = [sys.executable, "-c", _SCRIPT, str(again)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        try:
            yield parent
        finally:
            if parent.poll() is None:
                os.killpg(parent.pid, signal.SIGKILL)


def _next(parent: subprocess.Popen[str]) -> tuple[int, int]:
    assert parent.stdout is not None
    place, pid = parent.stdout.readline().split()
    return int(place), int(pid)


def _ends(parent: subprocess.Popen[str], pids: list[int]) -> bool:
    """Whether the parent ends well, its last word said and nobody left behind."""
    assert parent.stdout is not None
    assert parent.stdout.read().endswith("ended\n")
    return parent.wait() == 0 and not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_a_process_that_died_is_started_again_in_its_place() -> None:
    """The place is taken again, and the other process goes on as it was."""
    with _running(0.01) as parent:
        pids = dict([_next(parent), _next(parent)])
        os.kill(pids[1], signal.SIGKILL)
        place, pid = _next(parent)
        assert place == 1
        assert pid not in pids.values()
        parent.send_signal(signal.SIGTERM)
        assert _ends(parent, [pids[0], pid])


def test_a_word_to_end_while_one_is_to_be_started_again() -> None:
    """Nothing is started any more, and the wait for it is cut short."""
    with _running(3600.0) as parent:
        pids = dict([_next(parent), _next(parent)])
        os.kill(pids[0], signal.SIGKILL)
        while os.path.exists(f"/proc/{pids[0]}"):  # until the parent has taken note
            os.sched_yield()
        parent.send_signal(signal.SIGTERM)
        assert _ends(parent, [pids[1]])


def test_told_twice_to_end() -> None:
    """Whoever says it twice kills nothing in the middle: it ends as if told once."""
    with _running(0.01) as parent:
        pids = [pid for _, pid in (_next(parent), _next(parent))]
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            parent.send_signal(number)  # both are there before it hears the first
        assert _ends(parent, pids)


def test_ctrl_c_reaches_parent_and_children() -> None:
    """The parent ends its children; the signal alone ends none of them."""
    with _running(0.01) as parent:
        pids = [pid for _, pid in (_next(parent), _next(parent))]
        os.killpg(parent.pid, signal.SIGINT)
        assert _ends(parent, pids)
