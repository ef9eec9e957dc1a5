"""What stands between terminal and centre cuts, doubles, delays and answers by itself."""

from __future__ import annotations

import signal

import pytest

from tests.faults.conftest import Starter
from tests.faults.cuts import DOWN, UP, sweep
from tests.faults.ledger import Ledger
from tests.faults.office import Office
from tests.faults.proxy import AWAY, PAGE, Proxy
from tests.torture.ledger import Violation

STEP = 61
"""Bytes between two cuts; `make torture` takes each."""
FAKETIME = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.parametrize("way", [UP, DOWN])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_connection_cut(
    way: str, office: Office, start: Starter, ledger: Ledger, proxy: Proxy
) -> None:
    """At any byte of a segment or of its answer: the next pass brings what is not there."""
    cuts = sweep(start("TT-0001", proxy.url), proxy, way, STEP)
    assert ledger.compare(office.database) == cuts + 3


def test_everything_twice(office: Office, start: Starter, ledger: Ledger, proxy: Proxy) -> None:
    """Each segment arrives twice, and all of them once more at the end."""
    terminal = start("TT-0001", proxy.url)
    proxy.behave = proxy.twice
    for _ in range(5):
        terminal.tap(3)
        assert terminal.once()["state"] == "up-to-date"
    for request in proxy.requests:
        assert proxy.forward(request).startswith(b"HTTP/1.1 200")
    terminal.comes_home()
    assert ledger.compare(office.database) == 16


def test_reordered(office: Office, start: Starter, ledger: Ledger, proxy: Proxy) -> None:
    """Segments that were held back arrive last first, after a centre that lost its memory."""
    terminal = start("TT-0001", proxy.url)
    for _ in range(5):
        terminal.tap(3)
        assert terminal.once()["state"] == "up-to-date"
    sent = list(proxy.requests)
    folder = office.folder / "other"
    other = Office(folder, f"sqlite:///{folder / 'centre.sqlite'}", like=office)
    other.start()
    other.wait_ready()
    try:
        second = Proxy(other.port)
        for request in reversed(sent):
            assert second.forward(request).startswith(b"HTTP/1.1 200")
        second.close()
        assert ledger.compare(other.database) == 16
    finally:
        other.kill()
    terminal.comes_home()
    assert ledger.compare(office.database) == 16


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_gaps(office: Office, start: Starter, ledger: Ledger, proxy: Proxy) -> None:
    """A centre without memory is brought late segments first: it asks for what is missing."""
    terminal = start("TT-0001", proxy.url)
    for _ in range(5):
        terminal.tap(3)
        assert terminal.once()["state"] == "up-to-date"
    office.kill()
    for file in office.folder.glob("centre.sqlite*"):
        file.unlink()
    office.start()
    office.wait_ready()
    for late in (proxy.requests[3], proxy.requests[1]):
        assert proxy.forward(late).startswith(b"HTTP/1.1 200")
    terminal.tap(1)
    assert terminal.once()["state"] == "up-to-date"
    terminal.comes_home()
    assert ledger.compare(office.database) == 17


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_delayed_by_a_day(office: Office, start: Starter, ledger: Ledger, proxy: Proxy) -> None:
    """What a proxy kept for a day arrives among what was sent since: nothing is held twice."""
    terminal = start("TT-0001", proxy.url)
    held: list[bytes] = []

    def hold(request: bytes) -> bytes:
        held.append(request)
        return AWAY

    proxy.behave = hold
    for _ in range(3):
        terminal.tap(2)
        assert terminal.once()["state"] == "unreachable"
    office.kill(signal.SIGTERM)
    office.start(["faketime", "-f", "+1d"], FAKETIME)
    office.wait_ready()
    proxy.behave = proxy.forward
    assert proxy.forward(held[1]).startswith(b"HTTP/1.1 200")
    terminal.tap(2)
    assert terminal.once()["state"] == "up-to-date"
    for request in held:
        assert proxy.forward(request).startswith(b"HTTP/1.1 200")
    terminal.comes_home()
    assert ledger.compare(office.database) == 9


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_proxy_with_a_page_of_its_own(
    office: Office, start: Starter, ledger: Ledger, proxy: Proxy
) -> None:
    """Its 200 acknowledges nothing, and neither does an answer to something else."""
    terminal = start("TT-0001", proxy.url)
    terminal.tap(3)
    proxy.behave = lambda _: PAGE
    said = terminal.once()
    assert (said["state"], "not signed by the centre" in said["why"]) == ("refused", True)
    with pytest.raises(Violation, match="are lost"):
        ledger.compare(office.database)
    other = start("TT-0002", proxy.url)
    proxy.behave = proxy.forward
    other.tap(1)
    assert other.once()["state"] == "up-to-date"
    foreign = proxy.forward(proxy.requests[-1])
    proxy.behave = lambda _: foreign
    assert terminal.once()["state"] == "refused"
    proxy.behave = proxy.forward
    assert terminal.once()["state"] == "up-to-date"
    terminal.comes_home()
    assert ledger.compare(office.database) == 6
