"""A server behind TLS on loopback, its certificate of any dates, and one it asks for."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioning.office.pki import new_key

GENEROUS = 30.0  # seconds
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PEM = serialization.Encoding.PEM


@dataclass
class TlsServer:
    """`connections` made; `shown`: the certificate (DER) shown in each request's connection."""

    url: str
    connections: int = 0
    shown: list[bytes | None] = field(default_factory=list)


def certificate(key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime) -> bytes:
    """Return a self-signed certificate for 127.0.0.1, PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "centre")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begins, ends)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(PEM)


def files(folder: Path, begins: datetime, ends: datetime) -> tuple[Path, Path]:
    """Write a server's certificate and its key; return both paths."""
    key = new_key()
    (folder / "tls.pem").write_bytes(certificate(key, begins, ends))
    (folder / "tls.key").write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "tls.pem", folder / "tls.key"


@contextmanager
def serving(
    certificate: Path, key: Path, *, asks_for: Path | None = None, each: int = 100
) -> Iterator[TlsServer]:
    """Give a server that ends a connection after `each` answers; it ends with the block.

    `asks_for`: the authority under which callers must show a certificate, PEM.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if asks_for is not None:
        context.load_verify_locations(asks_for)
        context.verify_mode = ssl.CERT_REQUIRED
    listening = socket.create_server(("127.0.0.1", 0))
    server = TlsServer(f"https://127.0.0.1:{listening.getsockname()[1]}/")
    open_now: list[socket.socket] = []

    def work() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            server.connections += 1
            connection.settimeout(GENEROUS)
            open_now.append(connection)
            secure = context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
            open_now.append(secure)
            with secure:
                try:
                    secure.do_handshake()
                except OSError:
                    _linger(secure)
                    continue
                for _ in range(each):
                    if not _request(secure):
                        break
                    server.shown.append(secure.getpeercert(binary_form=True))
                    secure.sendall(ANSWER)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for one in open_now:
            try:
                socket.socket.shutdown(one, socket.SHUT_RDWR)
            except OSError:
                continue
        thread.join(GENEROUS)


def _request(secure: ssl.SSLSocket) -> bool:
    """Read a whole request; return whether one came."""
    data = b""
    try:
        while not _whole(data):
            read = secure.recv(4096)
            if not read:
                return False
            data += read
    except OSError:
        return False
    return True


def _whole(data: bytes) -> bool:
    head, end, body = data.lower().partition(b"\r\n\r\n")
    _, _, length = head.partition(b"content-length:")
    return bool(end) and len(body) >= (int(length.split()[0]) if length else 0)


def _linger(secure: ssl.SSLSocket) -> None:
    """Read on until the caller hangs up: a reset would overtake the alert that says why."""
    try:
        socket.socket.shutdown(secure, socket.SHUT_WR)
        while socket.socket.recv(secure, 4096):
            continue
    except OSError:
        return
