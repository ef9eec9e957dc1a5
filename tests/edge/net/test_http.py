"""One request against real sockets: good answers, and servers that do not behave."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from edge.clock import system_time
from edge.errors import CentreRefused, CentreUnreachable, ConfigInvalid
from edge.net.http import open_connection, request
from edge.net.tls import Tls
from provisioning.office.pki import new_key

GENEROUS = 30.0  # seconds
SHORT = 0.3  # seconds
DAY = timedelta(days=1)
HEAD = b"HTTP/1.1 200 OK\r\nX-Y: z\r\nContent-Length: 0\r\n\r\n"


class Server(NamedTuple):
    """A server that treats its one connection as `behaviour` says, and what it was sent."""

    url: str
    seen: list[bytes]


Serve = Callable[[Callable[[socket.socket], None]], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts a server; all end with the test."""
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def start(behaviour: Callable[[socket.socket], None]) -> Server:
        listening = socket.create_server(("127.0.0.1", 0))
        listening.settimeout(GENEROUS)
        seen: list[bytes] = []

        def work() -> None:
            with closing(listening), closing(listening.accept()[0]) as connection:
                connection.settimeout(GENEROUS)
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(4096)
                length = _length(data)
                while len(data.partition(b"\r\n\r\n")[2]) < length:
                    data += connection.recv(4096)
                seen.append(data)
                try:
                    behaviour(connection)
                except OSError:
                    return

        thread = threading.Thread(target=work)
        thread.start()
        threads.append(thread)
        sockets.append(listening)
        return Server(f"http://127.0.0.1:{listening.getsockname()[1]}/v1/segments", seen)

    yield start
    for thread in threads:
        thread.join(GENEROUS)
        assert not thread.is_alive()


def _length(data: bytes) -> int:
    for line in data.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def answering(data: bytes) -> Callable[[socket.socket], None]:
    """Return a behaviour that sends `data`."""
    return lambda connection: connection.sendall(data)


def test_good_answer(serve: Serve) -> None:
    """Status, headers in lower case and the body come back; the body went up as it was."""
    server = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nok"))
    answer = request("POST", server.url, b"segment", deadline=GENEROUS, max_bytes=10)
    assert (answer.status, answer.body, answer.headers["x-y"]) == (200, b"ok", "z")
    assert server.seen[0].startswith(b"POST /v1/segments HTTP/1.1\r\n")
    assert server.seen[0].endswith(b"\r\n\r\nsegment")


@pytest.mark.parametrize("left", range(len(HEAD)))
def test_head_that_is_cut_off(serve: Serve, left: int) -> None:
    """No part of a head passes for an answer, not even one that ends with a line."""
    server = serve(answering(HEAD[:left]))
    with pytest.raises(CentreUnreachable):
        request("GET", server.url, None, deadline=GENEROUS, max_bytes=10)


def test_answer_in_chunks(serve: Serve) -> None:
    """A chunked answer is put together."""
    chunks = b"2\r\nok\r\n3\r\nay!\r\n0\r\n\r\n"
    server = serve(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks))
    assert request("GET", server.url, None, deadline=GENEROUS, max_bytes=10).body == b"okay!"


def test_redirect_is_not_followed(serve: Serve) -> None:
    """A redirect is an answer like another; nothing is sent to where it points."""
    server = serve(
        answering(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        )
    )
    assert request("GET", server.url, None, deadline=GENEROUS, max_bytes=10).status == 302


def test_error_status_is_an_answer(serve: Serve) -> None:
    """500 is for the caller to judge."""
    server = serve(answering(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))
    assert request("GET", server.url, None, deadline=GENEROUS, max_bytes=10).status == 500


@pytest.mark.parametrize("length", [b"Content-Length: 1000\r\n", b""], ids=["declared", "open"])
def test_answer_beyond_the_ceiling(serve: Serve, length: bytes) -> None:
    """An answer larger than allowed is cut off, whether it says its size or not."""
    server = serve(answering(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + b"x" * 1000))
    with pytest.raises(CentreRefused):
        request("GET", server.url, None, deadline=GENEROUS, max_bytes=100)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
    ],
    ids=["nothing", "cut", "cut chunk", "bad chunk", "not HTTP", "long header"],
)
def test_server_that_answers_badly(serve: Serve, data: bytes) -> None:
    """Whatever is wrong with the answer, our error comes out and no other."""
    server = serve(answering(data))
    with pytest.raises(CentreUnreachable):
        request("GET", server.url, None, deadline=GENEROUS, max_bytes=1000)


def until_cut(connection: socket.socket) -> None:
    """Say nothing until the other side hangs up."""
    connection.recv(1)


def dripping(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Return a behaviour that sends a little, for ever."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        stop = threading.Event()
        while not stop.wait(0.02):
            connection.sendall(drop)

    return behave


@pytest.mark.parametrize(
    "behaviour",
    [
        until_cut,
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"y"),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"y"),
    ],
    ids=["silent", "headers", "one header", "body", "open body"],
)
def test_server_that_never_ends(serve: Serve, behaviour: Callable[[socket.socket], None]) -> None:
    """Silent or dripping, a server holds us no longer than the deadline."""
    server = serve(behaviour)
    with pytest.raises(CentreUnreachable):
        request("GET", server.url, None, deadline=SHORT, max_bytes=1_000_000)


def test_nobody_listens() -> None:
    """A closed port is an unreachable centre."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(CentreUnreachable) as caught:
        request("GET", f"http://127.0.0.1:{port}/", None, deadline=GENEROUS, max_bytes=10)
    assert caught.value.message == "Nothing listens at the centre's address."
    assert "Check the network and the address." in caught.value.next_step


def test_name_that_nobody_knows() -> None:
    """The error says that it is the name, whether no network or a wrong address is behind it."""
    with pytest.raises(CentreUnreachable) as caught:
        request("GET", "http://centre.invalid/", None, deadline=GENEROUS, max_bytes=10)
    assert caught.value.message == "The centre's name is not found."


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://[2001:db8::1]/x", "2001:db8::1", 80),
        ("https://[2001:db8::1]/x", "2001:db8::1", 443),
        ("http://[2001:db8::1]:8080/x", "2001:db8::1", 8080),
        ("http://centre.example/x", "centre.example", 80),
    ],
)
def test_port_of_an_address(url: str, host: str, port: int) -> None:
    """The end of an IPv6 address is no port."""
    connection, target = open_connection(url, GENEROUS, ssl.create_default_context)
    assert (connection.host, connection.port, target) == (host, port, "/x")


def tls_files(folder: Path) -> tuple[Path, Path]:
    """Write a self-signed certificate for 127.0.0.1 and its key; return both paths."""
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "centre")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    now = system_time()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - DAY, now + DAY)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "tls.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "tls.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "tls.pem", folder / "tls.key"


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Return the address of a server behind TLS, and its root certificate."""
    certificate, key = tls_files(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(GENEROUS)

    def work() -> None:
        with closing(listening), closing(listening.accept()[0]) as connection:
            connection.settimeout(GENEROUS)
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(4096)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            except OSError:
                return

    thread = threading.Thread(target=work)
    thread.start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}/", certificate
    thread.join(GENEROUS)


def test_server_under_the_given_root(tls_server: tuple[str, Path]) -> None:
    """TLS holds under the root that the caller trusts."""
    url, root = tls_server
    answer = request("GET", url, None, deadline=GENEROUS, max_bytes=10, tls=Tls(root))
    assert answer.body == b"ok"


def test_server_under_a_strangers_root(tls_server: tuple[str, Path]) -> None:
    """A certificate that no trusted root issued is an unreachable centre; the error says why."""
    url, _ = tls_server
    with pytest.raises(CentreUnreachable) as caught:
        request("GET", url, None, deadline=GENEROUS, max_bytes=10)
    assert caught.value.message == (
        "The centre's certificate does not hold: self-signed certificate."
    )
    assert "Check this terminal's clock, and the address." in caught.value.next_step


def test_plain_server_at_an_https_address() -> None:
    """A server without TLS at an https address is an unreachable centre, not a traceback."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(GENEROUS)

    def work() -> None:
        with closing(listening), closing(listening.accept()[0]) as connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    thread = threading.Thread(target=work)
    thread.start()
    url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
    with pytest.raises(CentreUnreachable):
        request("GET", url, None, deadline=GENEROUS, max_bytes=10)
    thread.join(GENEROUS)


@pytest.mark.parametrize("name", ["none.pem", "text.pem"])
def test_root_file_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    """A missing or damaged root file is a configuration error."""
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(ConfigInvalid):
        request(
            "GET",
            "https://127.0.0.1:1/",
            None,
            deadline=GENEROUS,
            max_bytes=10,
            tls=Tls(tmp_path / name),
        )


@pytest.mark.parametrize(
    "url",
    ["", "centre.example", "ftp://centre.example/", "http://", "http://u:p@h/", "http://[::1/"],
)
def test_address_that_cannot_be_used(url: str) -> None:
    """A wrong address is a configuration error that says how one looks."""
    with pytest.raises(ConfigInvalid) as caught:
        request("GET", url, None, deadline=GENEROUS, max_bytes=10)
    assert "https://" in caught.value.next_step
