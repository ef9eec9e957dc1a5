"""A chip that breaks the rules at one place, and is a proper chip until then.

Lives here: the faults of a card image, laid over its chip. Not here: chips that follow no
standard at all (`hostile`), the ways in which proper chips differ (`image.Behaviour`).
"""

from __future__ import annotations

import os

from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.chip import Chip
from provisioning.softcard.command import CLA, SW, Answer
from provisioning.softcard.image import CardImage, Faults
from provisioning.softcard.patience import Patience
from provisioning.softcard.slot import Card, let_go

ENDLESS = bytes([0x31]) * 0xFF
CHECKSUM_END = -3  # the last byte of the checksum, in front of the status word


def card_of(image: CardImage, rng: Rng = os.urandom) -> Card:
    """Return what to lay for an image: its chip, with the faults that the image names.

    Raises SoftCardInvalid where a key cannot be used.
    """
    chip = Chip(image, rng)
    if image.faults == Faults():
        return chip
    return Faulty(chip, image.faults, None if image.other is None else Chip(image.other, rng))


class Faulty:
    """A card with faults. Implements `slot.Card` and `slot.Leaves`."""

    def __init__(self, card: Card, faults: Faults, other: Card | None = None) -> None:
        self._card = card
        self._faults = faults
        self._other = other
        self._patience = Patience()
        self._commands = 0

    @property
    def atr(self) -> bytes:
        """Return the card's own."""
        return self._card.atr

    def reset(self) -> None:
        """Reset the card, and count from one again."""
        self._patience.renew()
        self._commands = 0
        for card in self._cards():
            card.reset()

    def leave(self) -> None:
        """Give up stalling: the card is being lifted."""
        self._patience.give_up()
        for card in self._cards():
            let_go(card)

    def transmit(self, command: bytes) -> bytes:
        """Answer as the card does, or as the fault whose turn it is."""
        self._commands += 1
        faults, now = self._faults, self._commands
        if now == faults.stall_at:
            self._patience.wait_for_ever()
        if now == faults.bare_status_at:
            # As a chip that lost its session in mid-command.
            self._card.transmit(b"")
            return Answer(sw=int(faults.bare_status, 16)).to_bytes()
        if faults.endless_at is not None and now >= faults.endless_at:
            return Answer(ENDLESS, SW.MORE_BYTES | 0xFF).to_bytes()
        if self._other is not None and faults.swap_at is not None and now >= faults.swap_at:
            return self._other.transmit(command)
        answer = self._card.transmit(command)
        if now == faults.wrong_checksum_at and command[:1] == bytes([CLA.SECURED]):
            return _changed(answer)
        return answer

    def _cards(self) -> tuple[Card, ...]:
        return (self._card,) if self._other is None else (self._card, self._other)


def _changed(answer: bytes) -> bytes:
    """Return an answer with one bit of its last byte of data changed; it stays without data."""
    if len(answer) < -CHECKSUM_END:
        return answer
    changed = bytearray(answer)
    changed[CHECKSUM_END] ^= 0x01
    return bytes(changed)
