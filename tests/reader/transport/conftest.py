"""The virtual readers of vpcd under the real PC/SC service, and cards that say little."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER, VPCD_SECOND_PORT
from reader.pcsc import PcscContext, Trouble, load
from reader.slots import State
from reader.transport import PcscWatcher
from reader.watch import CardLaid, ReaderReady, WaitingFor, WatchEvent

WITHIN = 20.0  # seconds, for pcscd to notice; it never takes that long unless something is broken
QUIET = 0.6  # seconds in which nothing happens; pcscd looks at its readers every 0.4 s
SELECT = bytes.fromhex("00A4040000")
PLAIN_ATR = bytes.fromhex("3B80800101")
T0_ATR = bytes.fromhex("3B00")
EXTENDED_ATR = bytes.fromhex("3B85800180739401402A")


@dataclass
class Echo:
    """A card that answers 9000, or as many bytes as an extended Le asks for."""

    atr: bytes = PLAIN_ATR
    commands: list[bytes] = field(default_factory=list)
    resets: int = 0

    def reset(self) -> None:
        """Count."""
        self.resets += 1

    def transmit(self, command: bytes) -> bytes:
        """Answer."""
        self.commands.append(command)
        size = int.from_bytes(command[5:7], "big") if len(command) == 7 else 0
        return bytes(size) + b"\x90\x00"


@dataclass
class Stalled(Echo):
    """A card that takes a command and thinks about it until `go_on` is set."""

    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def transmit(self, command: bytes) -> bytes:
        """Think, then answer."""
        self.reached.set()
        self.go_on.wait(WITHIN)
        return super().transmit(command)


def at_work(name: str = VPCD_READER) -> PcscWatcher:
    """Return a new watcher that has found the readers of this name."""
    watching = PcscWatcher(name)
    ready(watching)
    return watching


def ready(watching: PcscWatcher) -> str:
    """Return the name of the readers; a service just started may not have them yet."""
    while not isinstance(event := until(watching, WaitingFor, ReaderReady), ReaderReady):
        pass
    return event.name


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


def wait_until_empty() -> None:
    """Return once pcscd knows of no card in any reader."""
    context = PcscContext(load())
    assert context.answered(WITHIN)
    deadline = time.monotonic() + WITHIN
    while True:
        names = context.list_readers()
        assert not isinstance(names, Trouble)
        states = context.wait([(name, State.UNAWARE) for name in names], 0.0)
        assert not isinstance(states, Trouble)
        # pcscd counts comings and goings: after each coming a going, the count is even.
        if not any(state & State.PRESENT or state >> 16 & 1 for _, state in states):
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    context.close()


class Thinks(Protocol):
    """A card that waits for something."""

    go_on: threading.Event


def lift_stalled(slot: VpcdSlot, card: Thinks) -> None:
    """Take a card away that is still thinking."""
    lifting = threading.Thread(target=slot.lift)
    lifting.start()
    card.go_on.set()
    lifting.join()


@pytest.fixture
def empty(virtual_reader: tuple[str, int]) -> None:
    """See that no card of another test still lies there as far as pcscd knows."""
    wait_until_empty()


SlotMaker = Callable[[int], VpcdSlot]


@pytest.fixture
def make_slot(empty: None, virtual_reader: tuple[str, int]) -> Iterator[SlotMaker]:
    """Return a maker of fields by port; each is cleared at the end."""
    made: list[VpcdSlot] = []

    def make(port: int) -> VpcdSlot:
        made.append(VpcdSlot(virtual_reader[0], port))
        return made[-1]

    yield make
    for slot in made:
        slot.close()


@pytest.fixture
def slot(make_slot: SlotMaker, virtual_reader: tuple[str, int]) -> VpcdSlot:
    """Return the first virtual reader's field: empty, and known to pcscd as empty."""
    return make_slot(virtual_reader[1])


@pytest.fixture
def second_slot(make_slot: SlotMaker) -> VpcdSlot:
    """Return the second virtual reader's field."""
    return make_slot(VPCD_SECOND_PORT)


@pytest.fixture
def watcher(slot: VpcdSlot) -> Iterator[PcscWatcher]:
    """Return a watcher of the empty virtual readers, already found."""
    watching = at_work()
    yield watching
    watching.close()
