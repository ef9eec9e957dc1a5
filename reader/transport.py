"""Readers and cards over PC/SC: what is there, what comes, what goes.

Lives here: the loop that finds the service and its readers, notices cards and gets over whatever
goes away or hangs. Not here: PC/SC itself (`pcsc`), what counts as a new card (`slots`), what is
said to a card (`pcsc_card`, `read`).

pyscard's own monitors die with pcscd (pyscard #231, #128, #82, #74), so this loop stands on
SCardGetStatusChange alone. Whatever goes away is waited for: the service, the reader, the card.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reader.errors import PcscUnavailable
from reader.pcsc import SERVICE_SECONDS, Opened, PcscContext, Trouble, load
from reader.pcsc_card import DeafConnection, PcscConnection
from reader.slots import Laying, Slots
from reader.watch import CardLaid, CardLifted, ReaderReady, WaitingFor, WatchEvent

_POLL = 0.25  # seconds between looks for a service or a reader that is not there
_PATIENCE = 1.0  # seconds before a service that takes its time counts as one that is waited for
_LIST_AGAIN = 0.5  # seconds between looks for readers that came or went
_CONNECT_AGAIN = 0.1  # seconds between tries to power a card that does not answer yet
_NOTICE = 1.0  # seconds for PC/SC to see that a lost card left; pcscd looks every 0.4 s


def pcsc_available() -> bool:
    """Whether pyscard is installed and a PC/SC service answers."""
    try:
        return ask_readers() is not None
    except PcscUnavailable:
        return False


def list_readers() -> tuple[str, ...]:
    """Return the names of the connected readers, empty where no PC/SC service answers.

    Raises PcscUnavailable where pyscard is not installed.
    """
    return ask_readers() or ()


def ask_readers() -> tuple[str, ...] | None:
    """Return the names of the connected readers, None where no PC/SC service answers.

    Raises PcscUnavailable where pyscard is not installed.
    """
    context = PcscContext(load())
    try:
        if not context.answered(SERVICE_SECONDS):
            return None
        names = context.list_readers()
        return None if isinstance(names, Trouble) else names
    finally:
        context.close()


@dataclass(slots=True)
class _Laid:
    """The card that is served now, or was served last and still lies there."""

    laying: Laying
    connection: PcscConnection | DeafConnection
    lost_at: float | None = None
    """When it was noticed that the connection had lost its card, in monotonic seconds."""


class PcscWatcher:
    """Watches readers. Implements `reader.watch.Watcher`; for one thread.

    `reader_name`: a part of the reader's name, in any case of letters; None takes every reader.
    Of several readers, the one on which a card is laid serves; one card is served at a time, and
    one laid meanwhile waits until the connection before it is closed or lost.
    Raises PcscUnavailable where pyscard is not installed; nothing else, ever.
    """

    def __init__(self, reader_name: str | None = None) -> None:
        self._scard = load()
        self._wanted = (reader_name or "").casefold()
        self._pending: deque[WatchEvent] = deque()
        self._waiting_for: str | None = None
        self._context: PcscContext | None = None
        self._held: dict[str, PcscContext] = {}
        """Readers in which a call never came back, until it does."""
        self._slots = Slots()
        self._laid: _Laid | None = None
        self._asked_at = 0.0
        self._list_at = 0.0
        self._connect_at = 0.0

    def next_event(self, timeout: float) -> WatchEvent | None:
        """Return the next event, or None after `timeout` seconds without one.

        Where service or driver hang, a few seconds later.
        """
        deadline = time.monotonic() + timeout
        left = timeout
        while not self._pending:
            self._step(max(left, 0.0))
            left = deadline - time.monotonic()
            if left <= 0:
                break
        return self._pending.popleft() if self._pending else None

    def close(self) -> None:
        """Let go of card, reader and service; harmless when repeated."""
        if self._laid is not None:
            self._laid.connection.close()
        self._laid = None
        self._slots = Slots()
        self._release()
        self._pending.clear()

    def _step(self, seconds: float) -> None:
        """Do one thing, waiting at most so long."""
        self._held = {name: held for name, held in self._held.items() if not held.ended}
        if self._context is not None and self._context.overdue:
            self._leave(self._context)
        if self._context is None:
            self._context = PcscContext(self._scard)
            self._asked_at = time.monotonic()
        answer = self._context.answered(min(seconds, _POLL))
        if answer is None:
            if time.monotonic() >= self._asked_at + _PATIENCE:
                self._wait_for("pcsc", 0.0)
        elif not answer:
            self._release()
            self._wait_for("pcsc", seconds)
        elif time.monotonic() >= self._list_at:
            self._list(self._context)
        elif not self._slots.names:
            self._wait_for("reader", seconds)
        else:
            self._watch(self._context, seconds)

    def _leave(self, context: PcscContext) -> None:
        """Go on without a context that hangs in a call: in a card's, or in one of the service."""
        self._release()
        if self._laid is not None and self._laid.connection.trouble is Trouble.OVERDUE:
            self._held[self._laid.laying.reader] = context
        else:
            self._lose_service()

    def _wait_for(self, what: Literal["pcsc", "reader"], seconds: float) -> None:
        if self._waiting_for != what:
            self._waiting_for = what
            self._pending.append(WaitingFor(what))
            return
        time.sleep(min(seconds, _POLL))

    def _list(self, context: PcscContext) -> None:
        names = context.list_readers()
        if isinstance(names, Trouble):
            self._lose_service()
            return
        others = self._slots.found(name for name in names if self._wanted in name.casefold())
        if others:
            self._settle(context)
        if self._slots.names and (others or self._waiting_for is not None):
            self._waiting_for = None
            self._pending.append(ReaderReady(", ".join(self._slots.names)))
        self._list_at = time.monotonic() + (_LIST_AGAIN if self._slots.names else _POLL)

    def _watch(self, context: PcscContext, seconds: float) -> None:
        wait = min(seconds, max(self._list_at - time.monotonic(), 0.0))
        if self._slots.trying:
            wait = min(wait, _CONNECT_AGAIN)
        seen = context.wait(self._slots.states, wait)
        if seen is Trouble.READER:
            self._list_at = 0.0
        elif isinstance(seen, Trouble):
            self._lose_service()
        else:
            self._saw(seen)
            self._settle(context)

    def _saw(self, seen: Sequence[tuple[str, int]]) -> None:
        before = self._slots.names
        self._slots.saw(seen)
        if self._slots.names != before:
            self._list_at = 0.0

    def _settle(self, context: PcscContext) -> None:
        """Tell of the card that left, then of the next one if there is any."""
        laid = self._laid
        if laid is not None and (not self._slots.there(laid.laying) or self._told_anew(laid)):
            self._lift()
        if self._laid is not None and self._laid.connection.usable:
            return
        laying = self._slots.next(without=self._held)
        if laying is not None and time.monotonic() >= self._connect_at:
            self._connect(context, laying)

    def _told_anew(self, laid: _Laid) -> bool:
        """Return whether to take the card that lies there for another one.

        A card can be swapped between two looks of pcscd: the connection has lost the first card,
        and nothing in the reader's state ever tells of the second. A card that only slipped, or
        was reset by another program, is read anew as well.
        """
        match laid.connection.trouble:
            case Trouble.REMOVED:
                now = time.monotonic()
                laid.lost_at = laid.lost_at or now
                return now >= laid.lost_at + _NOTICE and self._slots.tell_again(laid.laying)
            case Trouble.BUSY:
                free = not self._slots.held_by_another(laid.laying)
                return free and self._slots.tell_again(laid.laying)
            case _:
                return False

    def _connect(self, context: PcscContext, laying: Laying) -> None:
        """Power the card and tell of it; a card not ready yet is tried again a few times."""
        opened = context.connect(laying.reader, anew=self._slots.anew(laying))
        self._connect_at = time.monotonic() + _CONNECT_AGAIN
        if isinstance(opened, Opened):
            self._slots.told(laying)
            self._announce(laying, PcscConnection(context, opened))
        elif opened is Trouble.OVERDUE:
            self._slots.told(laying)
            self._announce(laying, DeafConnection(opened))
        elif self._slots.failed(laying):
            if opened is Trouble.BUSY:
                self._announce(laying, DeafConnection(opened))
            elif not self._slots.resident(laying):
                self._announce(laying, DeafConnection(Trouble.SILENT))

    def _announce(self, laying: Laying, connection: PcscConnection | DeafConnection) -> None:
        if self._laid is not None:
            self._laid.connection.close()
        self._laid = _Laid(laying, connection)
        self._pending.append(CardLaid(connection, laying.reader))

    def _lift(self) -> None:
        if self._laid is not None:
            self._laid.connection.close()
            self._laid = None
            self._pending.append(CardLifted())

    def _lose_service(self) -> None:
        """Everything known came from a service that is no more."""
        self._release()
        self._lift()
        self._slots = Slots()
        self._list_at = 0.0

    def _release(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            context.close()
