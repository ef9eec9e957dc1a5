"""The cards that misbehave do so as they promise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.hostile import (
    Corrupting,
    EndlessFile,
    Foreign,
    Garbage,
    NeverEnding,
    Stalling,
)
from provisioning.softcard.image import CardImage
from provisioning.softcard.slot import Card

READ = bytes.fromhex("00B0000000")


def test_garbage_is_what_the_source_gives() -> None:
    """Length and bytes come from the injected source, at least one byte."""
    assert Garbage(bytes).transmit(READ) == b"\x00"
    assert len(Garbage(lambda size: b"\xff" * size).transmit(READ)) == 256


def test_more_always_waits() -> None:
    """Every answer promises another."""
    assert NeverEnding().transmit(READ).endswith(b"\x61\xff")


@pytest.mark.parametrize(
    ("command", "size"), [("00B0000000", 256), ("00B0000010", 16), ("00B00000000000", 65_000)]
)
def test_an_endless_file_fills_every_request(command: str, size: int) -> None:
    """It gives exactly what is asked for, whatever the offset."""
    card = EndlessFile()
    answer = card.transmit(bytes.fromhex(command))
    assert len(answer) == size + 2
    assert answer[:6].hex() == "3184ffffffff"
    assert card.transmit(bytes.fromhex("00B0010004")).hex() == "000000009000"
    assert card.transmit(bytes.fromhex("00A4020C02011C")).hex() == "9000"
    assert card.transmit(b"").hex() == "6700"


def test_a_chip_of_another_trade() -> None:
    """It knows how to select, and has nothing."""
    assert Foreign().transmit(bytes.fromhex("00A4020C02011C")).hex() == "6a82"
    assert Foreign().transmit(bytes.fromhex("00860000")).hex() == "6d00"
    assert Foreign().transmit(b"").hex() == "6d00"


def test_stalling_waits_before_each_answer(make_image: Callable[..., CardImage]) -> None:
    """The wait is the injected one; the answer is the card's."""
    waits: list[float] = []
    card = Stalling(Chip(make_image()), 3.0, waits.append)
    assert card.transmit(bytes.fromhex("00B09C0002")).hex() == "31149000"
    assert waits == [3.0]


def test_only_protected_answers_are_corrupted(make_image: Callable[..., CardImage]) -> None:
    """What is in plain passes; a bare status word has nothing to change."""
    card = Corrupting(Chip(make_image()))
    assert card.transmit(bytes.fromhex("00B09C0002")).hex() == "31149000"
    assert card.transmit(bytes.fromhex("0CB09C0000")).hex() == "6988"


@pytest.mark.parametrize(
    "card",
    [
        Garbage(),
        NeverEnding(),
        EndlessFile(),
        Foreign(),
        Stalling(Foreign(), 0),
        Corrupting(Foreign()),
    ],
)
def test_each_can_be_laid(card: Card) -> None:
    """Each has an answer to reset, and survives power-off."""
    card.reset()
    assert card.atr == bytes.fromhex("3B80800101")
