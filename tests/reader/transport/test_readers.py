"""Several readers, other programs, cards that stall, cards swapped under the reader's hand."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER
from reader import pcsc
from reader.errors import CardRemoved, CardStalled, PcscUnavailable
from reader.pcsc import load
from reader.transport import PcscWatcher, list_readers
from reader.watch import CardLifted, WaitingFor
from tests.reader.transport.conftest import (
    EXTENDED_ATR,
    PLAIN_ATR,
    QUIET,
    SELECT,
    WITHIN,
    Echo,
    Stalled,
    at_work,
    laid,
    lift_stalled,
    ready,
    until,
)

pytestmark = pytest.mark.card


def test_a_card_on_either_of_two_readers(
    slot: VpcdSlot, second_slot: VpcdSlot, watcher: PcscWatcher
) -> None:
    """Both are watched; wherever a card is laid, it is served."""
    first, second = sorted(name for name in list_readers() if VPCD_READER in name)
    second_slot.lay(Echo())
    assert laid(watcher).reader == second
    second_slot.lift()
    assert until(watcher, CardLifted) == CardLifted()
    slot.lay(Echo())
    assert laid(watcher).reader == first


def test_two_cards_on_two_readers(
    slot: VpcdSlot, second_slot: VpcdSlot, watcher: PcscWatcher
) -> None:
    """One is served at a time; the other waits until the first one's connection is closed."""
    slot.lay(Echo())
    one = laid(watcher)
    second_slot.lay(Echo())
    assert watcher.next_event(QUIET) is None
    one.connection.close()
    other = laid(watcher)
    assert other.reader != one.reader
    assert other.connection.transmit(SELECT) == b"\x90\x00"
    slot.lift()
    assert watcher.next_event(QUIET) is None
    second_slot.lift()
    assert until(watcher, CardLifted) == CardLifted()


def test_a_named_reader(slot: VpcdSlot, second_slot: VpcdSlot) -> None:
    """A part of its name suffices, in any case of letters; cards elsewhere are nothing to it."""
    (second,) = [name for name in list_readers() if name.endswith("01")]
    watching = PcscWatcher(second[-12:].upper())
    assert ready(watching) == second
    slot.lay(Echo())
    assert watching.next_event(QUIET) is None
    second_slot.lay(Echo(EXTENDED_ATR))
    assert laid(watching).connection.atr == EXTENDED_ATR
    watching.close()


def test_a_reader_of_another_name(virtual_reader: tuple[str, int]) -> None:
    """A reader that is not there is waited for, told once, and the call returns in time."""
    watching = PcscWatcher("No Such Reader")
    assert watching.next_event(WITHIN) == WaitingFor("reader")
    assert watching.next_event(0.0) is None
    watching.close()


def test_another_program_shares_the_card(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Where the card cannot be had alone it is shared."""
    slot.lay(Echo())
    laid(watcher).connection.close()
    scard = load()
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    reader = next(name for name in list_readers() if VPCD_READER in name)
    result, *_ = scard.SCardConnect(
        context, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1
    )
    assert result == scard.SCARD_S_SUCCESS
    late = at_work()
    assert laid(late).connection.transmit(SELECT) == b"\x90\x00"
    late.close()
    scard.SCardReleaseContext(context)


def test_another_program_holds_the_card(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Speaking to the card says what is the matter; once it is free it is told of anew."""
    slot.lay(Echo())
    held = laid(watcher).connection
    second = at_work()
    connection = laid(second).connection
    with pytest.raises(PcscUnavailable, match="Another program"):
        connection.transmit(SELECT)
    connection.close()
    held.close()
    assert until(second, CardLifted) == CardLifted()
    assert laid(second).connection.transmit(SELECT) == b"\x90\x00"
    second.close()


def test_a_card_that_stalls_and_is_lifted(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Left at the deadline and told of no more while it lies; the next one is served."""
    card = Stalled()
    slot.lay(card)
    connection = laid(watcher).connection
    with pytest.raises(CardStalled):
        connection.transmit(SELECT, 0.2)
    with pytest.raises(CardStalled):
        connection.transmit(SELECT)
    assert len(card.commands) == 0
    connection.close()
    assert watcher.next_event(QUIET) is None
    lift_stalled(slot, card)
    assert until(watcher, CardLifted) == CardLifted()
    slot.lay(Echo())
    assert laid(watcher).connection.transmit(SELECT) == b"\x90\x00"


def test_a_card_that_stalls_and_stays(
    slot: VpcdSlot, second_slot: VpcdSlot, watcher: PcscWatcher
) -> None:
    """The next card is served on the other reader, also when the stalled one answers at last."""
    card = Stalled()
    slot.lay(card)
    connection = laid(watcher).connection
    with pytest.raises(CardStalled):
        connection.transmit(SELECT, 0.2)
    second_slot.lay(Echo())
    assert laid(watcher).connection.transmit(SELECT) == b"\x90\x00"
    card.go_on.set()
    assert watcher.next_event(QUIET) is None
    second_slot.lift()
    assert until(watcher, CardLifted) == CardLifted()
    assert watcher.next_event(QUIET) is None
    slot.lift()
    assert watcher.next_event(QUIET) is None
    slot.lay(Echo())
    assert laid(watcher).connection.transmit(SELECT) == b"\x90\x00"


@dataclass
class SlowToWake:
    """A card that, once `asleep`, does not come back from a reset until `go_on` is set."""

    asleep: bool = False
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def atr(self) -> bytes:
        """Answer to reset, at last."""
        if self.asleep:
            self.go_on.wait(WITHIN)
        return PLAIN_ATR

    def reset(self) -> None:
        """Keep nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Answer."""
        return b"\x90\x00"


def test_a_card_that_stalls_when_it_is_let_go(
    slot: VpcdSlot, watcher: PcscWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset that does not end holds nobody; the card is not told of again while it lies."""
    monkeypatch.setattr(pcsc, "CARD_SECONDS", 0.2)
    card = SlowToWake()
    slot.lay(card)
    connection = laid(watcher).connection
    card.asleep = True
    connection.close()
    assert watcher.next_event(QUIET) is None
    lift_stalled(slot, card)
    assert until(watcher, CardLifted) == CardLifted()
    slot.lay(Echo())
    assert laid(watcher).connection.transmit(SELECT) == b"\x90\x00"


def test_a_card_that_stalls_when_it_is_powered(
    slot: VpcdSlot, watcher: PcscWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told of as a card that does not answer, and left."""
    monkeypatch.setattr(pcsc, "CARD_SECONDS", 0.2)
    card = SlowToWake()
    slot.lay(card)
    laid(watcher).connection.close()
    card.asleep = True
    assert watcher.next_event(QUIET) is None
    late = at_work()
    with pytest.raises(CardStalled):
        laid(late).connection.transmit(SELECT)
    lift_stalled(slot, card)
    assert until(late, CardLifted) == CardLifted()
    slot.lay(Echo())
    assert laid(late).connection.transmit(SELECT) == b"\x90\x00"
    late.close()


@pytest.mark.parametrize("seen", [False, True], ids=["before pcscd looks", "after it looked"])
def test_a_card_swapped_behind_an_open_connection(
    slot: VpcdSlot, virtual_reader: tuple[str, int], watcher: PcscWatcher, seen: bool
) -> None:
    """The connection never reaches the card that lies there now, which is told of by itself."""
    one, other = Echo(PLAIN_ATR), Echo(EXTENDED_ATR)
    slot.lay(one)
    connection = laid(watcher).connection
    connection.transmit(SELECT)
    quick = VpcdSlot(*virtual_reader)  # knows of no card before it, so it does not wait
    slot.lift()
    laying = threading.Thread(target=quick.lay, args=(other,))
    laying.start()
    if seen:
        laying.join()
    for _ in range(3):
        with pytest.raises(CardRemoved):
            connection.transmit(SELECT)
    laying.join()
    with pytest.raises(CardRemoved):
        connection.transmit(SELECT)
    assert (len(one.commands), other.commands) == (1, [])
    assert until(watcher, CardLifted) == CardLifted()
    following = laid(watcher).connection
    assert following.atr == EXTENDED_ATR
    assert following.transmit(SELECT) == b"\x90\x00"
    quick.close()
