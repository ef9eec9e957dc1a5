"""What people have given the terminal and no card has used yet.

Lives here: one small box that any thread fills and the tap thread empties. Not here: what it
means (`access`). Nothing in it outlives the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from edge.tap.access import Inputs, Timed


class InputBox:
    """The latest scanner line, touched name and typed number, each with its time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._inputs = Inputs()

    @property
    def inputs(self) -> Inputs:
        """Return what is at hand now."""
        return self._inputs

    def scanned(self, line: str) -> None:
        """Keep a scanner line; a newer one replaces it."""
        with self._lock:
            held = self._inputs
            self._inputs = Inputs(self._timed(line), held.choice, held.keypad)

    def chose(self, person_id: str) -> None:
        """Keep a touched name; it replaces a typed number."""
        with self._lock:
            self._inputs = Inputs(self._inputs.scanner, self._timed(person_id), None)

    def typed(self, digits: str) -> None:
        """Keep a typed CAN; it replaces a touched name."""
        with self._lock:
            self._inputs = Inputs(self._inputs.scanner, None, self._timed(digits))

    def forget(self, used: Inputs) -> None:
        """Forget what served a laying; what came since is for the next card."""
        with self._lock:
            held = self._inputs
            self._inputs = Inputs(
                scanner=None if held.scanner is used.scanner else held.scanner,
                choice=None if held.choice is used.choice else held.choice,
                keypad=None if held.keypad is used.keypad else held.keypad,
            )

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._inputs = Inputs()

    def _timed(self, text: str) -> Timed:
        return Timed(text, self._monotonic())
