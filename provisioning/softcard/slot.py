"""What can be laid, and where: the two seams between card, reader and whoever lays cards.

Lives here: the protocols and the count after which a torn card leaves. Implementations of Card:
`chip`, `faults`, `hostile`; of Slot: `vpcd` (through pcscd), `provisioning.direct_reader` (in
process).
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class Card(Protocol):
    """Something with contacts: a chip, or one that only pretends."""

    @property
    def atr(self) -> bytes:
        """Return the answer to reset."""

    def reset(self) -> None:
        """Lose power and get it back."""

    def transmit(self, command: bytes) -> bytes:
        """Answer a command APDU; raises nothing."""


@runtime_checkable
class Leaves(Protocol):
    """A card that may wait long, and gives it up when it is lifted."""

    def leave(self) -> None:
        """Give up a command under way, from any thread; the next `reset` forgets it."""


def let_go(card: Card) -> None:
    """Tell a card that it is being lifted, so that no command under way holds up the hand."""
    if isinstance(card, Leaves):
        card.leave()


class Slot(Protocol):
    """A reader's field that takes one card."""

    @property
    def occupied(self) -> bool:
        """Return whether a card lies there; a torn card leaves by itself."""

    def lay(self, card: Card, *, tear_after: int | None = None) -> None:
        """Lay a card; one that lies there is lifted first.

        `tear_after`: the card leaves when it is asked once more after so many APDUs.
        Raises ProvisioningError where the reader cannot take it.
        """

    def lift(self) -> None:
        """Lift the card; harmless where none lies."""

    def close(self) -> None:
        """Lift and let go of the reader; harmless when repeated."""


class Countdown:
    """Counts the APDUs of one laying. `spent` once the card has to leave instead of answering."""

    def __init__(self, tear_after: int | None) -> None:
        self._left = tear_after

    def spent(self) -> bool:
        """Count one APDU; return whether it goes unanswered."""
        if self._left is None:
            return False
        self._left -= 1
        return self._left < 0
