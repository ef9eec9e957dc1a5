"""Several processes of one centre over one listening socket.

Lives here: starting them, starting again one that died, ending all. Not here: what one does
(`process`). Each is a copy of this process made before any thread or connection exists, so they
share the socket and nothing else.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType

AGAIN_SECONDS = 1.0
"""Before one that died is started again."""


def run_workers(count: int, work: Callable[[], None]) -> None:
    """Run `work` in `count` processes until SIGTERM or SIGINT, then end them and return."""
    alive: set[int] = set()
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for pid in alive:
            os.kill(pid, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while len(alive) < count:
        alive.add(_start(work))
    while alive:
        pid, _ = os.wait()
        alive.discard(pid)
        if not stopping:
            time.sleep(AGAIN_SECONDS)
        if not stopping:
            alive.add(_start(work))


def _start(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends us
        signal.signal(signal.SIGTERM, _end)
        work()
        status = 0
    except SystemExit:
        status = 0
    finally:
        os._exit(status)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
