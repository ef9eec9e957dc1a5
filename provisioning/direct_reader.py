"""A reader in process: lay a software card straight under the terminal, without PC/SC.

Lives here: the one object that is a slot for whoever lays cards and a watcher for the terminal.
It stands in where pcscd or its virtual reader cannot be had. Not here: the chip
(`softcard`), which knows nothing of `reader.watch`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from provisioning.softcard.slot import Card, Countdown, let_go
from reader.apdu import EXCHANGE_SECONDS, EXTENDED_LE, SHORT_LE, takes_extended_length
from reader.deadline import Worker
from reader.errors import CardRemoved, CardStalled
from reader.watch import CardLaid, CardLifted, ReaderReady, WatchEvent

READER_NAME = "Software reader in process"
REST_SECONDS = 2.0
"""How long a card laid again is given to end the command of its last laying."""


class DirectConnection:
    """One laying of a card: `reader.apdu.CardConnection`.

    The card answers on a thread of its own, so that one that never does is left, as over PC/SC.
    """

    def __init__(
        self, card: Card, countdown: Countdown, torn: Callable[[DirectConnection], None]
    ) -> None:
        self.card = card
        self._countdown = countdown
        self._torn = torn
        self._worker = Worker("softcard-direct")
        self._wake = threading.Event()
        self._gone = False

    @property
    def atr(self) -> bytes:
        """Return the answer to reset."""
        return self.card.atr

    @property
    def max_le(self) -> int:
        """Return how much response data one APDU carries, in bytes: as the card's ATR says."""
        return EXTENDED_LE if takes_extended_length(self.atr) else SHORT_LE

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        """Send one command APDU and return the answer.

        Raises CardRemoved once it was lifted, CardStalled if it takes longer than `seconds`.
        """
        if not self._gone and self._countdown.spent():
            self._torn(self)
        if self._gone:
            raise _removed()
        self._wake.clear()
        pending = self._worker.begin(lambda: self._answer(command))
        awake = self._wake.wait(seconds)
        if self._gone:
            raise _removed()
        if not (awake and pending.wait(seconds)):
            self.close()
            raise CardStalled(
                f"The card did not answer within {seconds:.1f} seconds.",
                next_step="Lift the card; lay it again, or the next one.",
            )
        return pending.outcome()

    def close(self) -> None:
        """Let go of the card; harmless when repeated."""
        self._gone = True
        self._wake.set()
        let_go(self.card)
        self._worker.end()

    def rest(self, seconds: float) -> None:
        """Wait for a command under way in the card to end, at most `seconds`; once closed."""
        self._worker.join(seconds)

    def _answer(self, command: bytes) -> bytes:
        try:
            return self.card.transmit(command)
        finally:
            self._wake.set()


class DirectReader:
    """Implements `softcard.slot.Slot` and `reader.watch.Watcher`; safe from several threads."""

    def __init__(self, name: str = READER_NAME) -> None:
        self._name = name
        self._events: queue.SimpleQueue[WatchEvent] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._laid: DirectConnection | None = None
        self._before: DirectConnection | None = None
        self._events.put(ReaderReady(name))

    @property
    def occupied(self) -> bool:
        """Return whether a card lies there."""
        with self._lock:
            return self._laid is not None

    def lay(self, card: Card, *, tear_after: int | None = None) -> None:
        """Lay a card; one that lies there is lifted first."""
        with self._lock:
            before = self._laid or self._before
            self._lift()
            if before is not None and before.card is card:
                before.rest(REST_SECONDS)  # its last command may still be under way
            card.reset()
            self._laid = self._before = DirectConnection(card, Countdown(tear_after), self._torn)
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
            self._laid.close()
            self._laid = None
            self._events.put(CardLifted())

    def _torn(self, connection: DirectConnection) -> None:
        with self._lock:
            if self._laid is connection:
                self._lift()


def _removed() -> CardRemoved:
    return CardRemoved(
        "The card left the reader before it was read.",
        next_step="Lay the card again and hold it still.",
    )
