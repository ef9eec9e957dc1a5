"""The two buttons: copy to a stick that is plugged in, take from it, while the pages go on.

Lives here: one act at a time on a thread of its own, and how the last one ended. Not here: the acts
(`carry`), which sticks there are (`plugged`), words (`edge.web`). Nothing of this outlives a
restart but the ledger; an act that the power cut is simply done again.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from edge.errors import EdgeError
from edge.plugged import Ports, Stick
from edge.stick import StickFault, failed
from edge.sync.courier_ledger import CourierLedger, Passage
from edge.wire.bundle import Way

if TYPE_CHECKING:
    from edge.carried import Received
    from edge.sync.courier_outcome import Exported

_log = logging.getLogger("tramthe.courier")


@unique
class StickAct(StrEnum):
    """What a person asked for."""

    COPY = "copy"
    TAKE = "take"


@dataclass(frozen=True, slots=True)
class Done:
    """How an act ended: with what it did, or with an error."""

    act: StickAct
    stick: str
    at: datetime
    exported: Exported | None = None
    received: Received | None = None
    error: EdgeError | None = None


@dataclass(frozen=True, slots=True)
class SticksView:
    """What the buttons need. `busy`: the act that runs, with its stick's name."""

    sticks: tuple[Stick, ...] = ()
    busy: tuple[StickAct, str] | None = None
    last: Done | None = None


class StickDesk:
    """Does one act at a time; safe from any thread.

    `copy` and `take` are given the stick and who acts; what they raise of ours is kept in `Done`.
    `told` is called when an act begins and when it has ended.
    """

    def __init__(
        self,
        ports: Ports,
        ledger: CourierLedger,
        *,
        copy: Callable[[Stick, str | None], Exported],
        take: Callable[[Stick, str | None], Received],
        now: Callable[[], datetime],
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self._ports = ports
        self._ledger = ledger
        self._copy = copy
        self._take = take
        self._now = now
        self._told = told
        self._lock = threading.Lock()
        self._busy: tuple[StickAct, str] | None = None
        self._last: Done | None = None
        self._carried = self._last_up()

    def view(self) -> SticksView:
        """Return what is plugged in, what runs, and how the last act ended."""
        return SticksView(self._ports.sticks(), self._busy, self._last)

    @property
    def carried(self) -> Passage | None:
        """Return when records last went onto a stick, None for never."""
        return self._carried

    def begin(self, act: StickAct, name: str, by: str | None) -> None:
        """Start an act on the stick of this name. Raises StickFailed: none such, or another runs.

        The name is looked up among what is plugged in; no path ever comes from outside.
        """
        stick = next((one for one in self._ports.sticks() if one.name == name), None)
        if stick is None:
            raise failed(StickFault.GONE)
        with self._lock:
            if self._busy is not None:
                raise failed(StickFault.BUSY)
            self._busy = act, stick.name
        # Not joined at the end: whatever moment it is cut at, the stick is whole.
        threading.Thread(
            target=self._run, args=(act, stick, by), name="tramthe-stick", daemon=True
        ).start()
        self._told()

    def _run(self, act: StickAct, stick: Stick, by: str | None) -> None:
        try:
            self._last = self._done(act, stick, by)
        finally:
            self._carried = self._last_up()
            self._busy = None
            self._told()

    def _done(self, act: StickAct, stick: Stick, by: str | None) -> Done:
        try:
            if act is StickAct.COPY:
                exported = self._copy(stick, by)
                return Done(act, stick.name, self._now(), exported=exported)
            return Done(act, stick.name, self._now(), received=self._take(stick, by))
        except EdgeError as error:
            _log.warning("a stick: %s", error.message)
            return Done(act, stick.name, self._now(), error=error)

    def _last_up(self) -> Passage | None:
        try:
            return self._ledger.last(Way.UP)
        except sqlite3.Error as error:
            _log.error("the ledger of sticks cannot be read: %s", error)
            return None
