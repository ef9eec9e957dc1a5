"""The reader in process: a slot for whoever lays cards, a watcher for the terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from provisioning.direct_reader import READER_NAME, DirectReader
from provisioning.softcard.chip import Chip
from provisioning.softcard.hostile import Foreign, Stalling
from provisioning.softcard.image import CardImage
from provisioning.softcard.slot import Slot
from reader.apdu import EXTENDED_LE, SHORT_LE
from reader.errors import CardRemoved
from reader.watch import CardLaid, CardLifted, ReaderReady, Watcher

READ = bytes.fromhex("00B09C0002")


def _laid(reader: DirectReader) -> CardLaid:
    event = reader.next_event(0)
    while not isinstance(event, CardLaid):
        assert event is not None
        event = reader.next_event(0)
    return event


def test_laid_and_lifted(make_image: Callable[..., CardImage]) -> None:
    """The reader is there at once; laying and lifting are told once each, in order."""
    reader = DirectReader()
    watcher: Watcher = reader
    slot: Slot = reader
    assert watcher.next_event(0) == ReaderReady(READER_NAME)
    assert watcher.next_event(0) is None
    slot.lay(Chip(make_image()))
    event = watcher.next_event(0)
    assert isinstance(event, CardLaid)
    assert event.reader == READER_NAME
    assert event.connection.atr == make_image().atr
    assert event.connection.transmit(READ).hex() == "31149000"
    slot.lift()
    slot.lift()
    assert not slot.occupied
    assert watcher.next_event(0) == CardLifted()
    assert watcher.next_event(0) is None


def test_a_lifted_card_answers_no_more(make_image: Callable[..., CardImage]) -> None:
    """A connection whose card was lifted raises CardRemoved, also when another card lies there."""
    reader = DirectReader()
    reader.lay(Chip(make_image()))
    first = _laid(reader).connection
    reader.lay(Chip(make_image()))
    with pytest.raises(CardRemoved):
        first.transmit(READ)
    assert _laid(reader).connection.transmit(READ).hex() == "31149000"


def test_lifted_while_it_answers() -> None:
    """An answer that comes after the card has left is no answer."""
    reader = DirectReader()
    reached, go_on = threading.Event(), threading.Event()

    def pause(_seconds: float) -> None:
        reached.set()
        go_on.wait(10)

    reader.lay(Stalling(Foreign(), 1.0, pause))
    connection = _laid(reader).connection
    outcome: list[str] = []

    def ask() -> None:
        try:
            connection.transmit(READ)
        except CardRemoved:
            outcome.append("removed")

    asking = threading.Thread(target=ask)
    asking.start()
    reached.wait(10)
    reader.lift()
    go_on.set()
    asking.join()
    assert outcome == ["removed"]


def test_a_torn_card(make_image: Callable[..., CardImage]) -> None:
    """After so many APDUs the card is gone, and the watcher hears of it."""
    reader = DirectReader()
    reader.lay(Chip(make_image()), tear_after=1)
    connection = _laid(reader).connection
    connection.transmit(READ)
    with pytest.raises(CardRemoved):
        connection.transmit(READ)
    assert not reader.occupied
    assert reader.next_event(0) == CardLifted()


def test_a_closed_connection(make_image: Callable[..., CardImage]) -> None:
    """Letting go of the card ends the connection and leaves the card where it lies."""
    reader = DirectReader()
    reader.lay(Chip(make_image()))
    connection = _laid(reader).connection
    connection.close()
    with pytest.raises(CardRemoved):
        connection.transmit(READ)
    assert reader.occupied


def test_a_closed_reader(make_image: Callable[..., CardImage]) -> None:
    """Closing lifts the card; once more is harmless."""
    reader = DirectReader()
    reader.lay(Chip(make_image()))
    reader.close()
    reader.close()
    assert not reader.occupied
    with pytest.raises(CardRemoved):
        _laid(reader).connection.transmit(READ)


def test_extended_length_as_the_atr_says(make_image: Callable[..., CardImage]) -> None:
    """The connection offers extended length only where the historical bytes declare it."""
    reader = DirectReader()
    reader.lay(Chip(make_image()))
    assert _laid(reader).connection.max_le == SHORT_LE
    reader.lay(Chip(make_image(atr=bytes.fromhex("3B858001807394014022"))))
    assert _laid(reader).connection.max_le == EXTENDED_LE
