"""The virtual reader's field, against the server's side of vpcd's protocol."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from provisioning.errors import VirtualReaderAbsent, VirtualReaderBusy
from provisioning.softcard.chip import Chip
from provisioning.softcard.faults import card_of
from provisioning.softcard.hostile import Foreign, Stalling
from provisioning.softcard.image import CardImage, Faults
from provisioning.softcard.slot import Card, let_go
from provisioning.softcard.vpcd import VpcdSlot

WITHIN = 10.0  # seconds; far more than anything here takes


class FakeVpcd:
    """The protocol's other side: takes one client at a time and asks it for its ATR."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(WITHIN)
        self.port = int(self._server.getsockname()[1])
        self.atr = b""
        self._client: socket.socket | None = None

    def take(self) -> None:
        """Accept a client and power it, as the driver does when it polls."""
        self.drop()
        self._client, _ = self._server.accept()
        self._client.settimeout(WITHIN)
        self.atr = self.ask(b"\x04")
        self.send(b"\x01")

    def send(self, message: bytes) -> None:
        """Send a message that has no answer."""
        assert self._client is not None
        self._client.sendall(len(message).to_bytes(2, "big") + message)

    def ask(self, message: bytes) -> bytes:
        """Send a message; return the answer, empty where the client went away."""
        self.send(message)
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def hear(self) -> bytes:
        """Return what comes by itself; empty once the client has gone."""
        return self._exactly(1)

    def drop(self) -> None:
        """Let the client go, as when pcscd ends."""
        if self._client is not None:
            self._client.close()

    def close(self) -> None:
        """Stop listening."""
        self.drop()
        self._server.close()

    def _exactly(self, size: int) -> bytes:
        assert self._client is not None
        data = b""
        while len(data) < size and (chunk := self._client.recv(size - len(data))):
            data += chunk
        return data


@pytest.fixture
def vpcd() -> Iterator[FakeVpcd]:
    """Return a listening reader."""
    server = FakeVpcd()
    yield server
    server.close()


@pytest.fixture
def slot(vpcd: FakeVpcd) -> Iterator[VpcdSlot]:
    """Return the field of that reader."""
    slot = VpcdSlot(port=vpcd.port, answer_within=WITHIN)
    yield slot
    slot.close()


def _while_taking(vpcd: FakeVpcd, act: Callable[[], None]) -> None:
    taking = threading.Thread(target=vpcd.take)
    taking.start()
    act()
    taking.join()


def test_laid_asked_and_lifted(
    vpcd: FakeVpcd, slot: VpcdSlot, make_image: Callable[..., CardImage]
) -> None:
    """Laying connects, the ATR and APDUs are answered, lifting disconnects."""
    _while_taking(vpcd, lambda: slot.lay(Chip(make_image())))
    assert slot.occupied
    assert vpcd.atr == make_image().atr
    assert vpcd.ask(bytes.fromhex("00B09C0002")).hex() == "31149000"
    slot.lift()
    assert vpcd.hear() == b""
    slot.lift()


class Begun:
    """A card that tells when a command has reached it."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.atr = card.atr
        self.asked = threading.Event()

    def reset(self) -> None:
        """Reset the card."""
        self.card.reset()

    def leave(self) -> None:
        """Let the card go."""
        let_go(self.card)

    def transmit(self, command: bytes) -> bytes:
        """Tell, then answer as the card does."""
        self.asked.set()
        return self.card.transmit(command)


def test_a_card_that_stalls_is_lifted_at_once(
    vpcd: FakeVpcd, slot: VpcdSlot, make_image: Callable[..., CardImage]
) -> None:
    """A command under way for ever does not hold the card; the next one can be laid."""
    card = Begun(card_of(make_image(faults=Faults(stall_at=1))))
    _while_taking(vpcd, lambda: slot.lay(card))
    vpcd.send(bytes.fromhex("00B09C0002"))
    assert card.asked.wait(WITHIN)
    slot.lift()
    assert not slot.occupied
    assert vpcd.hear() == b""
    _while_taking(vpcd, lambda: slot.lay(Chip(make_image())))
    assert vpcd.ask(bytes.fromhex("00B09C0002")).hex() == "31149000"


def test_an_empty_field(slot: VpcdSlot) -> None:
    """Before anything is laid, no card lies there, and lifting is harmless."""
    slot.lift()
    assert not slot.occupied


def test_power_and_reset_reach_the_chip(
    vpcd: FakeVpcd, slot: VpcdSlot, make_image: Callable[..., CardImage]
) -> None:
    """Off, on and reset have no answer, and each selects the master file again."""
    _while_taking(vpcd, lambda: slot.lay(Chip(make_image())))
    select = bytes.fromhex("00A4020C02011C")
    read = bytes.fromhex("00B0000002")
    for control in (b"\x00", b"\x01", b"\x02"):
        assert vpcd.ask(select).hex() == "9000"
        assert vpcd.ask(read).hex() == "31149000"
        vpcd.send(control)
        assert vpcd.ask(read).hex() == "6986"


def test_a_second_card_replaces_the_first(vpcd: FakeVpcd, slot: VpcdSlot) -> None:
    """The reader sees the first one leave before the second comes."""
    _while_taking(vpcd, lambda: slot.lay(Foreign()))

    def next_card() -> None:
        assert vpcd.hear() == b""
        vpcd.take()

    taking = threading.Thread(target=next_card)
    taking.start()
    slot.lay(Foreign(atr=bytes.fromhex("3B800181")))
    taking.join()
    assert vpcd.atr == bytes.fromhex("3B800181")


def test_a_torn_card_leaves_by_itself(vpcd: FakeVpcd, slot: VpcdSlot) -> None:
    """After so many APDUs the next one finds no card; control messages do not count."""
    _while_taking(vpcd, lambda: slot.lay(Foreign(), tear_after=2))
    command = bytes.fromhex("00A4020C02011C")
    assert vpcd.ask(command).hex() == "6a82"
    vpcd.send(b"\x02")
    assert vpcd.ask(command).hex() == "6a82"
    assert vpcd.ask(command) == b""
    slot.lift()
    assert not slot.occupied


def test_lifted_while_it_answers(vpcd: FakeVpcd, slot: VpcdSlot) -> None:
    """A card that leaves in the middle of a command answers it no more."""
    lifting = threading.Thread(target=slot.lift)

    def lift_meanwhile(_seconds: float) -> None:
        lifting.start()
        while slot.occupied:
            time.sleep(0.001)

    _while_taking(vpcd, lambda: slot.lay(Stalling(Foreign(), 1.0, lift_meanwhile)))
    assert vpcd.ask(bytes.fromhex("00A4020C02011C")) == b""
    lifting.join()


def test_the_reader_goes_away(vpcd: FakeVpcd, slot: VpcdSlot) -> None:
    """When the service ends, the card lies nowhere, and lifting it is harmless."""
    _while_taking(vpcd, lambda: slot.lay(Foreign()))
    vpcd.drop()
    slot.lift()
    assert not slot.occupied


def test_another_client_holds_the_reader(vpcd: FakeVpcd) -> None:
    """A client that is never asked says that the reader is busy, and hangs no longer."""
    slot = VpcdSlot(port=vpcd.port, answer_within=0.05)
    with pytest.raises(VirtualReaderBusy, match="another program"):
        slot.lay(Foreign())
    assert not slot.occupied


def test_nothing_listens(vpcd: FakeVpcd) -> None:
    """Without a virtual reader the error says what to start."""
    vpcd.close()
    with pytest.raises(VirtualReaderAbsent, match="pcscd"):
        VpcdSlot(port=vpcd.port).lay(Foreign())
