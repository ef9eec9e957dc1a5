"""Ports for servers that the demonstration and the tests start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from provisioning.demo import children
from provisioning.demo.children import free_port


def test_no_call_of_somebody_else_takes_it() -> None:
    """It is none of those that the kernel gives to outgoing connections."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 <= free_port() < first for _ in range(20))


def test_nobody_listens_there() -> None:
    """A server may take it at once."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert server.getsockname()[1]


def test_none_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and what to do."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        taken = server.getsockname()[1]
        monkeypatch.setattr(children, "_PORTS", range(taken, taken + 1))
        with pytest.raises(OSError, match="end what holds"):
            free_port()
