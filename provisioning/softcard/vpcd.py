"""The software card on the virtual reader of vsmartcard-vpcd: a reader's field over TCP.

Lives here: vpcd's protocol, client side, and the thread that serves a laid card. Connecting is
laying, disconnecting is lifting. Not here: the chip.
Protocol (vsmartcard, "Creating a virtual smart card"): each message is a length of two bytes, big
endian, then its bytes. One byte: 00 power off, 01 power on, 02 reset, all without an answer; 04
asks for the ATR. Anything else is a command APDU and wants the response APDU.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from provisioning.errors import VirtualReaderAbsent, VirtualReaderBusy
from provisioning.softcard.slot import Card, Countdown, let_go

HOST = "127.0.0.1"
PORT = 35963
CONNECT_WITHIN = 2.0  # seconds
FIRST_REQUEST_WITHIN = 2.0  # seconds; vpcd polls its card several times a second
CLEAR_FOR = 0.6  # seconds the field stays empty between two cards
"""pcscd looks at the reader every 0.4 s: a card that is away for less is never seen to leave, and
the next one never seen to come. No hand is that quick."""
LENGTH = 2  # bytes
POWER_OFF = b"\x00"
POWER_ON = b"\x01"
RESET = b"\x02"
GET_ATR = b"\x04"


class VpcdSlot:
    """The virtual reader's field. One client at a time holds it; a second one hangs unheard."""

    def __init__(
        self, host: str = HOST, port: int = PORT, *, answer_within: float = FIRST_REQUEST_WITHIN
    ) -> None:
        self._address = (host, port)
        self._answer_within = answer_within
        self._lock = threading.Lock()
        self._laid: _LaidCard | None = None
        self._left: float | None = None

    @property
    def occupied(self) -> bool:
        """Return whether a card lies there."""
        laid = self._laid
        return laid is not None and laid.alive

    def lay(self, card: Card, *, tear_after: int | None = None) -> None:
        """Lay a card and wait until the reader has noticed it.

        Raises VirtualReaderAbsent (nothing listens) or VirtualReaderBusy (nothing is asked
        within `answer_within` seconds: another client holds the reader).
        """
        with self._lock:
            self._lift()
            self._stay_clear()
            laid = _LaidCard(self._connect(), card, Countdown(tear_after))
            if not laid.noticed.wait(self._answer_within):
                laid.leave()
                laid.join()
                raise VirtualReaderBusy(
                    "The virtual reader does not ask for the card: another program holds it.",
                    next_step="End the other software card, then lay this one again.",
                )
            self._laid = laid

    def lift(self) -> None:
        """Lift the card; harmless where none lies."""
        with self._lock:
            self._lift()

    def close(self) -> None:
        """Lift the card; the slot holds nothing else."""
        self.lift()

    def _lift(self) -> None:
        laid = self._laid
        if laid is not None:
            laid.leave()
            self._laid = None
            laid.join()
            self._left = laid.left

    def _stay_clear(self) -> None:
        if self._left is not None:
            time.sleep(max(0.0, self._left + CLEAR_FOR - time.monotonic()))

    def _connect(self) -> socket.socket:
        try:
            connection = socket.create_connection(self._address, timeout=CONNECT_WITHIN)
        except OSError as error:
            raise VirtualReaderAbsent(
                f"Nothing listens at {self._address[0]}:{self._address[1]}: no virtual reader.",
                next_step="Install vsmartcard-vpcd and start pcscd, or use the reader in process.",
            ) from error
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class _LaidCard:
    """One laying: the connection and the thread that answers on it."""

    def __init__(self, connection: socket.socket, card: Card, countdown: Countdown) -> None:
        self._connection = connection
        self._card = card
        self._countdown = countdown
        self._lifted = False
        self.left: float | None = None
        """When the card was gone, in monotonic seconds."""
        self.noticed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="softcard-vpcd", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def leave(self) -> None:
        """Answer no more. Reading alone ends here: the thread's close is what the reader sees."""
        self._lifted = True
        let_go(self._card)
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RD)

    def join(self) -> None:
        """Wait for a command under way to end."""
        self._thread.join()

    def _serve(self) -> None:
        # The reader going away is the reader's business; here it only ends the laying.
        try:
            with self._connection, contextlib.suppress(OSError):
                self._card.reset()
                while (request := self._receive()) is not None:
                    self.noticed.set()
                    answer = self._answer(request)
                    if answer is None or self._lifted:
                        return
                    if answer:
                        self._connection.sendall(len(answer).to_bytes(LENGTH, "big") + answer)
        finally:
            self.left = time.monotonic()

    def _answer(self, request: bytes) -> bytes | None:
        """Return the answer, empty where the protocol has none, None where the card leaves."""
        if request == GET_ATR:
            return self._card.atr
        if request in {POWER_OFF, POWER_ON, RESET}:
            self._card.reset()
            return b""
        if self._countdown.spent():
            return None
        return self._card.transmit(request)

    def _receive(self) -> bytes | None:
        head = self._receive_exactly(LENGTH)
        return None if head is None else self._receive_exactly(int.from_bytes(head, "big"))

    def _receive_exactly(self, size: int) -> bytes | None:
        data = bytearray()
        while len(data) < size:
            self._acknowledge_at_once()
            chunk = self._connection.recv(size - len(data))
            if not chunk:
                return None
            data += chunk
        return bytes(data)

    def _acknowledge_at_once(self) -> None:
        """Ask for immediate TCP acknowledgements; the kernel forgets it after every read.

        A delayed one makes each turn with vpcd last 40 ms. Linux alone has the option.
        """
        if hasattr(socket, "TCP_QUICKACK"):
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
