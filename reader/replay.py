"""A recorded conversation with a card, played back strictly.

Lives here: a `CardConnection` that knows one transcript and raises at the first command that is
not next in it. Not here: where transcripts come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reader.apdu import EXCHANGE_SECONDS, SHORT_LE
from reader.errors import TranscriptMismatch


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One command and its answer, as bytes on the wire."""

    command: bytes = field(repr=False)
    response: bytes = field(repr=False)


class Replay:
    """Plays `transcript` once, in order. Implements `reader.apdu.CardConnection`."""

    def __init__(
        self, transcript: Iterable[Exchanged], *, atr: bytes = b"", max_le: int = SHORT_LE
    ) -> None:
        self._transcript = tuple(transcript)
        self._position = 0
        self._atr = atr
        self._max_le = max_le

    @classmethod
    def of_hex(cls, apdus: Sequence[Mapping[str, str]]) -> Replay:
        """Take a list of {"c": command, "r": response} in hexadecimal, as recordings hold it."""
        return cls(Exchanged(bytes.fromhex(a["c"]), bytes.fromhex(a["r"])) for a in apdus)

    @property
    def atr(self) -> bytes:
        """The answer to reset that was recorded, or empty."""
        return self._atr

    @property
    def max_le(self) -> int:
        """The limit under which the recording was made."""
        return self._max_le

    @property
    def finished(self) -> bool:
        """Whether every recorded exchange was played."""
        return self._position == len(self._transcript)

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        """Return the recorded answer. Raises TranscriptMismatch where `command` is not next."""
        position = self._position
        if position == len(self._transcript):
            raise _mismatch(position, "the recording has ended")
        expected = self._transcript[position]
        if command != expected.command:
            raise _mismatch(position, "another command was recorded here")
        self._position = position + 1
        return expected.response

    def close(self) -> None:
        """Do nothing: a recording holds no card."""


def _mismatch(position: int, why: str) -> TranscriptMismatch:
    return TranscriptMismatch(
        f"Command {position + 1} does not follow the recording: {why}.",
        next_step="Compare what the reader sends with the recording at that place.",
    )
