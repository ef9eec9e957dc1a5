"""Diagnosing a terminal that runs: one look at a time, in a thread of its own, and its result.

Lives here: beginning, the last result, how long what the button asked for stays on the screen. Not
here: what is looked at (`diagnose`), pages and lamp (`edge.web`, `edge.signals`). Loaded when it is
first asked for: a start needs none of it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge.care.check import Check, State
from edge.care.diagnosis import Diagnosis
from verify.moment import Moment

SHOWN = 60.0
"""Seconds that a result stays on lamp and screen after the button asked for it."""

_log = logging.getLogger("tramthe.care")


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """What there is to show. `last`: None before the first one has ended."""

    running: bool
    last: Diagnosis | None


class DiagnosisDesk:
    """Diagnoses of one terminal. Safe from any thread.

    `look` makes the checks. `told` is called whenever the view changed. `by_button` is told how the
    terminal is when the button asked, and None when that is over and nothing newer was told.
    """

    def __init__(
        self,
        terminal: str,
        look: Callable[[], Iterable[Check]],
        now: Callable[[], Moment],
        *,
        told: Callable[[], None],
        by_button: Callable[[State | None], None],
        shown: float = SHOWN,
    ) -> None:
        self._terminal = terminal
        self._look = look
        self._now = now
        self._told = told
        self._by_button = by_button
        self._shown_seconds = shown
        self._lock = threading.Lock()
        self._running = False
        self._last: Diagnosis | None = None
        self._hide = threading.Event()
        self._shown = False

    @property
    def shown(self) -> bool:
        """Return whether the screen is to show what the button asked for."""
        return self._shown

    def view(self) -> DiagnosisView:
        """Return whether one runs, and the last one that ended."""
        with self._lock:
            return DiagnosisView(self._running, self._last)

    def begin(self, *, button: bool = False) -> bool:
        """Begin one and return at once; False where one runs already, which then counts."""
        with self._lock:
            if self._running:
                return False
            self._running = True
            if button:
                self._shown, self._hide = True, threading.Event()
        threading.Thread(
            target=self._run, args=(button, self._hide), name="tramthe-diagnosis", daemon=True
        ).start()
        self._told()
        return True

    def hide(self) -> None:
        """Let go of the screen: a card was laid, or the service ends."""
        self._hide.set()

    def _run(self, button: bool, hide: threading.Event) -> None:
        at = self._now()
        try:
            found = Diagnosis(self._terminal, at, tuple(self._look()))
        except Exception as error:  # noqa: BLE001 -- each look is guarded; this keeps the desk free
            _log.error("the diagnosis ended early: %s", type(error).__name__)
            found = None
        with self._lock:
            self._running = False
            self._last = found or self._last
        if button:
            if found is not None and not hide.is_set():
                self._by_button(found.state)
                self._told()
                hide.wait(self._shown_seconds)
            self._shown = False
            if not hide.is_set():  # else lamp and buzzer told something newer already
                self._by_button(None)
        self._told()
