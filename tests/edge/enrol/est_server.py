"""A small EST server of the tests, behind TLS on loopback: standard library, project's CA.

Lives here: the three doors by name, claims, quarantine, what the server is told to do wrong.
It is written from RFC 7030, not from the client: bodies are base64 of what `openssl` reads.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from edge.net.tls import NO_CHECK_TIME
from edge.wire.claim import Claim
from edge.wire.event import timestamp
from edge.wire.reenrol import open_reenrol
from provisioning.office.certificates import TERMINAL_VALIDITY
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import START, TERMINAL
from verify import jws

NAME = "centre.test"
ORGANISATION = "01234567890123"
SECRET = bytes(range(32))
YEAR = timedelta(days=365)
LONG = 30.0  # seconds


@dataclass
class EstServer:
    """What the server knows, and what it is told to do. Times of certificates: `now`."""

    ca: Authority
    root: bytes
    """Certificate (DER) above the server's own."""
    port: int = 0
    now: datetime = START
    validity: timedelta = TERMINAL_VALIDITY
    quarantine: bool = False
    approve_after: int | None = None
    """Askings after which somebody approves."""
    retry_after: str = "7"
    attributes: bytes | None = None
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    """Instead of its own: status, Content-Type and body by the end of the path."""
    issued_by: Authority | None = None
    named: str | None = None
    asked: list[str] = field(default_factory=list)
    """Door, path's end, and the key's fingerprint where it matters."""
    bound: dict[str, bytes] = field(default_factory=dict)
    """Which key used a claim."""
    alarms: list[str] = field(default_factory=list)
    shown: list[bytes] = field(default_factory=list)
    """Certificates that were shown with requests of `told`."""
    cut: bool = False
    """Break each connection once the request is in, before anything is answered."""

    @property
    def claim(self) -> Claim:
        """Return this server's one claim."""
        return Claim(
            claim_id="k-1",
            secret=SECRET,
            enrol=f"https://enrol.{NAME}:{self.port}",
            anchors=(self.root,),
            terminal=TERMINAL,
            organisation=ORGANISATION,
            technician="An",
            until=timestamp(START + YEAR),
        )

    @property
    def centre(self) -> str:
        """Return the address that a terminal is configured with."""
        return f"https://terminals.{NAME}:{self.port}"

    def roots(self, folder: Path) -> Path:
        """Return a PEM file of what is above the server's own certificate."""
        path = folder / "roots.pem"
        path.write_bytes(x509.load_der_x509_certificate(self.root).public_bytes(Encoding.PEM))
        return path

    def answer(
        self, door: str, path: str, headers: Message, body: bytes, shown: bytes
    ) -> tuple[int, str, bytes]:
        """Return status, Content-Type and body."""
        what = path.removeprefix("/.well-known/est/")
        self.asked.append(f"{door} {what}")
        if what == "told":
            self.shown.append(shown)
        if what in self.answers:
            return self.answers[what]
        if what == "cacerts":
            return self._certificates(self.ca.certificate)
        if what == "csrattrs":
            if self.attributes is None:
                return 204, "", b""
            return 200, "application/csrattrs", base64.encodebytes(self.attributes)
        if what == "simpleenroll" and door == "enrol":
            return self._enrol(headers, body)
        if what == "simplereenroll" and door in ("terminals", "lapsed"):
            return self._renew(door, headers, body, shown)
        return 404, "text/plain", b"nothing here"

    def _enrol(self, headers: Message, body: bytes) -> tuple[int, str, bytes]:
        assert headers["content-type"] == "application/pkcs10"
        said = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()
        name, _, secret = said.partition(":")
        claim = self.claim
        if (name, base64.urlsafe_b64decode(secret + "=")) != (claim.claim_id, claim.secret):
            return 401, "text/plain", b"who?"
        csr = x509.load_der_x509_csr(base64.b64decode(body))
        return self._decide(csr, name, claim.terminal)

    def _renew(
        self, door: str, headers: Message, body: bytes, shown: bytes
    ) -> tuple[int, str, bytes]:
        assert bool(shown) is (door == "terminals")
        if door == "terminals":
            assert headers["content-type"] == "application/pkcs10"
            csr = x509.load_der_x509_csr(base64.b64decode(body))
        else:
            assert headers["content-type"] == "application/jose"
            shown = jws.read_header(body.decode(), max_size=100_000).x5c[0]
            asked = open_reenrol(body.decode(), lambda header: jws.certificate_key(header.x5c[0]))
            csr = x509.load_der_x509_csr(asked.csr)
        old = x509.load_der_x509_certificate(shown)
        if door == "terminals" and old.not_valid_after_utc < self.now:
            return 400, "text/html", b"as nginx says it"
        old.verify_directly_issued_by(self.ca.x509)
        assert csr.subject == old.subject
        name = old.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        return self._decide(csr, hashlib.sha256(shown).hexdigest(), str(name))

    def _decide(
        self, csr: x509.CertificateSigningRequest, used: str, terminal: str
    ) -> tuple[int, str, bytes]:
        assert csr.is_signature_valid
        key = csr.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if self.bound.setdefault(used, spki) != spki:
            self.alarms.append(used)
            return 403, "text/plain", b"used"
        if self.quarantine:
            if self.approve_after is None:
                return 202, "text/plain", b"wait"
            self.approve_after -= 1
            self.quarantine = self.approve_after >= 0
            if self.quarantine:
                return 202, "text/plain", b"wait"
        certificate = issue_terminal(
            self.issued_by or self.ca, key, self.named or terminal, at=self.now,
            validity=self.validity,
        )  # fmt: skip
        return self._certificates(certificate)

    @staticmethod
    def _certificates(*ders: bytes) -> tuple[int, str, bytes]:
        found = [x509.load_der_x509_certificate(der) for der in ders]
        data = pkcs7.serialize_certificates(found, Encoding.DER)
        kind = "application/pkcs7-mime; smime-type=certs-only"
        return 200, kind, base64.encodebytes(data)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["content-length"])))

    def _serve(self, body: bytes) -> None:
        own, connection = self.server.own, self.connection
        door = str(self.headers["host"]).partition(".")[0]
        assert isinstance(connection, ssl.SSLSocket)
        shown = connection.getpeercert(binary_form=True) or b""
        status, kind, said = own.answer(door, self.path, self.headers, body, shown)
        self.close_connection = True
        if own.cut and self.command == "POST":
            connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status == 202:
            self.send_header("Retry-After", own.retry_after)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, own: EstServer, secured: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.own = own
        self._secured = secured
        own.port = self.server_address[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(LONG)
        try:
            with self._secured.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except OSError:
            return  # a client that did not like us, or that we did not like

    def shutdown_request(self, request: Any) -> None:
        request.close()


@contextmanager
def est_server(folder: Path) -> Iterator[EstServer]:
    """Give a server at `enrol.`, `terminals.` and `lapsed.` NAME; it ends with the block."""
    ca = create_terminal_ca("Terminal CA", at=START - YEAR)
    key = new_key()
    root = server_certificate(key)
    with _Server(EstServer(ca, root), _secured(folder, ca, key, root)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.own
        finally:
            server.shutdown()
            thread.join()


def _secured(
    folder: Path, ca: Authority, key: ec.EllipticCurvePrivateKey, root: bytes
) -> ssl.SSLContext:
    """Return how connections are secured: a client may show a certificate, at the one door."""
    pem, private, authority = folder / "tls.pem", folder / "tls.key", folder / "ca.pem"
    pem.write_bytes(x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    authority.write_bytes(ca.x509.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    context.num_tickets = 0
    return context


def server_certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a self-signed certificate for the three names, DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = [x509.DNSName(f"{door}.{NAME}") for door in ("enrol", "terminals", "lapsed")]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, START - YEAR, START + 10 * YEAR)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)
