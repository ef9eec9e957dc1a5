"""A scanner on a serial port: 9600 baud, 8N1, lines that end in CR, LF or both.

Lives here: the port and the cutting of lines. Not here: when it is opened again (`scanner`).
"""

from __future__ import annotations

import logging
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.signals.scanner import MAX_LINE

READ_BLOCK = 4096  # octets taken from the port at once

_LINE_ENDS = b"\r\n"
_log = logging.getLogger(__name__)


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
            self.forget()
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

    def forget(self) -> None:
        """Begin anew."""
        self._partial.clear()
        self._too_long = False


class SerialPort:
    """An open port as a `scanner.Source`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cutter = LineCutter()

    def fileno(self) -> int:
        """Return the port."""
        return self._port

    def take(self) -> list[str]:
        """Return the lines that have come. Raises OSError for a port lost."""
        data = os.read(self._port, READ_BLOCK)
        if not data:
            raise OSError("the port was closed at its other end")
        return self._cutter.feed(data)

    def forget(self) -> None:
        """Drop half a line."""
        self._cutter.forget()


@contextmanager
def attach(path: Path) -> Iterator[SerialPort]:
    """Open the port at `path`. Raises OSError or termios.error where it is none."""
    port = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _make_raw(port)
        termios.tcflush(port, termios.TCIFLUSH)
        yield SerialPort(port)
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
