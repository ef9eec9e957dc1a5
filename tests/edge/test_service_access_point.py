"""Where the composed terminal listens: loopback always, its own Wi-Fi where that is one."""

from __future__ import annotations

import http.client
import socket

import pytest

from edge import access_point
from edge.access_point import AccessPointFault
from tests.edge.test_service import SOON, Running, Starter, start, terminal

__all__ = ["start", "terminal"]

OTHER_LOOPBACK = "127.0.0.2"
"""An address of this machine that stands for the one of its Wi-Fi."""


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


def test_an_access_point_of_its_own(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phones get the pages under the address of that network, and under no other name."""
    monkeypatch.setattr(access_point, "fault_of", lambda _: None)
    running = start(access_point=OTHER_LOOPBACK, access_point_security="wpa3")
    assert status(running, "127.0.0.1") == 200
    assert status(running, OTHER_LOOPBACK) == 200
    assert status(running, OTHER_LOOPBACK, "evil.example") == 421
    assert running.status()["troubles"] == []


def test_an_address_that_is_no_access_point(start: Starter) -> None:
    """The terminal starts, listens on loopback alone, and its status says why."""
    running = start(access_point=OTHER_LOOPBACK, access_point_security="wpa3")
    assert running.status()["troubles"] == [AccessPointFault.ABSENT]
    assert not listens(running, OTHER_LOOPBACK)
    assert status(running, "127.0.0.1", f"{OTHER_LOOPBACK}:8080") == 421
    assert "Điểm phát Wi-Fi của trạm chưa bật" in running.get("/trang-thai")


def test_an_access_point_without_wpa3(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is not listened for, even where a configuration came past its own check."""
    monkeypatch.setattr(access_point, "fault_of", lambda _: None)
    running = start(access_point=OTHER_LOOPBACK)
    assert not listens(running, OTHER_LOOPBACK)
