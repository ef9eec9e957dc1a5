"""Taps over the real PC/SC stack, and what the screen says while it fails and recovers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from edge.tap.fault import Fault
from edge.tap.flow import LINGER_REFUSED_SECONDS
from edge.tap.scene import SceneState
from provisioning.softcard.faults import card_of
from provisioning.softcard.image import Faults
from provisioning.softcard.slot import Card
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import (
    VPCD_HOST,
    VPCD_READER,
    VPCD_SECOND_PORT,
    VirtualReader,
)
from reader.apdu import Budget, Limits
from reader.read import read
from reader.transport import PcscWatcher
from tests.edge.tap.conftest import Rig
from tests.reader.transport.conftest import WITHIN, wait_until_empty

pytestmark = pytest.mark.card

CARD_SECONDS = 0.5  # what a card gets that stalls


@dataclass
class Terminal:
    """A rig whose watcher is the real one."""

    rig: Rig

    def until(self, holds: Callable[[], bool]) -> None:
        """Let the loop work until something holds."""
        deadline = time.monotonic() + WITHIN
        while not holds():
            assert time.monotonic() < deadline, self.rig.scene
            self.rig.loop.step(0.1)

    def shows(self, state: SceneState, reason: str | None = None) -> None:
        """Let the loop work until this is shown."""
        self.until(lambda: self.rig.shows(state) and self.rig.scene.reason == reason)

    def lifted(self) -> None:
        """Let the loop notice that the card left, and the outcome linger to its end."""
        self.until(lambda: not self.rig.scene.card_present)
        self.rig.seconds += LINGER_REFUSED_SECONDS
        self.shows(SceneState.IDLE)

    def accepts(self, slot: VpcdSlot, key: str) -> None:
        """Tap a member's card."""
        self.rig.choose(key)
        slot.lay(self.rig.chip(key))
        self.shows(SceneState.ACCEPTED)


@pytest.fixture
def terminal(rig: Rig, virtual_reader: tuple[str, int]) -> Iterator[Terminal]:
    """Return a terminal at rest over the virtual readers."""
    wait_until_empty()
    watcher = PcscWatcher(VPCD_READER)
    rig.watched.reader = watcher
    terminal = Terminal(rig)
    terminal.until(lambda: VPCD_READER in (rig.loop.reader or ""))
    yield terminal
    watcher.close()


@pytest.fixture
def slot(virtual_reader: tuple[str, int]) -> Iterator[VpcdSlot]:
    """Return the first reader's field."""
    slot = VpcdSlot(*virtual_reader)
    yield slot
    slot.close()


@pytest.fixture
def second_slot(virtual_reader: tuple[str, int]) -> Iterator[VpcdSlot]:
    """Return the second reader's field."""
    slot = VpcdSlot(VPCD_HOST, VPCD_SECOND_PORT)
    yield slot
    slot.close()


def impatient(*given: object, **options: object) -> object:
    """Read with little time for the card."""
    budget = Budget(Limits(max_seconds=CARD_SECONDS), time.monotonic)
    return read(*given, budget=budget, **options)  # type: ignore[arg-type]


def test_a_card_that_slips(terminal: Terminal, slot: VpcdSlot) -> None:
    """Seen by pcscd as lifted and laid: one event, one screen."""
    rig = terminal.rig
    chip = rig.chip("member-1")
    rig.choose("member-1")
    slot.lay(chip)
    terminal.shows(SceneState.ACCEPTED)
    slot.lift()
    terminal.until(lambda: not rig.scene.card_present)
    slot.lay(chip)
    terminal.until(lambda: rig.scene.card_present)
    assert rig.states[-2:] == [SceneState.HOLD, SceneState.ACCEPTED]
    assert len(rig.recorded()) == len(rig.results) == 1
    slot.lift()
    terminal.lifted()


def test_a_card_that_stalls(terminal: Terminal, slot: VpcdSlot, second_slot: VpcdSlot) -> None:
    """Said so; the next card is served beside it, and in its place once it was lifted."""
    rig = terminal.rig
    whole, rig.read_card = rig.read_card, impatient  # type: ignore[assignment]
    rig.choose("member-2")
    slot.lay(card_of(replace(rig.cast("member-2").image, faults=Faults(stall_at=6))))
    terminal.shows(SceneState.REFUSED, Fault.CARD_STALLED)
    assert rig.scene.card_present
    rig.read_card = whole
    terminal.accepts(second_slot, "member-1")
    second_slot.lift()
    terminal.lifted()
    slot.lift()
    terminal.accepts(slot, "member-2")
    assert len(rig.recorded()) == rig.present == 2


def test_the_service_is_killed_while_a_card_is_read(
    terminal: Terminal, slot: VpcdSlot, own_pcscd: VirtualReader
) -> None:
    """The screen says what is waited for, and the terminal recovers by itself; one event."""
    rig = terminal.rig

    @dataclass
    class Killing:
        card: Card
        left: int = 8

        @property
        def atr(self) -> bytes:
            return self.card.atr

        def reset(self) -> None:
            self.card.reset()

        def transmit(self, command: bytes) -> bytes:
            self.left -= 1
            if self.left == 0:
                own_pcscd.kill()
            return self.card.transmit(command)

    rig.choose("member-1")
    slot.lay(Killing(rig.chip("member-1")))
    terminal.shows(SceneState.FAULT, Fault.PCSC_ABSENT)
    terminal.until(lambda: rig.loop.waiting_for == "pcsc")
    assert rig.loop.reader is None
    assert rig.recorded() == []
    slot.lift()
    own_pcscd.start()
    terminal.shows(SceneState.IDLE)
    assert VPCD_READER in (rig.loop.reader or "")
    terminal.accepts(slot, "member-1")
    assert len(rig.recorded()) == rig.present == 1


def test_a_card_that_waits_for_its_name(terminal: Terminal, slot: VpcdSlot) -> None:
    """It is asked for and opened on one and the same connection, never laid twice."""
    rig = terminal.rig
    slot.lay(rig.chip("member-1"))
    terminal.shows(SceneState.CHOOSE)
    rig.choose("member-1")
    terminal.shows(SceneState.ACCEPTED)
    assert rig.states == [
        SceneState.IDLE, SceneState.HOLD, SceneState.CHOOSE, SceneState.HOLD, SceneState.ACCEPTED,
    ]  # fmt: skip
