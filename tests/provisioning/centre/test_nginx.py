"""A real nginx before the centre: who gets through which of its three names, and as whom."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from edge.enrol.request import make_request, subject_of
from edge.identity.key import TerminalIdentity, load_or_create, store_certificate
from edge.log.append import EventLog
from edge.wire import est, hybrid, question
from edge.wire.event import timestamp
from edge.wire.inbox_call import Call, PublicKey, sign_call
from edge.wire.report import sign_report
from edge.wire.segment import MAX_SEGMENT, gather, sign_segment
from provisioning.centre.app import Front
from provisioning.centre.nginx import Site
from provisioning.centre.problem import MEDIA_TYPE
from provisioning.centre.process import make_folder
from provisioning.cli.centre import centre as command
from provisioning.cli.common import office_time
from provisioning.cli.main import tramthe
from provisioning.demo.children import free_port
from provisioning.errors import OfficeInputInvalid
from provisioning.fleet import verbs
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from provisioning.relay import routes as relay
from tests.edge.log.made import TERMINAL
from tests.provisioning.centre.fleet.made import OPERATOR
from tests.provisioning.centre.fronted import serving, tls
from tests.provisioning.centre.made import KID, Centre
from tests.provisioning.centre.test_reports import REPORT
from tests.provisioning.nginx_run import WITHIN, nginx

NAME = "centre.test"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Client:
    """A certificate and key on disk."""

    identity: TerminalIdentity
    pem: Path


def ask_over(
    connection: http.client.HTTPConnection,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> http.client.HTTPResponse:
    """Send a request over a connection; return the answer, read. Errors are problems."""
    method = "GET" if body is None else "POST"
    connection.request(method, path, body=body, headers=dict(headers or {}))
    answer = connection.getresponse()
    said = answer.read()
    if answer.status >= 400:
        assert answer.headers["Content-Type"] == MEDIA_TYPE, said
        assert json.loads(said)["status"] == answer.status
    return answer


@dataclass(frozen=True)
class Front443:
    """nginx with the centre behind it."""

    port: int
    trust: Path
    centre: Centre
    ca: Authority
    folder: Path

    def ask(
        self,
        name: str,
        path: str,
        *,
        body: bytes | None = None,
        client: Client | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """Send a request to one of the names; return the answer, read. Errors are problems."""
        with closing(self.connection(name, client)) as connection:
            return ask_over(connection, path, body=body, headers=headers)

    def connection(self, name: str, client: Client | None = None) -> http.client.HTTPConnection:
        """Return a connection to one of the names, behind TLS."""
        context = ssl.create_default_context(cafile=str(self.trust))
        if client is not None:
            context.load_cert_chain(client.pem)
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as HTTPConnection.connect does
        connection = http.client.HTTPConnection(name, timeout=WITHIN)
        connection.sock = context.wrap_socket(raw, server_hostname=name)
        return connection

    def enrol(
        self,
        name: str,
        *,
        ca: Authority | None = None,
        ended: bool = False,
        terminal: str = TERMINAL,
    ) -> Client:
        """Enrol a terminal; `ended`: its certificate has run out an hour ago."""
        identity = load_or_create(self.folder / name, terminal)
        at = self.centre.now - (3 * HOUR if ended else HOUR)
        certificate = issue_terminal(
            ca or self.ca,
            identity.key.public_key(),
            terminal,
            at=at,
            validity=2 * HOUR if ended else timedelta(days=30),
        )
        store_certificate(self.folder / name, identity, certificate)
        pem = self.folder / f"{name}.pem"
        key = identity.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        loaded = x509.load_der_x509_certificate(certificate)
        pem.write_bytes(key + loaded.public_bytes(serialization.Encoding.PEM))
        return Client(load_or_create(self.folder / name, terminal), pem)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front443]:
    """Return nginx, configured by the command, before a centre on a Unix socket."""
    now = office_time()
    ca = create_terminal_ca("Terminal CA", at=now - 24 * HOUR)
    centre = Centre(f"sqlite:///{tmp_path / 'c.db'}", ca=ca, now=now, front=Front.NGINX)
    unix = tmp_path / "c.sock"
    trust, key = tls(tmp_path, NAME, now)
    folder = tmp_path / "folder"
    make_folder(folder, new_key(), KID, [ca.certificate])
    port = free_port()
    given = {
        "--name": NAME,
        "--certificate": trust,
        "--key": key,
        "--socket": unix,
        "--port": port,
        "--output": tmp_path,
    }
    options = [str(part) for pair in given.items() for part in pair]
    done = CliRunner().invoke(command, ["nginx", str(folder), *options])
    assert done.exit_code == 0, done.output
    site = tmp_path / "tramthe-centre.conf"
    with serving(centre.app, unix), nginx(tmp_path, site, port):
        yield Front443(port, trust, centre, ca, tmp_path)
    centre.store.close()


def segment(log: EventLog, client: Client) -> bytes:
    """Return the whole log as a segment that this terminal signs."""
    gathered = gather(log.events())
    assert gathered is not None
    assert client.identity.certificate is not None
    return sign_segment(gathered, client.identity.key, client.identity.certificate).encode()


def test_a_terminal_with_its_certificate(front: Front443, log: EventLog) -> None:
    """Its segment is taken, over TLS and nginx and the socket, to the database."""
    client = front.enrol("a")
    sent = segment(log, client)
    answer = front.ask(f"terminals.{NAME}", "/v1/segments", body=sent, client=client)
    assert answer.status == 200
    assert len(front.centre.store.events(TERMINAL, log.epoch)) == log.head().seq


def test_nobody_without_a_certificate(front: Front443, log: EventLog) -> None:
    """Refused by nginx itself; nothing reaches the centre."""
    sent = segment(log, front.enrol("a"))
    assert front.ask(f"terminals.{NAME}", "/v1/segments", body=sent).status == 400
    assert front.centre.store.events(TERMINAL, log.epoch) == ()


def test_a_certificate_of_another_authority(front: Front443, log: EventLog) -> None:
    """Of the same name and form, and refused all the same."""
    other = create_terminal_ca("Terminal CA", at=front.centre.now - 24 * HOUR)
    client = front.enrol("a", ca=other)
    sent = segment(log, client)
    answer = front.ask(f"terminals.{NAME}", "/v1/segments", body=sent, client=client)
    assert answer.status == 400
    assert front.centre.store.events(TERMINAL, log.epoch) == ()


def test_a_segment_of_another_terminal(front: Front443, log: EventLog) -> None:
    """The connection's certificate must be the terminal's that the segment speaks for."""
    sent = segment(log, front.enrol("a"))
    stranger = front.enrol("b", terminal="another-terminal")
    answer = front.ask(f"terminals.{NAME}", "/v1/segments", body=sent, client=stranger)
    assert answer.status == 403
    assert front.centre.store.events(TERMINAL, log.epoch) == ()


@pytest.mark.parametrize("spelling", ["X-Tramthe-{}", "X_Tramthe_{}", "X-Tramthe_{}"])
def test_headers_that_only_nginx_may_set(spelling: str, front: Front443, log: EventLog) -> None:
    """A caller's own are overwritten or dropped, however they are spelt."""
    client, other = front.enrol("a"), front.enrol("b", terminal="another-terminal")
    forged = {
        spelling.format("Door"): "operator",
        spelling.format("Certificate"): client.pem.read_text().replace("\n", "%0A"),
    }
    sent = segment(log, client)
    name = f"terminals.{NAME}"
    assert front.ask(name, "/", client=client, headers=forged).status == 404
    answer = front.ask(name, "/v1/segments", body=sent, client=other, headers=forged)
    assert answer.status == 403
    mine = front.ask(name, "/v1/segments", body=sent, client=client, headers=forged)
    assert mine.status == 200


def test_a_terminal_whose_certificate_has_run_out(front: Front443, log: EventLog) -> None:
    """Refused where one is asked for; by the other name its old key still brings records home."""
    client = front.enrol("a", ended=True)
    sent = segment(log, client)
    asked = front.ask(f"terminals.{NAME}", "/v1/segments", body=sent, client=client)
    assert asked.status == 400
    assert front.ask(f"lapsed.{NAME}", "/v1/segments", body=sent).status == 200
    assert len(front.centre.store.events(TERMINAL, log.epoch)) == log.head().seq


@pytest.mark.parametrize("verb", [verbs.retire, verbs.lost])
def test_a_certificate_that_the_office_ended(
    verb: Callable[..., object], front: Front443, log: EventLog
) -> None:
    """No list is asked: from that moment on the centre refuses it by every route of the door."""
    client = front.enrol("a")
    key, certificate = client.identity.key, client.identity.certificate
    assert certificate is not None
    now = front.centre.now
    with front.centre.store.database.writing() as connection:
        verbs.adopt(connection, certificate, TERMINAL, OPERATOR, now)
    public, at = PublicKey(1, hybrid.public_bytes(bytes(hybrid.SEED_SIZE))), timestamp(now)
    call = Call(TERMINAL, 0, 0, (), (), bytes(16), at, public)
    asks = question.Call(TERMINAL, bytes(16), at, 0, ())
    told = replace(REPORT, at=at)
    sent = (
        ("/v1/segments", segment(log, client), 400),
        ("/v1/inbox", sign_call(call, key, certificate).encode(), 400),
        ("/v1/reports", sign_report(told, key, certificate).encode(), 400),
        (relay.PATH, question.sign_call(asks, key, certificate).encode(), 403),
        (est.RENEW, make_request(key, subject_of(certificate)), 403),
    )
    fresh = replace(asks, nonce=bytes([1]) * 16)
    alone = question.sign_call(fresh, key, certificate).encode()
    assert front.ask(f"lapsed.{NAME}", relay.PATH, body=alone).status == 200
    with closing(front.connection(f"terminals.{NAME}", client)) as connected:
        for path, body, _ in sent:
            assert ask_over(connected, path, body=body).status in {200, 202}
        with front.centre.store.database.writing() as connection:
            verb(connection, TERMINAL, OPERATOR, now)
        for path, body, status in sent:  # over the connection that nginx had let in
            assert ask_over(connected, path, body=body).status == status
    _, written, _ = sent[0]
    assert front.ask(f"lapsed.{NAME}", "/v1/segments", body=written).status == 200
    assert front.ask(f"lapsed.{NAME}", relay.PATH, body=alone).status == 403


def test_the_inbox_by_both_doors_of_terminals(front: Front443) -> None:
    """With a certificate, and without one where it has run out; never for people."""
    client, lapsed = front.enrol("a"), front.enrol("b", ended=True)
    for name, one, shown in (("terminals", client, client), ("lapsed", lapsed, None)):
        assert one.identity.certificate is not None
        key = PublicKey(1, hybrid.public_bytes(bytes(hybrid.SEED_SIZE)))
        at = timestamp(front.centre.now)
        call = Call(one.identity.terminal_id, 0, 0, (), (), bytes(16), at, key)
        sent = sign_call(call, one.identity.key, one.identity.certificate).encode()
        answer = front.ask(f"{name}.{NAME}", "/v1/inbox", body=sent, client=shown)
        assert answer.status == 200
        assert front.ask(NAME, "/v1/inbox", body=sent).status == 404
    assert front.ask(f"terminals.{NAME}", "/v1/inbox", body=sent, client=client).status == 403


def test_people_see_pages_and_nothing_of_terminals(front: Front443, log: EventLog) -> None:
    """And terminals see no pages."""
    client = front.enrol("a")
    assert front.ask(NAME, "/dang-nhap").status == 200
    assert front.ask(NAME, "/v1/segments", body=segment(log, client)).status == 404
    assert front.ask(f"lapsed.{NAME}", "/").status == 404
    for name in (NAME, f"lapsed.{NAME}"):
        assert front.ask(name, "/v1/metrics").status == 404
        assert front.ask(name, "/v1/health").status == 200


def test_examined_from_outside(front: Front443) -> None:
    """`tramthe centre check` over TLS: whom nginx lets through, and what it says by itself."""
    (front.folder / "ca.pem").write_bytes(front.ca.x509.public_bytes(serialization.Encoding.PEM))
    (front.folder / "ca.key").write_bytes(
        front.ca.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    names = ["tls-certificate", "tls-terminal", "terminals-apart", "health", "problems"]
    names += ["other-method", "too-large", "large-segment", "come-again", "no-jws"]
    asked = [argument for name in names for argument in ("--only", name)]
    issuer = ["--authority", "ca.pem", "--authority-key", "ca.key"]
    options = ["--root", str(front.trust), "--connect", "127.0.0.1", *asked]
    options += [str(front.folder / one) if one.startswith("ca.") else one for one in issuer]
    url = f"https://terminals.{NAME}:{front.port}"
    said = CliRunner().invoke(tramthe, ["centre", "check", url, *options])
    assert said.exit_code == 0, said.output
    assert f"{len(names)} rules: {len(names)} ok, 0 failed, 0 not asked." in said.output


def test_too_large_and_a_centre_that_is_away(front: Front443) -> None:
    """What nginx answers by itself has the form of the centre's own answers."""
    body = b"x" * (MAX_SEGMENT + 1)
    assert front.ask(f"lapsed.{NAME}", "/v1/segments", body=body).status == 413
    (front.folder / "c.sock").unlink()
    away = front.ask(NAME, "/v1/health")
    assert (away.status, int(away.headers["Retry-After"]) > 0) == (503, True)


def test_too_many_at_once(front: Front443) -> None:
    """429 with the time to come again, from nginx itself."""
    with closing(front.connection(f"lapsed.{NAME}")) as connection:
        asks = (ask_over(connection, "/v1/segments", body=b"x") for _ in range(900))
        busy = next((answer for answer in asks if answer.status == 429), None)
    assert busy is not None
    assert int(busy.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("centre", "/etc/a.pem"),
        ("centre.test; include /etc/passwd", "/etc/a.pem"),
        ("-centre.test", "/etc/a.pem"),
        ("centre.test", "/etc/a b.pem"),
        ("centre.test", "/etc/a;.pem"),
        ("centre.test", "relative.pem"),
        ("centre.test", "/etc/$host.pem"),
    ],
)
def test_what_would_not_stand_safely_in_the_file(name: str, path: str) -> None:
    """Refused before anything is written."""
    good = Path("/etc/ok.pem")
    with pytest.raises(OfficeInputInvalid):
        Site(name, Path(path), good, good, good)
