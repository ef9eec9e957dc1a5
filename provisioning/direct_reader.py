"""A reader in process: lay a software card straight under the terminal, without PC/SC.

Lives here: the one object that is a slot for whoever lays cards and a watcher for the terminal.
It stands in where pcscd or its virtual reader cannot be had. Not here: the chip
(`softcard`), which knows nothing of `reader.watch`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from provisioning.softcard.slot import Card, Countdown
from reader.apdu import EXTENDED_LE, SHORT_LE, takes_extended_length
from reader.errors import CardRemoved
from reader.watch import CardLaid, CardLifted, ReaderReady, WatchEvent

READER_NAME = "Software reader in process"


class DirectConnection:
    """One laying of a card: `reader.apdu.CardConnection`."""

    def __init__(
        self,
        card: Card,
        countdown: Countdown,
        turn: threading.Lock,
        torn: Callable[[DirectConnection], None],
    ) -> None:
        self._card = card
        self._countdown = countdown
        self._turn = turn
        self._torn = torn
        self._gone = False

    @property
    def atr(self) -> bytes:
        """Return the answer to reset."""
        return self._card.atr

    @property
    def max_le(self) -> int:
        """Return how much response data one APDU carries, in bytes: as the card's ATR says."""
        return EXTENDED_LE if takes_extended_length(self.atr) else SHORT_LE

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU and return the answer. Raises CardRemoved once it was lifted."""
        if not self._gone and self._countdown.spent():
            self._torn(self)
        with self._turn:
            answer = b"" if self._gone else self._card.transmit(command)
        if self._gone:
            raise CardRemoved(
                "The card left the reader before it was read.",
                next_step="Lay the card again and hold it still.",
            )
        return answer

    def close(self) -> None:
        """Let go of the card; harmless when repeated."""
        self._gone = True

    def leave(self) -> None:
        """Take the card away from under the connection."""
        self._gone = True


class DirectReader:
    """Implements `softcard.slot.Slot` and `reader.watch.Watcher`; safe from several threads."""

    def __init__(self, name: str = READER_NAME) -> None:
        self._name = name
        self._events: queue.SimpleQueue[WatchEvent] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._laid: DirectConnection | None = None
        self._events.put(ReaderReady(name))

    @property
    def occupied(self) -> bool:
        """Return whether a card lies there."""
        with self._lock:
            return self._laid is not None

    def lay(self, card: Card, *, tear_after: int | None = None) -> None:
        """Lay a card; one that lies there is lifted first."""
        with self._lock:
            self._lift()
            with self._turn:  # a command may still be under way in a card just lifted
                card.reset()
            self._laid = DirectConnection(card, Countdown(tear_after), self._turn, self._torn)
            self._events.put(CardLaid(self._laid, self._name))

    def lift(self) -> None:
        """Lift the card; harmless where none lies."""
        with self._lock:
            self._lift()

    def next_event(self, timeout: float) -> WatchEvent | None:
        """Return the next event, or None after `timeout` seconds without one."""
        try:
            return self._events.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Lift the card; harmless when repeated."""
        self.lift()

    def _lift(self) -> None:
        if self._laid is not None:
            self._laid.leave()
            self._laid = None
            self._events.put(CardLifted())

    def _torn(self, connection: DirectConnection) -> None:
        with self._lock:
            if self._laid is connection:
                self._lift()
