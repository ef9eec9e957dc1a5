"""SIGTERM and Ctrl-C as something to wait for.

Lives here: the wait of a process whose work is done by threads. Not here: what ends. A handler in
Python runs on the main thread alone, and a main thread that sleeps on a lock is not woken by a
signal that the kernel gave to another thread, or that came a moment before it slept. The number
of a signal written to a socket is there in either case (`signal.set_wakeup_fd`).
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_end() -> Iterator[Callable[[], None]]:
    """Give a function that returns once SIGTERM or SIGINT came, also if it came before the call.

    On the main thread only. Inside the block neither signal does anything else.
    """
    told, wakes = socket.socketpair()
    with told, wakes:
        wakes.setblocking(False)
        before = {number: signal.signal(number, _only_wake) for number in ENDING}
        other = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)

        def wait() -> None:
            told.recv(1)

        try:
            yield wait
        finally:
            signal.set_wakeup_fd(other)
            for number, handler in before.items():
                signal.signal(number, handler)


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: that there is a handler is what makes a signal wake."""
