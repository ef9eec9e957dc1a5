"""The PC/SC service goes away in every way it can, and comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER, VirtualReader, pcscd_runs
from reader.errors import PcscUnavailable, ReaderError
from reader.transport import PcscWatcher, list_readers, pcsc_available
from reader.watch import CardLifted, WaitingFor
from tests.reader.transport.conftest import (
    SELECT,
    WITHIN,
    Echo,
    Stalled,
    at_work,
    laid,
    ready,
    until,
)

pytestmark = pytest.mark.card


@pytest.fixture
def watching(own_pcscd: VirtualReader, slot: VpcdSlot) -> Iterator[PcscWatcher]:
    """Return a watcher of a service that the test may stop."""
    watching = at_work()
    yield watching
    watching.close()


def served(watching: PcscWatcher, slot: VpcdSlot) -> None:
    """See that a card is read as ever."""
    slot.lay(Echo())
    assert laid(watching).connection.transmit(SELECT) == b"\x90\x00"
    slot.lift()
    assert until(watching, CardLifted) == CardLifted()


def test_it_ends_and_returns(
    watching: PcscWatcher, slot: VpcdSlot, own_pcscd: VirtualReader
) -> None:
    """Card, reader and service are told lost, then found again, without anybody's help."""
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
    assert VPCD_READER in ready(watching)
    served(watching, slot)


def test_it_is_killed_in_the_middle_of_a_command(
    watching: PcscWatcher, slot: VpcdSlot, own_pcscd: VirtualReader
) -> None:
    """The command ends at once and says that the service is gone, not the card."""
    card = Stalled()
    slot.lay(card)
    connection = laid(watching).connection

    def kill() -> None:
        card.reached.wait(WITHIN)
        own_pcscd.kill()

    killing = threading.Thread(target=kill)
    killing.start()
    with pytest.raises(PcscUnavailable):
        connection.transmit(SELECT, WITHIN)
    killing.join()
    with pytest.raises(PcscUnavailable):
        connection.transmit(SELECT)
    assert until(watching, CardLifted) == CardLifted()
    assert until(watching, WaitingFor) == WaitingFor("pcsc")
    card.go_on.set()
    slot.lift()
    own_pcscd.start()
    ready(watching)
    served(watching, slot)


def test_it_is_killed_while_a_card_is_waited_for(
    watching: PcscWatcher, slot: VpcdSlot, own_pcscd: VirtualReader
) -> None:
    """Told at once, in the middle of the wait."""
    killing = threading.Timer(0.2, own_pcscd.kill)
    killing.start()
    assert until(watching, WaitingFor) == WaitingFor("pcsc")
    killing.join()
    own_pcscd.start()
    ready(watching)
    served(watching, slot)


def test_it_is_another_when_looked_at_again(
    watching: PcscWatcher, slot: VpcdSlot, own_pcscd: VirtualReader
) -> None:
    """A context of a service that was replaced meanwhile is stale; a new one is made."""
    slot.lay(Echo())
    stale = laid(watching).connection
    own_pcscd.kill()
    slot.lift()
    own_pcscd.start()
    with pytest.raises(PcscUnavailable):
        stale.transmit(SELECT)
    assert until(watching, CardLifted) == CardLifted()
    ready(watching)
    served(watching, slot)


def test_it_hangs(watching: PcscWatcher, slot: VpcdSlot, own_pcscd: VirtualReader) -> None:
    """A service that answers nothing is waited for like one that is absent."""
    own_pcscd.pause()
    try:
        assert until(watching, WaitingFor) == WaitingFor("pcsc")
        assert watching.next_event(0.1) is None
        assert not pcsc_available()
    finally:
        own_pcscd.resume()
    ready(watching)
    served(watching, slot)


def test_it_hangs_with_a_card_in_hand(
    watching: PcscWatcher, slot: VpcdSlot, own_pcscd: VirtualReader
) -> None:
    """Like a card that stalls: speaking to it and letting go of it end; it has to be lifted."""
    slot.lay(Echo())
    connection = laid(watching).connection
    own_pcscd.pause()
    try:
        with pytest.raises(ReaderError):
            connection.transmit(SELECT, 0.1)
        connection.close()
    finally:
        own_pcscd.resume()
    assert watching.next_event(0.6) is None
    slot.lift()
    assert until(watching, CardLifted) == CardLifted()
    served(watching, slot)


def test_it_is_absent_at_the_start(own_pcscd: VirtualReader) -> None:
    """The watcher starts all the same, waits, and goes to work when the service comes."""
    own_pcscd.stop()
    watching = PcscWatcher(VPCD_READER)
    assert watching.next_event(WITHIN) == WaitingFor("pcsc")
    assert watching.next_event(0.0) is None
    own_pcscd.start()
    ready(watching)
    watching.close()
    watching.close()


def test_it_has_no_reader_yet(own_pcscd: VirtualReader, tmp_path: Path) -> None:
    """A service without a reader is told as that; the reader that appears later is taken."""
    own_pcscd.stop()
    program = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None
    bare = subprocess.Popen([program, "--foreground", "--config", str(tmp_path)])
    watching = PcscWatcher(VPCD_READER)
    try:
        while watching.next_event(WITHIN) != WaitingFor("reader"):
            assert bare.poll() is None
        assert pcscd_runs()
        assert list_readers() == ()
    finally:
        bare.kill()
        bare.wait()
    own_pcscd.start()
    ready(watching)
    watching.close()
