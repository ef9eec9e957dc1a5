"""PC/SC: the only place that knows pyscard.

Lives here: finding the reader, noticing cards, one connection; every PC/SC error turned into one
of ours. Not here: what is said to the card (`read`), and any card file.
Source: PC/SC part 5 (resource manager), part 10 section 2.6 (reader properties).

pyscard's own monitors die with pcscd (pyscard #231, #128, #82, #74), so this loop stands on
SCardGetStatusChange alone. Whatever goes away is waited for: the service, the reader, the card.
pyscard is imported when first used, so that a terminal without it can say so.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Any, Literal

from reader import tlv
from reader.apdu import EXCHANGE_SECONDS, EXTENDED_LE, SHORT_LE, takes_extended_length
from reader.errors import (
    CardRemoved,
    CardStalled,
    MalformedData,
    PcscUnavailable,
    ReaderError,
)
from reader.watch import CardLaid, CardLifted, ReaderReady, WaitingFor, WatchEvent

_POLL = 0.25  # seconds between looks for a service or a reader that is not there
_CONNECT_AGAIN = 0.1  # seconds between tries to power a card that does not answer yet
_CONNECT_TRIES = 5  # then the card is told of as one that does not answer
_COUNTER_SHIFT = 16  # the upper half of a reader's state counts cards laid and lifted
_FEATURE_REQUEST = 3400  # control function CM_IOCTL_GET_FEATURE_REQUEST
_FEATURE_PROPERTIES = 0x12  # FEATURE_GET_TLV_PROPERTIES
_PROPERTY_MAX_APDU = 0x0A  # dwMaxAPDUDataSize, little endian; 0 for short APDUs only


def pcsc_available() -> bool:
    """Whether pyscard is installed and a PC/SC service answers."""
    try:
        scard = _load()
    except PcscUnavailable:
        return False
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if result != scard.SCARD_S_SUCCESS:
        return False
    scard.SCardReleaseContext(context)
    return True


def list_readers() -> tuple[str, ...]:
    """Return the names of the connected readers, empty where no PC/SC service answers.

    Raises PcscUnavailable where pyscard is not installed.
    """
    scard = _load()
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if result != scard.SCARD_S_SUCCESS:
        return ()
    result, names = scard.SCardListReaders(context, [])
    scard.SCardReleaseContext(context)
    return tuple(names) if result == scard.SCARD_S_SUCCESS else ()


class PcscConnection:
    """One card in one reader. Implements `reader.apdu.CardConnection`."""

    def __init__(self, scard: Any, handle: Any, protocol: int, atr: bytes) -> None:
        self._scard = scard
        self._handle = handle
        self._pci = (
            scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        )
        self._atr = atr
        self._max_le = self._reader_limit() if takes_extended_length(atr) else SHORT_LE

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self._atr

    @property
    def max_le(self) -> int:
        """Most response data that card and reader announce, in bytes."""
        return self._max_le

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        """Send one command APDU and return the response APDU, status word included.

        Raises CardRemoved, CardStalled, PcscUnavailable.
        """
        if self._handle is None:
            raise _removed()
        result, response = self._scard.SCardTransmit(self._handle, self._pci, list(command))
        if result != self._scard.SCARD_S_SUCCESS:
            raise self._failure(result)
        if not response:  # some drivers report a card torn mid-command as an empty success
            raise _removed()
        return bytes(response)

    def close(self) -> None:
        """Reset the card, which ends its session, and let go of it; harmless when repeated."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._scard.SCardDisconnect(handle, self._scard.SCARD_RESET_CARD)

    def _failure(self, result: int) -> ReaderError:
        scard = self._scard
        if result in (scard.SCARD_E_NO_SERVICE, scard.SCARD_E_SERVICE_STOPPED):
            return _no_service()
        if result in (
            scard.SCARD_E_TIMEOUT,
            scard.SCARD_E_INSUFFICIENT_BUFFER,
            scard.SCARD_W_UNRESPONSIVE_CARD,
        ):
            return _unanswering()
        # Torn mid-command, pcscd says "not transacted" as often as "removed".
        return _removed()

    def _reader_limit(self) -> int:
        """Return what the driver says it carries; one that says nothing carries everything.

        The virtual reader says nothing and takes all; the CCID driver always says.
        """
        scard = self._scard
        try:
            features = self._control(scard.SCARD_CTL_CODE(_FEATURE_REQUEST))
            code = features.get(_FEATURE_PROPERTIES)
            if code is None:
                return EXTENDED_LE
            size = self._control(int.from_bytes(code, "big")).get(_PROPERTY_MAX_APDU)
        except MalformedData:
            return SHORT_LE
        if size is None:
            return SHORT_LE
        return min(max(int.from_bytes(size, "little"), SHORT_LE), EXTENDED_LE)

    def _control(self, code: int) -> dict[int, bytes]:
        result, answer = self._scard.SCardControl(self._handle, code, [])
        if result != self._scard.SCARD_S_SUCCESS:
            return {}
        return {item.tag: item.value for item in tlv.iterate(bytes(answer))}


class _DeafConnection:
    """A card that lies there and cannot be spoken to: every command raises `error`."""

    atr = b""
    max_le = SHORT_LE

    def __init__(self, error: ReaderError) -> None:
        self._error = error

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        raise self._error

    def close(self) -> None:
        """Do nothing: there is no connection."""


class PcscWatcher:
    """Watches one reader. Implements `reader.watch.Watcher`; for one thread.

    `reader_name`: a part of the reader's name; None takes the first reader there is.
    Raises PcscUnavailable where pyscard is not installed; nothing else, ever.
    """

    def __init__(self, reader_name: str | None = None) -> None:
        self._scard = _load()
        self._wanted = reader_name
        self._pending: deque[WatchEvent] = deque()
        self._waiting_for: str | None = None
        self._context: Any = None
        self._reader: str | None = None
        self._state = self._scard.SCARD_STATE_UNAWARE
        self._atr = b""
        self._laid: PcscConnection | _DeafConnection | None = None
        self._tries = 0

    def next_event(self, timeout: float) -> WatchEvent | None:
        """Return the next event, or None after `timeout` seconds without one."""
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
            self._laid.close()
        self._laid = None
        self._reader = None
        self._release()
        self._pending.clear()

    def _step(self, seconds: float) -> None:
        """Do one thing, waiting at most so long."""
        if self._context is None:
            self._find_service(seconds)
        elif self._reader is None:
            self._find_reader(seconds)
        else:
            self._watch(self._reader, seconds)

    def _find_service(self, seconds: float) -> None:
        result, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_SYSTEM)
        if result == self._scard.SCARD_S_SUCCESS:
            self._context = context
            return
        self._wait_for("pcsc", seconds)

    def _find_reader(self, seconds: float) -> None:
        scard = self._scard
        result, names = scard.SCardListReaders(self._context, [])
        if result not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_NO_READERS_AVAILABLE):
            self._release()
            return
        fitting = [name for name in names or () if (self._wanted or "") in name]
        if not fitting:
            self._wait_for("reader", seconds)
            return
        self._reader = fitting[0]
        self._state = scard.SCARD_STATE_UNAWARE
        self._waiting_for = None
        self._pending.append(ReaderReady(fitting[0]))

    def _wait_for(self, what: Literal["pcsc", "reader"], seconds: float) -> None:
        if self._waiting_for != what:
            self._waiting_for = what
            self._pending.append(WaitingFor(what))
            return
        time.sleep(min(seconds, _POLL))

    def _watch(self, reader: str, seconds: float) -> None:
        scard = self._scard
        wait = min(seconds, _CONNECT_AGAIN) if self._tries else seconds
        result, states = scard.SCardGetStatusChange(
            self._context, math.ceil(wait * 1000), [(reader, self._state)]
        )
        if result == scard.SCARD_E_TIMEOUT:
            if self._tries:
                self._connect(reader)
            return
        if result in (scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE):
            self._lose_reader()
            return
        if result != scard.SCARD_S_SUCCESS:
            self._lose_reader()
            self._release()
            return
        _, state, atr = states[0]
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            self._lose_reader()
            return
        # Another count with a card still there: swapped between two looks.
        swapped = state >> _COUNTER_SHIFT != self._state >> _COUNTER_SHIFT
        present = bool(state & scard.SCARD_STATE_PRESENT)
        self._state = state & ~scard.SCARD_STATE_CHANGED
        self._atr = bytes(atr)
        if swapped or not present:
            self._lift()
        if present and self._laid is None:
            self._connect(reader)

    def _connect(self, reader: str) -> None:
        """Power the card and tell of it; a card not ready yet is tried again a few times."""
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        for mode in (scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_SHARE_SHARED):
            result, handle, protocol = scard.SCardConnect(self._context, reader, mode, protocols)
            if result != scard.SCARD_E_SHARING_VIOLATION:
                break
        if result == scard.SCARD_S_SUCCESS:
            self._announce(reader, PcscConnection(scard, handle, protocol, self._atr))
            return
        if result in (scard.SCARD_W_REMOVED_CARD, scard.SCARD_E_NO_SMARTCARD):
            self._tries = 0  # the next state says so too
            return
        self._tries += 1
        if self._tries >= _CONNECT_TRIES:
            busy = result == scard.SCARD_E_SHARING_VIOLATION
            self._announce(reader, _DeafConnection(_busy() if busy else _unanswering()))

    def _announce(self, reader: str, connection: PcscConnection | _DeafConnection) -> None:
        self._tries = 0
        self._laid = connection
        self._pending.append(CardLaid(connection, reader))

    def _lift(self) -> None:
        self._tries = 0
        if self._laid is not None:
            self._laid.close()
            self._laid = None
            self._pending.append(CardLifted())

    def _lose_reader(self) -> None:
        self._lift()
        self._reader = None

    def _release(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)


def _load() -> Any:
    try:
        from smartcard import scard  # noqa: TID251 - the one place
    except ImportError as error:
        raise PcscUnavailable(
            "pyscard is not installed.",
            next_step="Install the extra `tramthe[pcsc]`, or use the software card in process.",
        ) from error
    return scard


def _no_service() -> PcscUnavailable:
    return PcscUnavailable(
        "The PC/SC service stopped answering.",
        next_step="Wait a moment; if it stays so, restart pcscd.",
    )


def _busy() -> PcscUnavailable:
    return PcscUnavailable(
        "Another program holds the card reader.",
        next_step="End the other program, then lay the card again.",
    )


def _removed() -> CardRemoved:
    return CardRemoved(
        "The card left the reader before it was read.",
        next_step="Lay the card again and hold it still.",
    )


def _unanswering() -> CardStalled:
    return CardStalled(
        "The card does not answer.",
        next_step="Lay it again, flat and alone; if it stays so, the chip is damaged.",
    )
