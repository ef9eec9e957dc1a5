"""Cards that misbehave, for showing that a terminal keeps its composure.

Lives here: one small card for each kind of bad input. They follow no standard on purpose, and
they ship with the product because the demonstration and every test area lay the same ones. Not
here: proper chips that break a rule at one place (`faults`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.command import INS, MAX_ANSWER, SW, Answer, Command, Refused
from provisioning.softcard.slot import Card

ATR = bytes.fromhex("3B80800101")
"""A contactless card without historical bytes (ISO/IEC 7816-3 section 8.2; PC/SC part 3)."""
GARBAGE_MAX = 256  # bytes in one answer


@dataclass(frozen=True, slots=True)
class Garbage:
    """Answers random bytes of random length, sometimes less than a status word."""

    rng: Rng = field(default=os.urandom, repr=False)
    atr: bytes = ATR

    def reset(self) -> None:
        """Keep nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Return whatever comes."""
        return self.rng(1 + self.rng(1)[0] % GARBAGE_MAX)


@dataclass(frozen=True, slots=True)
class NeverEnding:
    """Says after every answer that more waits (61FF)."""

    atr: bytes = ATR

    def reset(self) -> None:
        """Keep nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Return 255 bytes, and the promise of 255 more."""
        return Answer(b"\x31" * 0xFF, SW.MORE_BYTES | 0xFF).to_bytes()


@dataclass(frozen=True, slots=True)
class EndlessFile:
    """Has every file; each begins as an object of four gigabytes and never ends."""

    atr: bytes = ATR

    def reset(self) -> None:
        """Keep nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Return as much as is asked for."""
        try:
            parsed = Command.from_bytes(command)
        except Refused as refused:
            return Answer(sw=refused.sw).to_bytes()
        if parsed.ins != INS.READ_BINARY or parsed.ne is None:
            return Answer().to_bytes()
        head = b"" if parsed.p2 or parsed.p1 & 0x7F else bytes.fromhex("3184FFFFFFFF")
        size = min(parsed.ne, MAX_ANSWER)
        return Answer((head + bytes(size))[:size]).to_bytes()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A chip of another trade: it has no file and no application that we look for."""

    atr: bytes = ATR

    def reset(self) -> None:
        """Keep nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Return 6A82 for a selection, 6D00 for the rest."""
        known = command[1:2] in {bytes([INS.SELECT]), bytes([INS.READ_BINARY])}
        return Answer(sw=SW.FILE_NOT_FOUND if known else SW.INS_NOT_SUPPORTED).to_bytes()


@dataclass(frozen=True, slots=True)
class Stalling:
    """A card that thinks for `seconds` before every answer."""

    card: Card
    seconds: float
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @property
    def atr(self) -> bytes:
        """Return the card's own."""
        return self.card.atr

    def reset(self) -> None:
        """Reset the card."""
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        """Wait, then answer as the card does."""
        self.sleep(self.seconds)
        return self.card.transmit(command)


@dataclass(frozen=True, slots=True)
class Corrupting:
    """A card whose answers to commands of class 0C come with their first byte changed."""

    card: Card

    @property
    def atr(self) -> bytes:
        """Return the card's own."""
        return self.card.atr

    def reset(self) -> None:
        """Reset the card."""
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        """Answer as the card does, changed where the channel protects it."""
        answer = self.card.transmit(command)
        if command[:1] != b"\x0c" or len(answer) <= 2:
            return answer
        return bytes([answer[0] ^ 0x01]) + answer[1:]
