"""What passes between reader and card, one line for each exchange, for somebody who looks on.

Lives here: a connection and a watcher that tell, the form of a line, the two levels. Not here: the
names (`apdu_names`), where lines go (whoever sets up logging).

At level DEBUG a line has the command's name, sizes, status word and time, and nothing of a
person. Payloads are told at level TRAFFIC alone, which is below it: whoever turns that on first
shows `WARNING`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from reader.apdu import EXCHANGE_SECONDS, CardConnection
from reader.apdu_names import command_name, status_name
from reader.errors import ReaderError
from reader.watch import CardLaid, Watcher, WatchEvent

TRAFFIC = 5
"""Logging level of payloads, below DEBUG."""
LOGGER = "tramthe.trace"
_WARNING_LINES = (
    "WARNING: the whole card traffic is shown from here on.",
    "It can expose the holder: names, numbers, dates, addresses, the photo,",
    "wherever a card speaks in the clear or its protection can be undone.",
    "Use test cards, or ask the holder; keep no copy, and send it to nobody.",
)
_WIDTH = max(map(len, _WARNING_LINES))
WARNING = "\n".join(
    [
        "#" * (_WIDTH + 4),
        *(f"# {line:<{_WIDTH}} #" for line in _WARNING_LINES),
        "#" * (_WIDTH + 4),
    ]
)

log = logging.getLogger(LOGGER)
logging.addLevelName(TRAFFIC, "TRAFFIC")


def line(command: bytes, response: bytes, seconds: float) -> str:
    """Return the line of one exchange.

    Sizes are bytes on the wire, headers, status word and protection included.
    """
    status = (
        status_name(int.from_bytes(response[-2:], "big"))
        if len(response) >= 2
        else "no status word"
    )
    return _columns(command, f"{len(response):5}", f"{seconds * 1000:7.1f} ms  {status}")


def failure_line(command: bytes, error: ReaderError, seconds: float) -> str:
    """Return the line of a command that was not answered; the error's text is not in it."""
    return _columns(command, "    -", f"{seconds * 1000:7.1f} ms  {type(error).__name__}")


def _columns(command: bytes, received: str, rest: str) -> str:
    return f"{command_name(command):<46} {len(command):5} > {received} {rest}"


class TracedConnection:
    """A connection that tells of each exchange. Implements `reader.apdu.CardConnection`."""

    def __init__(
        self, card: CardConnection, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._card = card
        self._monotonic = monotonic

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self._card.atr

    @property
    def max_le(self) -> int:
        """Most response data that card and reader carry, in bytes."""
        return self._card.max_le

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        """Send one command APDU, tell of it, and return the response APDU."""
        log.log(TRAFFIC, "> %s", _Hex(command))
        started = self._monotonic()
        try:
            response = self._card.transmit(command, seconds)
        except ReaderError as error:
            log.debug("%s", failure_line(command, error, self._monotonic() - started))
            raise
        took = self._monotonic() - started
        log.log(TRAFFIC, "< %s", _Hex(response))
        log.debug("%s", line(command, response, took))
        return response

    def close(self) -> None:
        """Let go of the card; harmless when repeated."""
        self._card.close()


class TracedWatcher:
    """A watcher whose cards are traced. Implements `reader.watch.Watcher`."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def next_event(self, timeout: float) -> WatchEvent | None:
        """Return the next event, or None after `timeout` seconds without one."""
        event = self._watcher.next_event(timeout)
        if not isinstance(event, CardLaid):
            return event
        log.debug("card laid on %s, ATR %s", event.reader, event.connection.atr.hex().upper())
        return CardLaid(TracedConnection(event.connection), event.reader)

    def close(self) -> None:
        """Stop watching and let go of the card; harmless when repeated."""
        self._watcher.close()


class _Hex:
    """Bytes that are put into letters only if somebody reads them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __str__(self) -> str:
        return self._data.hex().upper()
