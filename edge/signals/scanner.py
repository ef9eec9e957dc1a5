"""A bar-code scanner that the service reads itself: lines in, `ScannerLine` out.

Lives here: waiting for the device, reading it, losing it and finding it again. Not here: how its
octets or keys become lines (`serial_port`, `keyboard`) and what a line means (`edge.tap.access`).
A line may carry a citizen's number and name: its text stands in no log, exception or repr.
"""

from __future__ import annotations

import errno
import logging
import select
import termios
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Protocol

MAX_LINE = 512  # octets or characters, without its end
RETRY_AFTER = 1.0  # seconds between attempts to open a device that is gone
LOOK_UP = 0.25  # seconds after which a quiet device is left to see whether to stop
QUIET = 1.0  # seconds after which half a line is no longer waited for

_log = logging.getLogger(__name__)


@unique
class ScannerState(StrEnum):
    """How the scanner is."""

    READY = "ready"
    ABSENT = "absent"
    DENIED = "denied"
    """This program may not open the device."""
    TAKEN = "taken"
    """Another program holds the device for itself."""
    NO_DRIVER = "no-driver"
    """The library for scanners that type like a keyboard is not installed."""


@dataclass(frozen=True, slots=True)
class ScannerLine:
    """One scan, without its line end. `at_monotonic`: seconds of the injected clock."""

    text: str = field(repr=False)
    at_monotonic: float


class Source(Protocol):
    """An open scanner."""

    def fileno(self) -> int:
        """Return what to wait on."""

    def take(self) -> list[str]:
        """Return the lines that what has come completes. Raises OSError for a device lost."""

    def forget(self) -> None:
        """Drop the half of a line that has come; its other half did not."""


Attach = Callable[[], AbstractContextManager[Source]]


class Scanner:
    """Reads the scanner that `attach` opens until `stop` is set.

    `run` belongs on a thread of its own; `on_line` is called on it, once per line, and must not
    raise. The device may be absent, vanish and return at any time: `state` says how it is.
    What was scanned before it was opened, and a line cut by a lost device, are dropped.
    """

    def __init__(
        self,
        attach: Attach,
        on_line: Callable[[ScannerLine], None],
        stop: threading.Event,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        retry_after: float = RETRY_AFTER,
        quiet: float = QUIET,
    ) -> None:
        self._attach = attach
        self._on_line = on_line
        self._stop = stop
        self._monotonic = monotonic
        self._retry_after = retry_after
        self._quiet = quiet
        self._state = ScannerState.ABSENT

    @property
    def state(self) -> ScannerState:
        """Return how the scanner is now."""
        return self._state

    def run(self) -> None:
        """Read until `stop` is set; returns within `LOOK_UP` or `retry_after` of it."""
        while not self._stop.is_set():
            try:
                with self._attach() as source:
                    self._become(ScannerState.READY)
                    self._read(source)
            except (OSError, ImportError, termios.error) as error:
                self._become(_state_of(error))
            self._stop.wait(self._retry_after)
        self._state = ScannerState.ABSENT

    def _become(self, state: ScannerState) -> None:
        if state is not self._state:
            level = logging.INFO if state is ScannerState.READY else logging.WARNING
            _log.log(level, "scanner: %s", state.value)
        self._state = state

    def _read(self, source: Source) -> None:
        quiet_for = 0.0
        while not self._stop.is_set():
            ready, _, _ = select.select([source], [], [], min(LOOK_UP, self._quiet))
            if not ready:
                quiet_for += min(LOOK_UP, self._quiet)
                if quiet_for >= self._quiet:
                    source.forget()
                continue
            quiet_for = 0.0
            try:
                lines = source.take()
            except BlockingIOError:
                continue
            for text in lines:
                self._on_line(ScannerLine(text, self._monotonic()))


def _state_of(error: Exception) -> ScannerState:
    match error:
        case ImportError():
            return ScannerState.NO_DRIVER
        case PermissionError():
            return ScannerState.DENIED
        case OSError(errno=errno.EBUSY):
            return ScannerState.TAKEN
        case _:
            return ScannerState.ABSENT
