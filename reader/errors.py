"""The one error tree of `reader`: work with a card that could not be done.

A bad card is not an error, it is a verdict (`verify`); a card that asks for a password is a
value (`reader.evidence.NeedsPassword`).
"""

from __future__ import annotations


class ReaderError(Exception):
    """Root of the tree; never raised itself. `next_step` says what a person does now."""

    def __init__(self, message: str, *, next_step: str) -> None:
        if type(self) is ReaderError:
            raise TypeError("raise one of the subclasses of ReaderError")
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


class PcscUnavailable(ReaderError):
    """No PC/SC service answers, or pyscard is not installed."""


class NoReader(ReaderError):
    """PC/SC answers but no (fitting) card reader is connected."""


class NoCard(ReaderError):
    """No card lies on the reader."""


class CardRemoved(ReaderError):
    """The card left, or was swapped, before the work was done."""


class CardStalled(ReaderError):
    """The card exceeded a declared limit of time, bytes or exchanges."""


class ReadingCancelled(ReaderError):
    """The reading was given up between two commands; the channel to the card is still whole."""


class CardRefused(ReaderError):
    """The card answered a needed command with an error status word."""

    def __init__(self, message: str, *, next_step: str, sw: int) -> None:
        super().__init__(message, next_step=next_step)
        self.sw = sw


class ChannelBroken(ReaderError):
    """A secure-messaging answer was missing, malformed or failed its checksum."""


class MalformedData(ReaderError):
    """Bytes from a card or a file do not have the form that the standard gives them."""


class NotOurCard(ReaderError):
    """The chip has none of the applications that the profiles name."""


class ProfileInvalid(ReaderError):
    """A card profile file is not usable; names the key at fault."""


class TranscriptMismatch(ReaderError):
    """The replay player was given a command that is not next in its recording."""
