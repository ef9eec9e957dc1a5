"""Several processes of one centre over one listening socket.

Lives here: starting them, starting again one that died, ending all. Not here: what one does
(`process`). Each is a copy of this process made before any thread or connection exists, so they
share the socket and nothing else.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from types import FrameType

AGAIN_SECONDS = 1.0
"""Before one that died is started again."""

_ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
_HEARD = _ENDING | {signal.SIGCHLD}
_log = logging.getLogger("tramthe.centre")


def run_workers(count: int, work: Callable[[int], None]) -> None:
    """Run `work(place)` in `count` processes until SIGTERM or SIGINT, then end them and return.

    Places count from 0; one that is started again has the place of the one that died. On the main
    thread, before there are others. The signals are held back and taken one by one: none comes
    between two steps, and none a moment before the wait for it, where a handler would sleep
    through it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        alive = {_start(work, place): place for place in range(count)}
        ending = False
        while alive:
            told = signal.sigwait(_HEARD) in _ENDING
            died = _reaped(alive)
            if died and not (told or ending):
                told = signal.sigtimedwait(_ENDING, AGAIN_SECONDS) is not None
            if told:
                ending = True
                for pid in alive:
                    os.kill(pid, signal.SIGTERM)
            elif not ending:
                alive.update({_start(work, place): place for place in died})
    finally:
        while signal.sigtimedwait(_HEARD, 0) is not None:
            continue  # the last words of those who are gone
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _reaped(alive: dict[int, int]) -> list[int]:
    """Take out of `alive` whoever died, and return their places."""
    died = [pid for pid in alive if os.waitpid(pid, os.WNOHANG)[0]]
    return [alive.pop(pid) for pid in died]


def _start(work: Callable[[int], None], place: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends us
        signal.signal(signal.SIGTERM, _end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
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
