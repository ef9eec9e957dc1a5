"""Cards and readers come and go: the events, and the seam that delivers them.

Lives here: the values and the protocol. Not here: PC/SC (`transport`), and what is done with a
card (`read`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from reader.apdu import CardConnection


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """Nothing can be laid at the moment; the watcher goes on trying by itself."""

    what: Literal["pcsc", "reader"]


@dataclass(frozen=True, slots=True)
class ReaderReady:
    """A reader is there and watched."""

    name: str


@dataclass(frozen=True, slots=True)
class CardLaid:
    """A card lies on the reader; told once, until it is lifted."""

    connection: CardConnection
    reader: str


@dataclass(frozen=True, slots=True)
class CardLifted:
    """The card left the reader, or the reader left with it."""


WatchEvent = WaitingFor | ReaderReady | CardLaid | CardLifted


class Watcher(Protocol):
    """Delivers what happens at the reader, to one thread."""

    def next_event(self, timeout: float) -> WatchEvent | None:
        """Return the next event, or None after `timeout` seconds without one."""

    def close(self) -> None:
        """Stop watching and let go of the card; harmless when repeated."""
