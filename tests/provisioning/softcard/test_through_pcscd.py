"""The chip on the virtual reader, through the real PC/SC stack."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import pytest

from provisioning.errors import VirtualReaderBusy
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER
from reader.errors import CardRemoved
from reader.transport import PcscWatcher, list_readers
from reader.watch import CardLaid, CardLifted, WatchEvent

pytestmark = pytest.mark.card

WITHIN = 15.0  # seconds for the service to notice a card
READ = bytes.fromhex("00B09C0002")


@pytest.fixture
def slot(virtual_reader: tuple[str, int]) -> Iterator[VpcdSlot]:
    """Return the virtual reader's field."""
    slot = VpcdSlot(*virtual_reader)
    yield slot
    slot.close()


@pytest.fixture
def watcher(virtual_reader: tuple[str, int]) -> Iterator[PcscWatcher]:
    """Return a watcher of the virtual reader."""
    name = next(name for name in list_readers() if VPCD_READER in name)
    watcher = PcscWatcher(name)
    yield watcher
    watcher.close()


def _wait(watcher: PcscWatcher, kind: type[WatchEvent]) -> WatchEvent:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        event = watcher.next_event(0.5)
        if isinstance(event, kind):
            return event
    pytest.fail(f"no {kind.__name__} within {WITHIN} seconds")


def _laid(watcher: PcscWatcher) -> CardLaid:
    event = _wait(watcher, CardLaid)
    assert isinstance(event, CardLaid)
    return event


def test_laid_read_and_lifted(
    slot: VpcdSlot, watcher: PcscWatcher, make_image: Callable[..., CardImage]
) -> None:
    """PC/SC sees the card come with its ATR, answer, and go."""
    slot.lay(Chip(make_image()))
    card = _laid(watcher).connection
    assert card.atr == make_image().atr
    assert card.transmit(READ).hex() == "31149000"
    slot.lift()
    _wait(watcher, CardLifted)
    with pytest.raises(CardRemoved):
        card.transmit(READ)


def test_large_answers_pass(
    slot: VpcdSlot, watcher: PcscWatcher, make_image: Callable[..., CardImage]
) -> None:
    """An extended Le brings as much in one turn as the chip's buffer holds."""
    content = bytes(range(256)) * 255
    slot.lay(Chip(make_image(mf_files={0x011C: content})))
    answer = _laid(watcher).connection.transmit(bytes.fromhex("00B09C00000000"))
    assert answer == content[:65_000] + b"\x90\x00"


def test_one_card_after_another(
    slot: VpcdSlot, watcher: PcscWatcher, make_image: Callable[..., CardImage]
) -> None:
    """Laying over a card that lies there is told as lifted and laid."""
    other = bytes.fromhex("3B858001807394014022")
    slot.lay(Chip(make_image()))
    assert _laid(watcher).connection.atr == make_image().atr
    slot.lay(Chip(make_image(atr=other)))
    _wait(watcher, CardLifted)
    assert _laid(watcher).connection.atr == other


def test_a_torn_card(
    slot: VpcdSlot, watcher: PcscWatcher, make_image: Callable[..., CardImage]
) -> None:
    """A card that leaves mid-command answers nothing more, and is told as lifted."""
    slot.lay(Chip(make_image()), tear_after=1)
    card = _laid(watcher).connection
    card.transmit(READ)
    # vpcd itself reports success and no bytes where its card goes away in the middle.
    with contextlib.suppress(CardRemoved):
        assert card.transmit(READ) == b""
    with pytest.raises(CardRemoved):
        card.transmit(READ)
    _wait(watcher, CardLifted)
    assert not slot.occupied


def test_a_second_program(
    slot: VpcdSlot, virtual_reader: tuple[str, int], make_image: Callable[..., CardImage]
) -> None:
    """The reader takes one client; a second is told that it is busy."""
    slot.lay(Chip(make_image()))
    second = VpcdSlot(*virtual_reader)
    with pytest.raises(VirtualReaderBusy):
        second.lay(Chip(make_image()))
    second.close()
    assert slot.occupied
