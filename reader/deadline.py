"""Calls that may never come back: made on a thread of their own, given up at a deadline.

Lives here: the thread and the hand-over. Not here: what is called. A call into a library cannot
be interrupted; the thread that makes it can be left behind.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """One call and, once it is back, its outcome."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._back = threading.Lock()
        self._back.acquire()
        self._value: T
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call; for the worker's thread."""
        try:
            self._value = self._function()
        except BaseException as error:  # noqa: BLE001 -- raised again where the call was asked for
            self._error = error
        self._back.release()

    def wait(self, seconds: float) -> bool:
        """Return whether the call is back, after at most `seconds`."""
        back = self._back.acquire(timeout=min(max(seconds, 0.0), threading.TIMEOUT_MAX))
        if back:
            self._back.release()
        return back

    def outcome(self) -> T:
        """Return what the call returned, or raise what it raised; only once it is back."""
        if self._error is not None:
            raise self._error
        return self._value


class Worker:
    """One thread that makes calls, one after another, in the order they came.

    A call that is not back in time is given up and the worker with it: every later call raises
    TimeoutError at once. `at_end` runs on the thread as its last act, once no call is under way;
    after a call given up, that is when it comes back, if ever. The thread never keeps the process
    alive, and a forgotten worker ends by itself.
    """

    def __init__(self, name: str, at_end: Callable[[], object] = lambda: None) -> None:
        self._inbox: SimpleQueue[Pending[Any] | None] = SimpleQueue()
        self._overdue = False
        self._thread = threading.Thread(
            target=_serve, args=(self._inbox, at_end), name=name, daemon=True
        )
        self._thread.start()
        self._end = weakref.finalize(self, self._inbox.put, None)

    @property
    def overdue(self) -> bool:
        """Whether a call was given up."""
        return self._overdue

    @property
    def ended(self) -> bool:
        """Whether the thread has made its last call and `at_end` is done."""
        return not self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait for the thread of an ended worker, at most `seconds`."""
        self._thread.join(seconds)

    def begin(self, function: Callable[[], T]) -> Pending[T]:
        """Have a call made when those before it are back, with no deadline of its own."""
        pending = Pending(function)
        self._inbox.put(pending)
        return pending

    def call(self, function: Callable[[], T], seconds: float) -> T:
        """Return what `function` returns, or raise what it raises.

        Raises TimeoutError if it is not back within `seconds`, and then gives it up; at once where
        a call was given up before, or the worker was ended.
        """
        if not self._end.alive:
            raise TimeoutError
        pending = self.begin(function)
        if not pending.wait(seconds):
            self._overdue = True
            self.end()
            raise TimeoutError
        return pending.outcome()

    def end(self) -> None:
        """Let the thread end after the calls it has; does not wait, harmless when repeated."""
        self._end()


def _serve(inbox: SimpleQueue[Pending[Any] | None], at_end: Callable[[], object]) -> None:
    while (pending := inbox.get()) is not None:
        pending.run()
        del pending  # what it holds is the caller's alone
    at_end()
