"""One thread that plays timed steps on one device and drops them for newer ones at once.

Lives here: the timing. Not here: what a step means (`lamp`, `buzzer`) or which (`patterns`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from gpiozero import GPIOZeroError

_log = logging.getLogger(__name__)

StepT = TypeVar("StepT")


class Player(Generic[StepT]):
    """Plays steps (value, seconds or None for "until the next") through `write`.

    `rest` is written when the steps have ended and at `close`. A device that fails while it
    plays is given up with one log line: a lamp must not stop a meeting.
    """

    def __init__(self, name: str, write: Callable[[StepT], None], rest: StepT) -> None:
        self._name = name
        self._write = write
        self._rest = rest
        self._changed = threading.Condition()
        self._steps: tuple[tuple[StepT, float | None], ...] = ()
        self._again = False
        self._turn = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def play(self, steps: tuple[tuple[StepT, float | None], ...], *, again: bool = False) -> None:
        """Begin `steps` now, in place of whatever plays. Returns at once."""
        with self._changed:
            self._steps, self._again = steps, again
            self._turn += 1
            self._changed.notify()

    def close(self) -> None:
        """Write the rest value and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        turn = 0
        try:
            while not self._closed:
                with self._changed:
                    turn, steps, again = self._turn, self._steps, self._again
                self._play_turn(turn, steps, again)
            self._write(self._rest)
        except (GPIOZeroError, OSError) as error:
            _log.warning("%s failed and is given up: %s", self._name, type(error).__name__)

    def _play_turn(
        self, turn: int, steps: tuple[tuple[StepT, float | None], ...], again: bool
    ) -> None:
        while True:
            for value, seconds in steps:
                self._write(value)
                if self._replaced(turn, seconds):
                    return
            if not (again and steps):
                break
        self._write(self._rest)
        self._replaced(turn, None)

    def _replaced(self, turn: int, seconds: float | None) -> bool:
        """Wait for `seconds`; return True at once when newer steps came or the end did."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or self._turn != turn, seconds)
