"""Commands and answers as the chip sees them.

Lives here: cutting a command APDU, the status words the chip uses, the refusal that carries one.
Not here: what a command does (`chip`, `filesystem`, `pace`), secure messaging (`channel`), long
commands and answers in pieces (`transmission`).
Sources: ISO/IEC 7816-3 section 12.1 (cases and lengths), 7816-4 sections 5.4 and 5.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique

HEADER = 4  # bytes: CLA INS P1 P2
MAX_SHORT = 256  # bytes that a short Le can ask for
MAX_EXTENDED = 65_536  # bytes that an extended Le can ask for
MAX_ANSWER = 65_000  # bytes in one answer, the chip's own buffer
MAX_COMMAND = HEADER + 3 + 65_535 + 2  # bytes


@unique
class SW(IntEnum):
    """Status words, by their names in ISO/IEC 7816-4 tables 5 and 6."""

    OK = 0x9000
    MORE_BYTES = 0x6100
    """The low byte tells how many wait, 00 for 256 or more."""
    END_OF_FILE = 0x6282
    AUTHENTICATION_FAILED = 0x6300
    TRIES_LEFT = 0x63C0
    """The low digit counts."""
    WRONG_LENGTH = 0x6700
    CHAINING_NOT_SUPPORTED = 0x6884
    LAST_OF_CHAIN_EXPECTED = 0x6883
    SECURITY_NOT_SATISFIED = 0x6982
    METHOD_BLOCKED = 0x6983
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    SM_OBJECT_MISSING = 0x6987
    SM_OBJECT_INCORRECT = 0x6988
    INCORRECT_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    INCORRECT_P1_P2 = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    OFFSET_OUTSIDE = 0x6B00
    EXACT_LENGTH = 0x6C00
    """The low byte tells the length that is there."""
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00


@unique
class INS(IntEnum):
    """Instructions the chip knows (ISO/IEC 7816-4 table 4)."""

    MANAGE_SECURITY_ENVIRONMENT = 0x22
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    GENERAL_AUTHENTICATE = 0x86
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_BINARY_ODD = 0xB1
    GET_RESPONSE = 0xC0


@unique
class CLA(IntEnum):
    """Class bytes the chip knows (ISO/IEC 7816-4 section 5.4.1)."""

    PLAIN = 0x00
    SECURED = 0x0C
    CHAINED = 0x10
    SECURED_CHAINED = 0x1C


class Refused(Exception):
    """Inside the chip only: the command ends with this status word and no data."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True, slots=True)
class Answer:
    """Data and status word."""

    data: bytes = b""
    sw: int = SW.OK

    def to_bytes(self) -> bytes:
        """Return the response APDU."""
        return self.data + self.sw.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Command:
    """A command APDU.

    `ne` is the number of bytes expected, None where the Le field is absent; `ne_is_max` where
    the field was all zero and means "as many as there are". `extended` tells the form of its
    length fields, `room` what one answer can carry in bytes.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    ne: int | None = None
    ne_is_max: bool = False
    extended: bool = False
    room: int = MAX_ANSWER

    @property
    def header(self) -> bytes:
        """Return CLA INS P1 P2."""
        return bytes([self.cla, self.ins, self.p1, self.p2])

    @property
    def odd(self) -> bool:
        """Return whether the instruction is odd: its data are objects (ISO/IEC 7816-4 5.5)."""
        return bool(self.ins & 1)

    @property
    def parameters(self) -> int:
        """Return P1-P2 as one number."""
        return self.p1 << 8 | self.p2

    def answer_whole(self, data: bytes) -> Answer:
        """Return data that may not be cut. Raises Refused: 6Cxx tells the size where Le is less."""
        if self.ne is None or len(data) > self.room:
            raise Refused(SW.WRONG_LENGTH)
        if len(data) > self.ne:
            raise Refused(SW.EXACT_LENGTH | len(data) if len(data) < MAX_SHORT else SW.WRONG_LENGTH)
        return Answer(data)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Command:
        """Cut an APDU of any of the seven cases. Raises Refused."""
        if not HEADER <= len(raw) <= MAX_COMMAND:
            raise Refused(SW.WRONG_LENGTH)
        body = raw[HEADER:]
        data, le = _cut_body(body)
        ne, is_max = (None, False) if le is None else expected(le)
        extended = len(body) > 1 and not body[0]
        return cls(raw[0], raw[1], raw[2], raw[3], data, ne, is_max, extended)


def expected(le: bytes) -> tuple[int, bool]:
    """Return (bytes expected, whether that is the maximum) of a one- or two-byte Le."""
    value = int.from_bytes(le, "big")
    if value:
        return value, False
    return (MAX_SHORT if len(le) == 1 else MAX_EXTENDED), True


def _cut_body(body: bytes) -> tuple[bytes, bytes | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body
    if body[0]:
        return _cut_data(body[1:], body[0], le_size=1)
    if len(body) == 3:
        return b"", body[1:]
    return _cut_data(body[3:], int.from_bytes(body[1:3], "big"), le_size=2)


def _cut_data(rest: bytes, lc: int, le_size: int) -> tuple[bytes, bytes | None]:
    if lc and len(rest) == lc:
        return rest, None
    if lc and len(rest) == lc + le_size:
        return rest[:lc], rest[lc:]
    raise Refused(SW.WRONG_LENGTH)
