"""A serial bar-code scanner, read from its tty: lines in, `ScannerLine` out.

Lives here: the port and the cutting of lines. Not here: what a line means (`edge.tap.access`).
A line may carry a citizen's number and name: its text stands in no log, exception or repr.
"""

from __future__ import annotations

import logging
import os
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MAX_LINE = 512  # octets, without its end
READ_BLOCK = 4096  # octets taken from the port at once
RETRY_AFTER = 1.0  # seconds between attempts to open a port that is gone
LOOK_UP = 0.25  # seconds after which a quiet port is left to see whether to stop

_LINE_ENDS = b"\r\n"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScannerLine:
    """One scan, without its line end. `at_monotonic`: seconds of the injected clock."""

    text: str = field(repr=False)
    at_monotonic: float


class LineCutter:
    """Cuts a stream at CR, LF or both; drops what is empty, too long or not UTF-8."""

    def __init__(self) -> None:
        self._partial = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that `data` completes."""
        lines: list[str] = []
        for octet in data:
            if octet not in _LINE_ENDS:
                if len(self._partial) < MAX_LINE:
                    self._partial.append(octet)
                else:
                    self._too_long = True
                continue
            raw, too_long = bytes(self._partial), self._too_long
            self._partial.clear()
            self._too_long = False
            if not raw:
                continue
            if too_long:
                _log.info("a scanner line of more than %d octets was dropped", MAX_LINE)
                continue
            try:
                lines.append(raw.decode())
            except UnicodeDecodeError:
                _log.info("a scanner line that is not UTF-8 was dropped")
        return lines


class SerialScanner:
    """Reads the scanner at `path` (9600 baud, 8N1) until `stop` is set.

    `run` belongs on a thread of its own; `on_line` is called on it, once per line, and must not
    raise. The device may be absent, vanish and return at any time: `connected` says how it is.
    What was scanned before the port was opened, and a line cut by a lost port, are dropped.
    """

    def __init__(
        self,
        path: Path,
        on_line: Callable[[ScannerLine], None],
        stop: threading.Event,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        retry_after: float = RETRY_AFTER,
    ) -> None:
        self._path = path
        self._on_line = on_line
        self._stop = stop
        self._monotonic = monotonic
        self._retry_after = retry_after
        self._connected = False

    @property
    def connected(self) -> bool:
        """Return whether the port is open now."""
        return self._connected

    def run(self) -> None:
        """Read until `stop` is set; returns within `LOOK_UP` or `retry_after` of it."""
        while not self._stop.is_set():
            try:
                with _open(self._path) as port:
                    self._connected = True
                    _log.info("scanner connected")
                    self._read(port)
            except (OSError, termios.error) as error:
                if self._connected:
                    _log.warning("scanner lost (%s); waiting for it", type(error).__name__)
            finally:
                self._connected = False
            self._stop.wait(self._retry_after)

    def _read(self, port: int) -> None:
        cutter = LineCutter()
        while not self._stop.is_set():
            ready, _, _ = select.select([port], [], [], LOOK_UP)
            if not ready:
                continue
            try:
                data = os.read(port, READ_BLOCK)
            except BlockingIOError:
                continue
            if not data:
                raise OSError("the port was closed at its other end")
            for text in cutter.feed(data):
                self._on_line(ScannerLine(text, self._monotonic()))


@contextmanager
def _open(path: Path) -> Iterator[int]:
    port = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _make_raw(port)
        termios.tcflush(port, termios.TCIFLUSH)
        yield port
    finally:
        os.close(port)


def _make_raw(port: int) -> None:
    """Set 9600 baud, 8 data bits, no parity, 1 stop bit, no flow control, no line editing."""
    control = termios.tcgetattr(port)[6]
    control[termios.VMIN] = 1
    control[termios.VTIME] = 0
    flags = termios.CS8 | termios.CREAD | termios.CLOCAL
    termios.tcsetattr(
        port, termios.TCSANOW, [0, 0, flags, 0, termios.B9600, termios.B9600, control]
    )
