"""A chip's file system without a channel, with the habits that chips in the field have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reader import tlv
from reader.apdu import INS, CommandApdu, ResponseApdu

OK = 0x9000
END_OF_FILE = 0x6282
BORDER = 0x8000  # first byte that an offset in P1-P2 does not reach


def content(size: int) -> bytes:
    """Return a file whose object has `size` content bytes, no two stretches alike."""
    return tlv.encode(0x75, b"".join(n.to_bytes(4, "big") for n in range(size // 4 + 1))[:size])


@dataclass
class Files:
    """SELECT, READ BINARY even and odd over `content`, by file identifier."""

    content: Mapping[int, bytes]
    short_identifiers: bool = True
    no_short: int = 0x6A81
    """What it says to a short identifier where it knows none."""
    gives: int = 0x10000
    """Most bytes of an answer, which it cuts without a word."""
    takes: int = 0x10000
    """Most bytes that a Le may ask for, else `too_much`; 0x6C00 names what it takes."""
    too_much: int = 0x6700
    at_end: int | None = END_OF_FILE
    """What it says where the file ends before Le; None for a chip that names the length (6Cxx)."""
    strict_end: int | None = None
    """The status of a chip that refuses to be asked for more than there is."""
    more: bytes = b""
    """What it puts behind the bytes asked for."""
    odd: bool = True
    offset_width: int | None = None
    """Bytes that the offset object must have; None for as few as can be."""
    overlap: int | None = None
    """What it says to an even command that reaches beyond 32,767; None where it goes on."""
    commands: list[CommandApdu] = field(default_factory=list)
    current: int | None = None

    @property
    def reads(self) -> list[CommandApdu]:
        """The READ BINARY commands up to now."""
        return [c for c in self.commands if c.ins in (INS.READ_BINARY, INS.READ_BINARY_ODD)]

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Answer as such a chip does."""
        self.commands.append(command)
        match command.ins:
            case INS.SELECT:
                return self._select(int.from_bytes(command.data, "big"))
            case INS.READ_BINARY_ODD:
                return self._read_odd(command)
            case _:
                return self._read(command)

    def _select(self, wanted: int) -> ResponseApdu:
        if wanted not in self.content:
            return ResponseApdu(b"", 0x6A82)
        self.current = wanted
        return ResponseApdu(b"", OK)

    def _read(self, command: CommandApdu) -> ResponseApdu:
        offset = command.p1 << 8 | command.p2
        size = command.le or 0
        if command.p1 & 0x80:
            if not self.short_identifiers:
                return ResponseApdu(b"", self.no_short)
            found = [fid for fid in self.content if fid & 0x1F == command.p1 & 0x1F]
            if not found:
                return ResponseApdu(b"", 0x6A82)
            self.current, offset = found[0], command.p2
        if self.overlap is not None and offset + size > BORDER:
            return ResponseApdu(b"", self.overlap)
        return self._cut(offset, size, size)

    def _read_odd(self, command: CommandApdu) -> ResponseApdu:
        if not self.odd:
            return ResponseApdu(b"", 0x6D00)
        value = tlv.unwrap(command.data, 0x54)
        shortest = value.lstrip(b"\x00")
        if len(value) != (self.offset_width or len(shortest)):
            return ResponseApdu(b"", 0x6A80)
        size = command.le or 0
        room = max(n for n in range(size) if len(tlv.encode(0x53, bytes(n))) <= size)
        answer = self._cut(int.from_bytes(value, "big"), room, size)
        if not answer.data:
            return answer
        part = answer.data.removesuffix(self.more)
        return ResponseApdu(tlv.encode(0x53, part) + self.more, answer.sw)

    def _cut(self, offset: int, size: int, le: int) -> ResponseApdu:
        whole = self.content[self.current or 0]
        if le > self.takes:
            exact = self.takes & 0xFF if self.too_much == 0x6C00 else 0
            return ResponseApdu(b"", self.too_much | exact)
        if offset >= len(whole):
            return ResponseApdu(b"", 0x6B00)
        left = len(whole) - offset
        if left < size and self.strict_end is not None:
            return ResponseApdu(b"", self.strict_end)
        if left < size and self.at_end is None and left <= 0x100:
            return ResponseApdu(b"", 0x6C00 | left & 0xFF)
        part = whole[offset : offset + min(size, self.gives)]
        ended = left < size
        return ResponseApdu(part + self.more, (self.at_end or OK) if ended else OK)
