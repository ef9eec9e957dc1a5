"""The real PC/SC stack: pcscd, vpcd's virtual reader, a card that comes and goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER, VirtualReader
from reader.apdu import EXTENDED_LE, SHORT_LE
from reader.errors import CardRemoved, ReaderError
from reader.evidence import Password
from reader.profile import CardProfile
from reader.read import Reading, read
from reader.transport import PcscWatcher, list_readers, pcsc_available
from reader.watch import CardLaid, CardLifted, ReaderReady, WaitingFor, WatchEvent

pytestmark = pytest.mark.card

WITHIN = 20.0  # seconds, for pcscd to notice; it never takes that long unless something is broken
SELECT = bytes.fromhex("00A4040000")
PLAIN_ATR = bytes.fromhex("3B80800101")
EXTENDED_ATR = bytes.fromhex("3B85800180739401402A")


@dataclass
class Echo:
    """A card that answers 9000, or as many bytes as an extended Le asks for."""

    atr: bytes = PLAIN_ATR
    commands: list[bytes] = field(default_factory=list)

    def reset(self) -> None:
        """Keep nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Answer."""
        self.commands.append(command)
        size = int.from_bytes(command[5:7], "big") if len(command) == 7 else 0
        return bytes(size) + b"\x90\x00"


@pytest.fixture
def slot(virtual_reader: tuple[str, int]) -> Iterator[VpcdSlot]:
    """Return the virtual reader's field: empty, and known to pcscd as empty."""
    watching = at_work()
    if watching.next_event(0.2) is not None:  # a card of another test, not yet seen to be gone
        until(watching, CardLifted)
    watching.close()
    host, port = virtual_reader
    field_of_reader = VpcdSlot(host, port)
    yield field_of_reader
    field_of_reader.close()


@pytest.fixture
def watcher(slot: VpcdSlot) -> Iterator[PcscWatcher]:
    """Return a watcher of the empty virtual reader, its reader already found."""
    watching = at_work()
    yield watching
    watching.close()


def at_work() -> PcscWatcher:
    """Return a new watcher that has found the virtual reader."""
    watching = PcscWatcher(VPCD_READER)
    while not isinstance(until(watching, WaitingFor, ReaderReady), ReaderReady):
        pass  # a service just started may not have its reader yet
    return watching


def until(watching: PcscWatcher, *wanted: type[WatchEvent]) -> WatchEvent:
    """Return the next event, which must come in time and be of a wanted kind."""
    event = watching.next_event(WITHIN)
    assert isinstance(event, wanted)
    return event


def laid(watching: PcscWatcher) -> CardLaid:
    """Return the next event, a card that was laid."""
    event = until(watching, CardLaid)
    assert isinstance(event, CardLaid)
    return event


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
    assert watcher.next_event(1.0) is None


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


def test_a_session_ends_with_its_connection(
    slot: VpcdSlot, watcher: PcscWatcher, virtual_reader: tuple[str, int]
) -> None:
    """Closing resets the card, so that nothing stays open for the next program."""
    resets: list[int] = []

    class Counting(Echo):
        def reset(self) -> None:
            """Count."""
            resets.append(len(self.commands))

    slot.lay(Counting())
    connection = laid(watcher).connection
    connection.transmit(SELECT)
    connection.close()
    assert resets[-1] == 1


def test_a_reader_of_another_name(virtual_reader: tuple[str, int]) -> None:
    """A reader that is not there is waited for, told once, and the call returns in time."""
    watching = PcscWatcher("No Such Reader")
    assert watching.next_event(WITHIN) == WaitingFor("reader")
    assert watching.next_event(0.0) is None
    watching.close()


def test_another_program_holds_the_reader(
    slot: VpcdSlot, watcher: PcscWatcher, virtual_reader: tuple[str, int]
) -> None:
    """The card is told of, and speaking to it says what is the matter."""
    slot.lay(Echo())
    laid(watcher)
    second = at_work()
    connection = laid(second).connection
    with pytest.raises(ReaderError, match="Another program"):
        connection.transmit(SELECT)
    connection.close()
    second.close()


def test_other_threads_run_while_the_watcher_waits(watcher: PcscWatcher) -> None:
    """Waiting for a card does not hold the interpreter: pages go on being served."""
    seen = threading.Event()
    timer = threading.Timer(0.05, seen.set)
    timer.start()
    started = time.monotonic()
    assert watcher.next_event(0.5) is None
    timer.join()
    assert seen.is_set()
    assert time.monotonic() > started


def test_the_service_dies_and_returns(slot: VpcdSlot, own_pcscd: VirtualReader) -> None:
    """Card, reader and service are told lost, then found again, without anybody's help."""
    watching = at_work()
    slot.lay(Echo())
    connection = laid(watching).connection
    own_pcscd.stop()
    with pytest.raises(ReaderError):
        connection.transmit(SELECT)
    assert until(watching, CardLifted) == CardLifted()
    assert until(watching, WaitingFor) == WaitingFor("pcsc")
    slot.lift()
    assert not pcsc_available()
    assert list_readers() == ()
    own_pcscd.start()
    while not isinstance(until(watching, WaitingFor, ReaderReady), ReaderReady):
        pass
    slot.lay(Echo())
    assert laid(watching).connection.transmit(SELECT) == b"\x90\x00"
    watching.close()


def test_the_service_is_absent_at_the_start(own_pcscd: VirtualReader) -> None:
    """The watcher starts all the same, waits, and goes to work when the service comes."""
    own_pcscd.stop()
    watching = PcscWatcher(VPCD_READER)
    assert watching.next_event(WITHIN) == WaitingFor("pcsc")
    assert watching.next_event(0.0) is None
    own_pcscd.start()
    while not isinstance(until(watching, WaitingFor, ReaderReady), ReaderReady):
        pass
    watching.close()
    watching.close()
