"""One application at an address, and at others while they are wanted."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from flask import Flask, Response, request
from waitress.channel import HTTPChannel

from edge.web.serving import PageServer
from provisioning.demo.children import free_port

FIRST, OTHER = "127.0.0.1", "127.0.0.2"
WITHIN = 30.0  # seconds
THEN = "Sat, 07 Nov 2026 12:00:00 GMT"


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

    @app.get("/then")
    def then() -> Response:
        return Response("a page of then", headers={"Date": THEN})

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


def exchange(port: int, request: str) -> tuple[str, list[str], bytes]:
    """Send a request as it stands; return status line, fields and body, read to the very end."""
    with socket.create_connection((FIRST, port), timeout=WITHIN) as line:
        line.sendall(request.encode())
        with line.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    return status, fields, body


def names(fields: list[str]) -> list[str]:
    """Return the names of fields, each as often as it stands."""
    return sorted(field.partition(":")[0] for field in fields)


@pytest.mark.usefixtures("served")
def test_a_connection_that_stays(port: int) -> None:
    """Each field stands once in each answer, and nothing of an end; the second one ends it."""
    asked = "GET / HTTP/1.1\r\nHost: x\r\n"
    status, fields, rest = exchange(port, f"{asked}\r\n{asked}Connection: close\r\n\r\n")
    assert status == "HTTP/1.1 200 OK"
    assert names(fields) == ["Content-Length", "Content-Type", "Date"]
    size = len(FIRST)
    assert rest[:size] == FIRST.encode()
    head, _, body = rest[size:].partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    assert status == "HTTP/1.1 200 OK"
    assert names(fields) == ["Connection", "Content-Length", "Content-Type", "Date"]
    assert "Connection: close" in fields
    assert body == FIRST.encode()


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("asked", ["HTTP/1.1\r\nHost: x\r\nConnection: CLOSE", "HTTP/1.0"])
def test_who_wants_one_answer(asked: str, port: int) -> None:
    """The connection ends after it, and the answer says so."""
    status, fields, body = exchange(port, f"GET / {asked}\r\n\r\n")
    assert status.endswith(" 200 OK")
    assert "Connection: close" in fields
    assert body == FIRST.encode()


@pytest.mark.usefixtures("served")
def test_an_old_client_that_stays(port: int) -> None:
    """Of HTTP 1.0: it is told that the connection stays."""
    with socket.create_connection((FIRST, port), timeout=WITHIN) as line:
        line.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        with line.makefile("rb") as answer:
            fields = [field.strip() for field in iter(answer.readline, b"\r\n")]
    assert b"Connection: Keep-Alive" in fields


@pytest.mark.usefixtures("served")
def test_a_page_that_says_its_own_date(port: int) -> None:
    """It stands as the page said it, and once."""
    asked = "GET /then HTTP/1.1\r\nHost: x\r\n"
    _, fields, _ = exchange(port, f"{asked}\r\n{asked}Connection: close\r\n\r\n")
    assert [field for field in fields if field.startswith("Date:")] == [f"Date: {THEN}"]
