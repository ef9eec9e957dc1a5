"""One application at an address, and at others while they are wanted."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from flask import Flask, request
from waitress.channel import HTTPChannel

from edge.web.serving import PageServer
from provisioning.demo.children import free_port

FIRST, OTHER = "127.0.0.1", "127.0.0.2"
WITHIN = 30.0  # seconds


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    return free_port()


@pytest.fixture
def server(port: int) -> PageServer:
    """Return a server that says by which address a request came; its loop has not begun."""
    app = Flask("addresses")

    @app.get("/")
    def by() -> str:
        return str(request.environ["SERVER_NAME"])

    return PageServer(app, FIRST, port)


@pytest.fixture
def served(server: PageServer) -> Iterator[PageServer]:
    """Return it while it serves."""
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server
    server.stop()
    thread.join(WITHIN)


def by(address: str, port: int) -> str:
    """Return what the application says to who comes by an address."""
    with urllib.request.urlopen(f"http://{address}:{port}/", timeout=WITHIN) as answer:
        return str(answer.read().decode())


def test_another_address_while_it_is_wanted(served: PageServer, port: int) -> None:
    """Whoever came by it is told so; once it is shut nobody comes in there, elsewhere they do."""
    served.listen(OTHER)
    assert (by(OTHER, port), by(FIRST, port)) == (OTHER, FIRST)
    served.shut(OTHER)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((OTHER, port), WITHIN)
    assert by(FIRST, port) == FIRST
    served.listen(OTHER)
    assert by(OTHER, port) == OTHER


def test_shut_before_anybody_was_served_there(server: PageServer, port: int) -> None:
    """Nothing is left listening: who would come waits for no answer."""
    server.listen(OTHER)
    server.shut(OTHER)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((OTHER, port), WITHIN)
    server.stop()
    server.run()


def test_an_address_that_is_none_of_this_machine(server: PageServer) -> None:
    """Is refused, and the server goes on without it."""
    with pytest.raises(OSError, match="assign"):
        server.listen("192.0.2.1")
    server.stop()
    server.run()


@pytest.mark.usefixtures("served")
def test_an_answer_does_not_say_what_serves(port: int) -> None:
    """Neither which program it is nor of which version."""
    with urllib.request.urlopen(f"http://{FIRST}:{port}/", timeout=WITHIN) as answer:
        said = {str(name).casefold() for name in answer.headers}
    assert said & {"server", "via", "x-powered-by"} == set()


@pytest.mark.usefixtures("served")
def test_an_answer_is_one_packet(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Head and body go out together, so that whoever waits for them wakes once."""
    sent: list[bytes] = []
    send = HTTPChannel.send

    def listening(channel: HTTPChannel, data: bytes, do_close: bool = True) -> int:
        sent.append(bytes(data))
        return send(channel, data, do_close)

    monkeypatch.setattr(HTTPChannel, "send", listening)
    assert by(FIRST, port) == FIRST
    (packet,) = sent
    assert packet.startswith(b"HTTP/1.1 200 OK\r\n")
    assert packet.endswith(b"\r\n\r\n" + FIRST.encode())
