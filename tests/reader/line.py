"""A line without extended length, the card's end: chains are joined, answers sent in parts."""

from __future__ import annotations

from dataclasses import dataclass, field

from reader.apdu import CommandApdu, Exchange, ResponseApdu

GET_RESPONSE = 0xC0
CHAINED = 0x10


@dataclass
class ShortLine:
    """Passes whole commands to `card`; answers go back `room` bytes at a time (61xx)."""

    card: Exchange
    room: int = 256
    exact: bool = False
    """Wants the Le of each answer to be its very length, and says so (6Cxx)."""
    commands: list[CommandApdu] = field(default_factory=list)
    _chain: bytes = b""
    _waiting: bytes = b""
    _sw: int = 0x9000
    _answered: CommandApdu | None = None

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Take one APDU."""
        assert not command.extended
        self.commands.append(command)
        if command.ins == GET_RESPONSE:
            assert (command.cla, command.p1, command.p2, command.data) == (0, 0, 0, b"")
            return self._part(command)
        if command.cla & CHAINED:
            self._chain += command.data
            return ResponseApdu(b"", 0x9000)
        whole = command._replace(data=self._chain + command.data, le=None)
        self._chain = b""
        if whole != self._answered:
            answer = self.card(whole._replace(le=command.le))
            self._answered, self._waiting, self._sw = whole, answer.data, answer.sw
        return self._part(command)

    def _part(self, command: CommandApdu) -> ResponseApdu:
        size = min(len(self._waiting), self.room)
        if self.exact and size and command.le != size:
            return ResponseApdu(b"", 0x6C00 | size & 0xFF)
        part, self._waiting = self._waiting[:size], self._waiting[size:]
        if self._waiting:
            return ResponseApdu(part, 0x6100 | min(len(self._waiting), 0x100) & 0xFF)
        self._answered = None
        return ResponseApdu(part, self._sw)
