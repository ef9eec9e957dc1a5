"""Waiting that can be given up: a chip that thinks must not hold up the hand that lifts it.

Lives here: the wait. Not here: who waits for what (`chip`, `faults`).
"""

from __future__ import annotations

import threading


class Patience:
    """Lets seconds pass in one thread until another gives up."""

    def __init__(self) -> None:
        self._gone = threading.Event()

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, at once where the card has left."""
        self._gone.wait(seconds)

    def wait_for_ever(self) -> None:
        """Return when the card has left."""
        self._gone.wait()

    def give_up(self) -> None:
        """End every wait, until `renew`."""
        self._gone.set()

    def renew(self) -> None:
        """Wait again from now on."""
        self._gone.clear()
