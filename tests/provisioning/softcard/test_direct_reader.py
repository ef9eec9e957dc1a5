"""The reader in process: a slot for whoever lays cards, a watcher for the terminal."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest

from provisioning.direct_reader import READER_NAME, DirectReader
from provisioning.softcard.chip import Chip
from provisioning.softcard.hostile import Foreign, Stalling
from provisioning.softcard.image import CardImage
from provisioning.softcard.slot import Slot
from reader.apdu import EXTENDED_LE, SHORT_LE, CardConnection
from reader.errors import CardRemoved, CardStalled
from reader.watch import CardLaid, CardLifted, ReaderReady, Watcher

READ = bytes.fromhex("00B09C0002")


class Echo:
    """A card that answers 9000."""

    atr = bytes.fromhex("3B80800101")

    def reset(self) -> None:
        """Keep nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Answer."""
        return b"\x90\x00"


def _ask(connection: CardConnection) -> None:
    with contextlib.suppress(CardRemoved):
        connection.transmit(READ)


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


def test_a_card_that_never_answers() -> None:
    """It is left at the deadline, and another one answers whether it still thinks or not."""
    reader, go_on = DirectReader(), threading.Event()
    stalled = Stalling(Foreign(), 60.0, go_on.wait)  # type: ignore[arg-type]
    reader.lay(stalled)
    connection = _laid(reader).connection
    with pytest.raises(CardStalled):
        connection.transmit(READ, 0.05)
    with pytest.raises(CardRemoved):
        connection.transmit(READ)
    reader.lay(Foreign())
    assert _laid(reader).connection.transmit(READ, 5.0) == b"\x6a\x82"
    go_on.set()


def test_a_card_lifted_while_it_never_answers() -> None:
    """Lifting ends the wait at once, however long the deadline."""
    reader, reached, go_on = DirectReader(), threading.Event(), threading.Event()

    def think(_seconds: float) -> None:
        reached.set()
        go_on.wait(60)

    reader.lay(Stalling(Foreign(), 60.0, think))
    connection = _laid(reader).connection

    def lift() -> None:
        reached.wait(10)
        reader.lift()

    lifting = threading.Thread(target=lift)
    lifting.start()
    with pytest.raises(CardRemoved):
        connection.transmit(READ, 60.0)
    lifting.join()
    go_on.set()


def test_the_same_card_again_while_it_answers() -> None:
    """It gets its reset after the command that was under way, never in the middle."""
    reader, reached, go_on = DirectReader(), threading.Event(), threading.Event()
    order: list[str] = []

    class Slow(Echo):
        def reset(self) -> None:
            order.append("reset")

        def transmit(self, command: bytes) -> bytes:
            reached.set()
            go_on.wait(10)
            order.append("answer")
            return super().transmit(command)

    card = Slow()
    reader.lay(card)
    asking = threading.Thread(target=_ask, args=(_laid(reader).connection,))
    asking.start()
    reached.wait(10)
    threading.Timer(0.1, go_on.set).start()
    reader.lay(card)
    asking.join()
    assert order == ["reset", "answer", "reset"]


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
