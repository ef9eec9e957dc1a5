"""Several processes of one centre over one listening socket.

Lives here: starting them, starting again one that died, ending all. Not here: what one does
(`process`). Each is a copy of this process made before any thread or connection exists, so they
share the socket and nothing else.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from types import FrameType

AGAIN_SECONDS = 1.0
"""Before one that died is started again."""

_ENDING = (signal.SIGTERM, signal.SIGINT)
_log = logging.getLogger("tramthe.centre")


def run_workers(count: int, work: Callable[[int], None]) -> None:
    """Run `work(place)` in `count` processes until SIGTERM or SIGINT, then end them and return.

    Places count from 0; one that is started again has the place of the one that died.
    """
    alive: dict[int, int] = {}
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for pid in tuple(alive):
            os.kill(pid, signal.SIGTERM)

    def start(place: int) -> None:
        """Start one, unless all are to end; no signal comes between its birth and its name."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            if not stopping:
                alive[_start(work, place)] = place
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    for number in _ENDING:
        signal.signal(number, stop)
    for place in range(count):
        start(place)
    while alive:
        pid, _ = os.wait()
        place = alive.pop(pid)
        if not stopping:
            time.sleep(AGAIN_SECONDS)
            start(place)


def _start(work: Callable[[int], None], place: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends us
        signal.signal(signal.SIGTERM, _end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        work(place)
        status = 0
    except SystemExit:
        status = 0
    except Exception:  # noqa: BLE001 -- the last stop before _exit, which prints nothing
        _log.exception("a process of the centre ended")
    finally:
        os._exit(status)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
