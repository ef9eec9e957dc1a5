"""The real PC/SC stack: pcscd, vpcd's virtual reader, a card that comes and goes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER
from reader.apdu import EXTENDED_LE, SHORT_LE
from reader.errors import CardRemoved
from reader.evidence import Password
from reader.profile import CardProfile
from reader.read import Reading, read
from reader.transport import PcscWatcher, list_readers, pcsc_available
from reader.watch import CardLaid, CardLifted
from tests.reader.transport.conftest import (
    EXTENDED_ATR,
    QUIET,
    SELECT,
    T0_ATR,
    WITHIN,
    Echo,
    Stalled,
    at_work,
    laid,
    until,
)

pytestmark = pytest.mark.card


def test_the_service_and_its_readers(virtual_reader: tuple[str, int]) -> None:
    """A running service is available and names the virtual reader."""
    assert pcsc_available()
    assert any(VPCD_READER in name for name in list_readers())


def test_a_card_laid_and_spoken_to(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Its ATR is known, a command reaches it and the answer comes back whole."""
    card = Echo()
    slot.lay(card)
    event = laid(watcher)
    assert VPCD_READER in event.reader
    assert event.connection.atr == card.atr
    assert event.connection.transmit(SELECT) == b"\x90\x00"
    assert card.commands == [SELECT]


def test_a_card_left_lying(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """It is told once, also after the connection to it was closed."""
    slot.lay(Echo())
    event = laid(watcher)
    assert watcher.next_event(0.0) is None
    event.connection.close()
    event.connection.close()
    assert watcher.next_event(QUIET) is None


def test_a_card_lifted(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Its going is told, and its connection raises CardRemoved from then on."""
    slot.lay(Echo())
    connection = laid(watcher).connection
    slot.lift()
    assert until(watcher, CardLifted) == CardLifted()
    with pytest.raises(CardRemoved):
        connection.transmit(SELECT)


def test_a_card_torn_away_in_a_reading(
    slot: VpcdSlot,
    watcher: PcscWatcher,
    make_image: Callable[..., CardImage],
    party: CardProfile,
    can: Password,
) -> None:
    """CardRemoved, and the next card is read as if nothing had been."""
    slot.lay(Chip(make_image()), tear_after=5)
    with pytest.raises(CardRemoved):
        read(laid(watcher).connection, [party], can)
    assert until(watcher, CardLifted) == CardLifted()
    slot.lay(Chip(make_image()))
    assert isinstance(read(laid(watcher).connection, [party], can), Reading)


def test_a_card_swapped_between_two_looks(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Both are told: the old one lifted, the new one laid."""
    slot.lay(Echo())
    laid(watcher)
    observer = at_work()  # tells when pcscd has noticed, while the other does not look
    until(observer, CardLaid)
    slot.lift()
    until(observer, CardLifted)
    slot.lay(Echo(EXTENDED_ATR))
    until(observer, CardLaid)
    observer.close()
    assert until(watcher, CardLifted) == CardLifted()
    assert laid(watcher).connection.atr == EXTENDED_ATR


def test_a_card_that_lay_there_before(slot: VpcdSlot) -> None:
    """A terminal that starts finds it."""
    slot.lay(Echo())
    watching = at_work()
    assert laid(watching).connection.transmit(SELECT) == b"\x90\x00"
    watching.close()


def test_extended_length_announced(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """An ATR that takes extended length gets it; large answers pass whole."""
    slot.lay(Echo(EXTENDED_ATR))
    connection = laid(watcher).connection
    assert connection.max_le == EXTENDED_LE
    size = 60_000
    command = bytes.fromhex("00B0000000") + size.to_bytes(2, "big")
    assert connection.transmit(command) == bytes(size) + b"\x90\x00"


def test_extended_length_not_announced(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Without a word of it in the ATR it is not used."""
    slot.lay(Echo())
    assert laid(watcher).connection.max_le == SHORT_LE


def test_a_session_ends_with_its_connection(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Closing resets the card, so that nothing stays open for the next program."""
    card = Echo()
    slot.lay(card)
    connection = laid(watcher).connection
    connection.transmit(SELECT)
    resets = card.resets
    connection.close()
    assert card.resets == resets + 1


def test_a_card_that_waits_stays_powered(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Pcscd leaves it alone, beyond the 5 s after which it powers an unused card down.

    A session is still there when somebody has chosen a name.
    """
    card = Echo()
    slot.lay(card)
    connection = laid(watcher).connection
    connection.transmit(SELECT)
    resets = card.resets
    assert watcher.next_event(6.0) is None
    assert connection.transmit(SELECT) == b"\x90\x00"
    assert card.resets == resets


def test_a_card_with_contacts_that_speaks_t0(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """A fifth byte goes with every command, Le with none that has data; short answers only."""
    card = Echo(T0_ATR)
    slot.lay(card)
    connection = laid(watcher).connection
    assert connection.max_le == SHORT_LE
    for command in ("0084FF00", "0084000008", "00A4020C01AA", "00A4020C01AA00"):
        assert connection.transmit(bytes.fromhex(command)) == b"\x90\x00"
    sent = ["0084ff0000", "0084000008", "00a4020c01aa", "00a4020c01aa"]
    assert [command.hex() for command in card.commands] == sent


def test_other_threads_run_meanwhile(slot: VpcdSlot, watcher: PcscWatcher) -> None:
    """Neither waiting for a card nor a card that thinks holds the interpreter: pages are served."""
    elsewhere = threading.Thread(target=lambda: None)
    elsewhere.start()
    assert watcher.next_event(0.2) is None
    elsewhere.join()
    card = Stalled()
    slot.lay(card)
    connection = laid(watcher).connection

    def go_on() -> None:
        card.reached.wait(WITHIN)
        card.go_on.set()

    elsewhere = threading.Thread(target=go_on)
    elsewhere.start()
    assert connection.transmit(SELECT, WITHIN) == b"\x90\x00"
    elsewhere.join()
