"""Waiting for the next scene without holding every thread of the server.

Lives here: the long poll's places. waitress gives each open request a thread, so only so many
may wait; beyond that a page is answered at once and told to come back a little later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from edge.tap.scene import Scene
from edge.web.terminal import Terminal

WAIT_SECONDS = 20.0
"""How long a page may wait for the next scene."""
SLICE_SECONDS = 1.0
"""How often a waiting request looks whether its browser is still there."""
MAX_WAITING = 8  # requests at a time
SERVER_THREADS = MAX_WAITING + 4
"""Threads that the server needs so that waiting pages never keep others out."""


@dataclass(frozen=True, slots=True)
class Waited:
    """The scene to show; `in_turn` is false where no place was free."""

    scene: Scene
    in_turn: bool


class WaitingRoom:
    """The places. Safe from any thread."""

    def __init__(self, places: int = MAX_WAITING) -> None:
        self._places = threading.BoundedSemaphore(places)

    def enter(self) -> bool:
        """Take a place, for whatever else waits; False where none is free."""
        return self._places.acquire(blocking=False)

    def leave(self) -> None:
        """Give a place back that `enter` took."""
        self._places.release()

    def next_scene(
        self, terminal: Terminal, after: int, gone: Callable[[], bool] | None = None
    ) -> Waited:
        """Return the first scene other than version `after`, or the current one after a while.

        A version that the terminal has not reached comes from before a restart: no wait.
        `gone` tells whether the browser has left.
        """
        scene = terminal.scene()
        if scene.version != after:
            return Waited(scene, in_turn=True)
        if not self.enter():
            return Waited(scene, in_turn=False)
        try:
            until = time.monotonic() + WAIT_SECONDS
            while scene.version == after and not (gone and gone()):
                left = until - time.monotonic()
                if left <= 0:
                    break
                scene = terminal.wait_scene(after, min(left, SLICE_SECONDS))
            return Waited(scene, in_turn=True)
        finally:
            self.leave()
