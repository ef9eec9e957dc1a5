"""Command and response APDUs, the connection they travel on, and the budget of one reading.

Lives here: the wire forms, short and extended; the instruction and status bytes by name; the
seam to the hardware (`CardConnection`). Not here: what a command is for (`read`, `channel`), how
one too long for a form travels (`transmission`) and PC/SC (`transport`).
Source: ISO/IEC 7816-4:2020 sections 5.2, 5.6 and 12.1.2 (card capabilities), 7816-4 table 5;
Doc 9303-10 section 3.6, Doc 9303-11 section 4.4.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, Protocol

from reader.errors import CardStalled, MalformedData

SHORT_DATA = 0xFF  # bytes, command data of a short APDU
SHORT_LE = 0x100  # bytes, response data of a short APDU
EXTENDED_DATA = 0xFFFF  # bytes, command data of an extended APDU
EXTENDED_LE = 0x10000  # bytes, response data of an extended APDU
EXCHANGE_SECONDS = 30.0  # seconds, for a card whose reader is told of no other limit


class INS:
    """Instruction bytes: plain numbers, for every exchange has one."""

    MANAGE_SECURITY_ENVIRONMENT: Final = 0x22
    EXTERNAL_AUTHENTICATE: Final = 0x82
    GET_CHALLENGE: Final = 0x84
    GENERAL_AUTHENTICATE: Final = 0x86
    INTERNAL_AUTHENTICATE: Final = 0x88
    SELECT: Final = 0xA4
    READ_BINARY: Final = 0xB0
    READ_BINARY_ODD: Final = 0xB1
    GET_RESPONSE: Final = 0xC0


class SW:
    """Status words that the reader acts on; any other value is an unnamed refusal."""

    OK: Final = 0x9000
    END_OF_FILE: Final = 0x6282
    AUTHENTICATION_FAILED: Final = 0x6300
    WRONG_LENGTH: Final = 0x6700
    SECURITY_STATUS_NOT_SATISFIED: Final = 0x6982
    AUTHENTICATION_BLOCKED: Final = 0x6983
    REFERENCE_DATA_NOT_USABLE: Final = 0x6984
    CONDITIONS_NOT_SATISFIED: Final = 0x6985
    SM_OBJECTS_INCORRECT: Final = 0x6988
    WRONG_DATA: Final = 0x6A80
    FUNCTION_NOT_SUPPORTED: Final = 0x6A81
    FILE_NOT_FOUND: Final = 0x6A82
    REFERENCED_DATA_NOT_FOUND: Final = 0x6A88
    WRONG_OFFSET: Final = 0x6B00
    INS_NOT_SUPPORTED: Final = 0x6D00


def tries_left(sw: int) -> int | None:
    """Return x of a 63Cx status, else None."""
    return sw & 0x0F if sw & 0xFFF0 == 0x63C0 else None


def exact_length(sw: int) -> int | None:
    """Return the Le that a 6Cxx status names, else None."""
    return ((sw & 0xFF) or SHORT_LE) if sw >> 8 == 0x6C else None


def bytes_left(sw: int) -> int | None:
    """Return how many more bytes a 61xx status announces, all there are for 00; else None."""
    return ((sw & 0xFF) or SHORT_LE) if sw >> 8 == 0x61 else None


class CommandApdu(NamedTuple):
    """A command. `le` is the number of bytes expected, None for no Le field.

    A full field (all that there is) is `SHORT_LE` or `EXTENDED_LE`. A tuple, and so made cheaply:
    two are made for every exchange. What no APDU carries is refused by `to_bytes`.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    wide: bool = False
    """In the extended form though the short one would do: its answer, protected, would not fit."""

    def __repr__(self) -> str:  # data may be a key or a person's
        header = f"{self.cla:02X}{self.ins:02X}{self.p1:02X}{self.p2:02X}"
        return f"CommandApdu({header}, {len(self.data)} bytes, le={self.le})"

    @property
    def header(self) -> bytes:
        """CLA, INS, P1, P2. ValueError where one is not a byte."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    @property
    def extended(self) -> bool:
        """Whether the command takes the extended length form."""
        return self.wide or len(self.data) > SHORT_DATA or (self.le or 0) > SHORT_LE

    def to_bytes(self) -> bytes:
        """Return the wire form: short where it suffices, else extended.

        ValueError for a header field that is not one byte, data that are longer than an APDU
        carries, and an Le outside 1 to 65536.
        """
        cla, ins, p1, p2, data, le, wide = self
        size = len(data)
        if le is not None and not 1 <= le <= EXTENDED_LE:
            raise ValueError("Le is outside 1 to 65536")
        if not wide and size <= SHORT_DATA and (le is None or le <= SHORT_LE):
            wire = bytes((cla, ins, p1, p2, size)) + data if size else bytes((cla, ins, p1, p2))
            return wire if le is None else wire + bytes((le & 0xFF,))
        if size > EXTENDED_DATA:
            raise ValueError("the command data are longer than an APDU carries")
        wire = bytes((cla, ins, p1, p2, 0))
        if size:
            wire += size.to_bytes(2, "big") + data
        return wire if le is None else wire + (le & 0xFFFF).to_bytes(2, "big")


class ResponseApdu(NamedTuple):
    """An answer: data and status word. A tuple, for the reason that a command is one."""

    data: bytes
    sw: int

    def __repr__(self) -> str:  # data may be a person's
        return f"ResponseApdu({len(self.data)} bytes, sw={self.sw:04X})"

    @classmethod
    def from_bytes(cls, raw: bytes) -> ResponseApdu:
        """Cut the status word off. Raises MalformedData where there is none."""
        size = len(raw) - 2
        if not 0 <= size <= EXTENDED_LE:
            what = "has no status word" if size < 0 else f"is longer than {EXTENDED_LE} bytes"
            raise MalformedData(
                f"The card's answer {what}.",
                next_step="Lay the card again; if it stays so, the chip is damaged.",
            )
        return make_response((raw[:size], raw[size] << 8 | raw[-1]))

    @property
    def ok(self) -> bool:
        """Whether the status word is 9000."""
        return self.sw == SW.OK


make_command = partial(tuple.__new__, CommandApdu)
"""Make a command of all seven fields in a tuple: half the cost of the class's own call."""
make_response = partial(tuple.__new__, ResponseApdu)
"""The same for an answer, of its pair."""


class CardConnection(Protocol):
    """One powered card: the seam to the hardware, one method wide.

    `transmit` raises CardRemoved once the card has left, and only errors of `reader.errors`.
    After an error it never reaches a card again, whichever lies there then.
    """

    @property
    def atr(self) -> bytes:
        """Answer to reset, empty where there is none."""

    @property
    def max_le(self) -> int:
        """Most response data that card and reader carry in one APDU, in bytes.

        `SHORT_LE` unless both are known to take extended length.
        """

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        """Send one command APDU and return the response APDU, status word included.

        A card that takes longer than `seconds` is left to itself: CardStalled.
        """

    def close(self) -> None:
        """Let go of the card; harmless when repeated."""


Exchange = Callable[[CommandApdu], ResponseApdu]
"""One layer of the stack: a command in, its answer out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may cost before the card counts as stalled."""

    max_bytes: int = 1024 * 1024  # bytes, both directions
    max_exchanges: int = 4096  # command and response pairs
    max_seconds: float = EXCHANGE_SECONDS  # seconds that the card takes to answer, all in all


class Budget:
    """The running account of one reading. `monotonic` returns seconds; only differences count.

    The seconds are the card's own, from a command to its answer: what the terminal does meanwhile
    is not held against it, and no renewal gives any back.
    """

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._seconds_left = limits.max_seconds
        self._since = monotonic()
        self.exchanges = 0
        """All exchanges since the first opening; `renew` does not clear it."""
        self.renew()

    def renew(self) -> None:
        """Open the account of bytes and exchanges again, for another piece of work."""
        self._bytes_left = self._limits.max_bytes
        self._exchanges_left = self._limits.max_exchanges

    @property
    def seconds_left(self) -> float:
        """How long the card may still take, in seconds."""
        return max(self._seconds_left, 0.0)

    def spend(self, size: int) -> None:
        """Book `size` bytes that crossed the line. Raises CardStalled over a limit."""
        now = self._monotonic()
        self._seconds_left -= now - self._since
        self._since = now
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise _stalled(f"more than {self._limits.max_bytes} bytes passed")
        if self._seconds_left < 0:
            raise _stalled(f"it took longer than {self._limits.max_seconds:g} seconds")

    def begin_exchange(self) -> float:
        """Book one more exchange and return `seconds_left`. Raises CardStalled over the limit."""
        if not self._exchanges_left:
            raise _stalled(f"more than {self._limits.max_exchanges} exchanges passed")
        self._exchanges_left -= 1
        self.exchanges += 1
        self._since = self._monotonic()
        left = self._seconds_left
        return left if left > 0.0 else 0.0


def plain_exchange(card: CardConnection, budget: Budget) -> Exchange:
    """Return the lowest layer: APDUs as they stand, within the budget."""

    def exchange(command: CommandApdu) -> ResponseApdu:
        sent = command.to_bytes()
        received = card.transmit(sent, budget.begin_exchange())
        budget.spend(len(sent) + len(received))
        return ResponseApdu.from_bytes(received)

    return exchange


def takes_extended_length(atr: bytes) -> bool:
    """Tell whether the historical bytes say that the card takes extended Lc and Le fields.

    ISO/IEC 7816-3 section 8.2 gives their place in the answer to reset, 7816-4 section 12.1.1
    their compact-TLV form: object 7x, third byte, bit 7. Doubt means no.
    """
    history = _historical_bytes(atr)
    if history[:1] == b"\x00":
        history = history[:-3]  # category 00: the last three are a status indicator
    elif history[:1] != b"\x80":
        return False
    position = 1
    while position < len(history):
        tag, length = history[position] >> 4, history[position] & 0x0F
        value = history[position + 1 : position + 1 + length]
        if tag == 0x7:
            return length == 3 and len(value) == 3 and bool(value[2] & 0x40)
        position += 1 + length
    return False


def _historical_bytes(atr: bytes) -> bytes:
    """Skip TS, T0 and the interface bytes that the T0/TDi nibbles announce."""
    if len(atr) < 2:
        return b""
    count = atr[1] & 0x0F
    indicator = atr[1] >> 4
    position = 2
    while True:
        position += (indicator & 0x7).bit_count()
        if not indicator & 0x8:
            break
        if position >= len(atr):
            return b""
        indicator = atr[position] >> 4
        position += 1
    history = atr[position : position + count]
    return history if len(history) == count else b""


def _stalled(why: str) -> CardStalled:
    return CardStalled(
        f"The card did not come to an end: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
    )
