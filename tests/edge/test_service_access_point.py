"""Where the composed terminal listens: loopback always, its own Wi-Fi while a phone is wanted."""

from __future__ import annotations

import http.client
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import access_point
from edge.access_point import AccessPointFault
from edge.phones import helper as helpers
from edge.phones.desk import Phase
from edge.phones.wifi import OwnWifi
from tests.edge.phones.helper_made import Helper, helping
from tests.edge.test_service import SOON, Running, Starter, start, terminal, wait

__all__ = ["start", "terminal"]

OTHER_LOOPBACK = "127.0.0.2"
"""An address of this machine that stands for the one of its Wi-Fi."""
NAME = "Tram 7"
UP = f"up {OwnWifi(NAME, '').octets}\n"
PAGE = "/ban/dien-thoai"


def status(running: Running, address: str, host: str | None = None) -> int:
    """Return how the board answers at an address, asked for under its own name or another."""
    port = int(running.url.rpartition(":")[2])
    connection = http.client.HTTPConnection(address, port, timeout=SOON)
    connection.request("GET", "/bang", headers={"Host": host or f"{address}:{port}"})
    answer = connection.getresponse().status
    connection.close()
    return answer


def listens(running: Running, address: str) -> bool:
    """Return whether anything takes connections there."""
    port = int(running.url.rpartition(":")[2])
    with socket.socket() as trying:
        trying.settimeout(SOON)
        return trying.connect_ex((address, port)) == 0


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Helper]:
    """Return a helper that puts the network up, and a machine that says that it is its own."""
    monkeypatch.setattr(access_point, "fault_of", lambda _: None)
    with helping(tmp_path / "helper", [UP, UP]) as made:
        monkeypatch.setattr(helpers, "HELPER", made.place)
        yield made


@pytest.fixture
def with_wifi(start: Starter) -> Running:
    """Return a terminal that has a Wi-Fi of its own, and an open meeting and desk."""
    running = start(
        access_point=OTHER_LOOPBACK, access_point_security="wpa3", access_point_name=NAME
    )
    running.service.open_meeting("regular")
    running.open_desk()
    return running


def is_in(running: Running, phase: Phase) -> None:
    """Wait until the network is so far."""
    phones = running.service.phones
    assert phones is not None
    wait(lambda: phones.view().phase is phase)


def test_from_the_first_wish_to_the_end_of_the_meeting(
    with_wifi: Running, helper: Helper, caplog: pytest.LogCaptureFixture
) -> None:
    """Phones get the pages under that address alone; after the meeting nobody listens there.

    Loopback's names open nothing to what came by air: who stands at the terminal is let in by
    card. The passphrase is in no line of the log, no event and no bundle.
    """
    caplog.set_level(logging.DEBUG)
    assert not listens(with_wifi, OTHER_LOOPBACK)
    with_wifi.post(f"{PAGE}/bat", PAGE)
    is_in(with_wifi, Phase.ON)
    [given] = helper.given
    passphrase = given.strip()
    assert passphrase in with_wifi.get(PAGE)
    assert status(with_wifi, "127.0.0.1") == 200
    assert status(with_wifi, OTHER_LOOPBACK) == 200
    port = with_wifi.url.rpartition(":")[2]
    for host in ("evil.example", f"127.0.0.1:{port}", f"localhost:{port}"):
        assert status(with_wifi, OTHER_LOOPBACK, host) == 421
    assert status(with_wifi, "127.0.0.1", f"{OTHER_LOOPBACK}:{port}") == 421
    assert with_wifi.status()["troubles"] == []

    with_wifi.service.close_meeting()
    wait(lambda: not listens(with_wifi, OTHER_LOOPBACK))
    assert helper.left.acquire(timeout=SOON)
    assert passphrase not in with_wifi.get(PAGE)
    assert passphrase.encode() not in with_wifi.service.support_bundle()
    assert passphrase not in caplog.text
    state = with_wifi.service._config.state
    kept = b"".join(one.read_bytes() for one in state.rglob("*") if one.is_file())
    assert passphrase.encode() not in kept

    with_wifi.post(f"{PAGE}/bat", PAGE)
    is_in(with_wifi, Phase.ON)
    assert helper.given[1] != given


def test_a_terminal_that_stops_lets_go(with_wifi: Running, helper: Helper) -> None:
    """The helper hears of it before the process ends."""
    with_wifi.post(f"{PAGE}/bat", PAGE)
    is_in(with_wifi, Phase.ON)
    with_wifi.service.stop()
    assert helper.left.acquire(timeout=SOON)


def test_an_address_that_is_no_access_point(
    with_wifi: Running, helper: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door stays shut, and desk, status and page say why."""
    monkeypatch.setattr(access_point, "fault_of", lambda _: AccessPointFault.NOT_WIRELESS)
    with_wifi.post(f"{PAGE}/bat", PAGE)
    is_in(with_wifi, Phase.FAILED)
    assert with_wifi.status()["troubles"] == [AccessPointFault.NOT_WIRELESS]
    assert not listens(with_wifi, OTHER_LOOPBACK)
    for page in (PAGE, "/ban", "/trang-thai"):
        assert "lại là của dây mạng" in with_wifi.get(page)
    with_wifi.post(f"{PAGE}/tat", PAGE)
    assert with_wifi.status()["troubles"] == []


def test_nobody_puts_an_access_point_up(with_wifi: Running) -> None:
    """A terminal without root's part goes on; it says so where a phone is wanted."""
    with_wifi.post(f"{PAGE}/bat", PAGE)
    is_in(with_wifi, Phase.FAILED)
    assert with_wifi.status()["troubles"] == [AccessPointFault.HELPER_ABSENT]


def test_an_access_point_without_wpa3(start: Starter, helper: Helper) -> None:
    """Is none, even where a configuration came past its own check."""
    running = start(access_point=OTHER_LOOPBACK)
    assert running.service.phones is None
    running.open_desk()
    running.post(f"{PAGE}/bat", PAGE)
    assert helper.given == []
    assert not listens(running, OTHER_LOOPBACK)
