"""Over the network: a line that breaks anywhere, and servers that mean no good."""

from __future__ import annotations

import hashlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import RepositoryUnreachable
from edge.repository.client import Fault
from edge.repository.fetch import FOREIGN, MAX_METADATA, HttpSource
from edge.repository.names import TARGETS, Kind, Target
from edge.repository.outcome import RepositoryState
from tests.edge.repository.made import AT, DAY, PACKAGE, Office, Taker
from tests.edge.repository.web import WITHIN, Scripted, line

LARGE = bytes(range(256)) * 1024  # 256 KiB
SMALL = bytes(range(256))
SHORT = 0.4  # seconds
NOT_FOUND = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LOGIN = b"<html>Please log in to this network</html>"

Serve = Callable[[Callable[[socket.socket, bytes], None]], Scripted]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts a scripted server; all end with the test."""
    servers: list[Scripted] = []

    def start(behaviour: Callable[[socket.socket, bytes], None]) -> Scripted:
        servers.append(Scripted(behaviour))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def large(office: Office, taker: Taker, tmp_path: Path) -> Office:
    """Return the publisher with a larger package out, which the terminal has not yet."""
    assert taker.delivered(PACKAGE) == b"first"
    office.publish(PACKAGE, LARGE, AT + DAY, tmp_path / "scratch")
    return office


def test_whole_set_over_one_connection(large: Office, taker: Taker) -> None:
    """A pass asks for each file once, and opens one connection for all of them."""
    with line(large.public) as (way, asked):
        result = taker.take(HttpSource(way.url))
    assert (result.state, result.taken) == (RepositoryState.UP_TO_DATE, (PACKAGE,))
    assert taker.delivered(PACKAGE) == LARGE
    assert len(asked) == len(set(asked)) == 5  # root, timestamp, snapshot, targets, package
    assert way.connections == 1


@pytest.mark.parametrize(
    "left", [1, 20, 300, 700, 1500, 2500, 4000, 5000, 30_000, 100_000, 200_000, 262_000]
)
def test_line_is_cut(large: Office, taker: Taker, left: int) -> None:
    """Wherever the line is cut, the next pass ends what the first began."""
    with line(large.public, left) as (way, _):
        first = taker.take(HttpSource(way.url))
        assert first.state in (RepositoryState.UNREACHABLE, RepositoryState.UP_TO_DATE)
        assert taker.delivered(PACKAGE) in (b"first", LARGE)
        second = taker.take(HttpSource(way.url))
    assert second.state is RepositoryState.UP_TO_DATE
    assert taker.delivered(PACKAGE) == LARGE


def test_file_is_cut_at_hundreds_of_places(tmp_path: Path) -> None:
    """All through an answer, head and body: what came is kept, and only the rest is asked for."""
    whole = Target(PACKAGE, Kind.SOFTWARE, len(SMALL), hashlib.sha256(SMALL).hexdigest())
    place = tmp_path / TARGETS / whole.place
    place.parent.mkdir(parents=True)
    place.write_bytes(SMALL)
    kept: list[int] = []
    with line(tmp_path) as (way, asked), closing(HttpSource(way.url)) as source:
        source.target(whole, io.BytesIO())
        for left in range(1, way.down):
            source.close()
            way.left = left
            out = io.BytesIO()
            with pytest.raises(RepositoryUnreachable):
                source.target(whole, out)
            have = out.getvalue()
            assert SMALL.startswith(have), left
            source.target(whole, out)
            assert out.getvalue() == SMALL, left
            assert asked[-1] == f"{TARGETS}/{whole.place}" + f" bytes={len(have)}-" * bool(have)
            kept.append(len(have))
    assert set(kept) == set(range(len(SMALL)))


def test_metadata_is_cut_at_hundreds_of_places(office: Office) -> None:
    """All through an answer: the whole file comes, or none of it."""
    name = "timestamp.json"
    whole = (office.shop.metadata / name).read_bytes()
    with line(office.public) as (way, _), closing(HttpSource(way.url)) as source:
        assert source.metadata(name) == whole
        for left in range(1, way.down):
            source.close()
            way.left = left
            with pytest.raises(RepositoryUnreachable):
                source.metadata(name)
            assert source.metadata(name) == whole


def test_what_came_is_not_fetched_again(large: Office, taker: Taker) -> None:
    """After a cut far into a file, only its rest comes down the line."""
    with line(large.public, 200_000) as (way, asked):
        taker.take(HttpSource(way.url, least=len(LARGE)))
        (part,) = (taker.folder / "parts").iterdir()
        have = part.stat().st_size
        assert 150_000 < have < len(LARGE)
        before = way.down
        assert taker.take(HttpSource(way.url)).taken == (PACKAGE,)
        assert way.down - before < len(LARGE) - have + 5000
    assert asked[-1].endswith(f"bytes={have}-")
    assert taker.delivered(PACKAGE) == LARGE


def test_beginning_that_was_spoilt(large: Office, taker: Taker) -> None:
    """A part that a power cut left full of zeros is found out, and fetched from zero again."""
    with line(large.public, 200_000) as (way, _):
        taker.take(HttpSource(way.url, least=len(LARGE)))
        (part,) = (taker.folder / "parts").iterdir()
        part.write_bytes(bytes(part.stat().st_size))
        assert taker.take(HttpSource(way.url)).taken == (PACKAGE,)
    assert taker.delivered(PACKAGE) == LARGE


def test_server_without_ranges(large: Office, taker: Taker, serve: Serve) -> None:
    """A server that answers a range with the whole file is as good, only dearer."""
    with line(large.public, 200_000) as (way, _):
        taker.take(HttpSource(way.url, least=len(LARGE)))

    def whole(connection: socket.socket, asked: bytes) -> None:
        name = asked.split(b" ")[1].decode().lstrip("/")
        path = large.public / name
        if not path.exists():
            connection.sendall(NOT_FOUND)
            return
        data = path.read_bytes()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + data)

    assert taker.take(HttpSource(serve(whole).url)).taken == (PACKAGE,)
    assert taker.delivered(PACKAGE) == LARGE


def test_login_page(large: Office, taker: Taker, serve: Serve) -> None:
    """A network that answers everything with its own page brings nothing and spoils nothing."""
    with line(large.public, 200_000) as (way, _):
        taker.take(HttpSource(way.url, least=len(LARGE)))
    (part,) = (taker.folder / "parts").iterdir()
    have = part.read_bytes()

    def page(connection: socket.socket, _asked: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(LOGIN)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + LOGIN)

    result = taker.take(HttpSource(serve(page).url))
    assert result.state is RepositoryState.REFUSED
    assert taker.delivered(PACKAGE) == b"first"
    assert part.read_bytes() == have
    with line(large.public) as (way, _):
        assert taker.take(HttpSource(way.url)).taken == (PACKAGE,)


def test_endless_metadata(taker: Taker, serve: Serve) -> None:
    """A timestamp without an end is cut at its limit."""
    sent: list[int] = []

    def endless(connection: socket.socket, asked: bytes) -> None:
        if b"root.json" in asked:
            connection.sendall(NOT_FOUND)
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b" " * 4096)
            sent.append(4096)

    result = taker.take(HttpSource(serve(endless).url))
    assert (result.state, result.fault) == (RepositoryState.REFUSED, FOREIGN)
    assert sum(sent) < 64 * MAX_METADATA  # what the sockets between take, and no more


def test_endless_target(large: Office, taker: Taker, serve: Serve) -> None:
    """A target without an end is cut at the length that was signed for."""

    def endless(connection: socket.socket, asked: bytes) -> None:
        name = asked.split(b" ")[1].decode().lstrip("/")
        path = large.public / name
        if name.startswith("targets/"):
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while True:
                connection.sendall(b"x" * 4096)
        if not path.exists():
            connection.sendall(NOT_FOUND)
            return
        data = path.read_bytes()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + data)

    result = taker.take(HttpSource(serve(endless).url))
    assert result.state is RepositoryState.PARTLY
    assert taker.delivered(PACKAGE) == b"first"
    assert all(p.stat().st_size <= len(LARGE) for p in (taker.folder / "parts").iterdir())


def test_slow_retrieval(large: Office, taker: Taker, serve: Serve) -> None:
    """A server that drips is left after a slice; what dripped is kept."""
    left = threading.Event()

    def drip(connection: socket.socket, asked: bytes) -> None:
        name = asked.split(b" ")[1].decode().lstrip("/")
        path = large.public / name
        if not path.exists():
            connection.sendall(NOT_FOUND)
            return
        data = path.read_bytes()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        if not name.startswith("targets/"):
            connection.sendall(data)
            return
        connection.sendall(data[:100])
        connection.recv(1)  # returns when the terminal has gone
        left.set()

    result = taker.take(HttpSource(serve(drip).url, slice_seconds=SHORT))
    assert result.state is RepositoryState.UNREACHABLE
    assert left.wait(WITHIN)
    (part,) = (taker.folder / "parts").iterdir()
    assert part.read_bytes() == LARGE[:100]


def test_server_that_is_not_ready(taker: Taker, serve: Serve) -> None:
    """500 is no answer about what there is: it is tried again."""
    answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    server = serve(lambda connection, _: connection.sendall(answer))
    assert taker.take(HttpSource(server.url)).state is RepositoryState.UNREACHABLE


def test_nobody_there(taker: Taker) -> None:
    """Without a server what is held stays, and the next step is named."""
    result = taker.take(HttpSource("http://127.0.0.1:1"))
    assert result.state is RepositoryState.UNREACHABLE
    assert result.next_step


def test_repository_with_a_file_missing(large: Office, taker: Taker) -> None:
    """A set of which a file was not copied is refused by name."""
    (large.shop.metadata / "3.snapshot.json").unlink()
    with line(large.public) as (way, _):
        assert taker.take(HttpSource(way.url)).fault == Fault.MISSING
