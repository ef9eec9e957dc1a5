"""Behind nginx: what is found by which door, and whose certificate may bring whose records."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.test import TestResponse

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from provisioning.centre.app import Front
from provisioning.centre.authorities import LAPSED_FOR
from provisioning.centre.door import CERTIFICATE_HEADER, DOOR_HEADER
from provisioning.centre.gate import RETRY_AFTER, Gate
from provisioning.office.certificates import TERMINAL_VALIDITY
from provisioning.office.pki import create_terminal_ca, issue_terminal
from tests.edge.log.made import START
from tests.provisioning.centre.made import Centre, signed


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    """Return a centre that has nginx before it."""
    return Centre(f"sqlite:///{tmp_path / 'centre.db'}", front=Front.NGINX)


def escaped(der: bytes) -> str:
    """Return a certificate as nginx hands it on."""
    return quote(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))


def send(centre: Centre, compact: str, door: str, certificate: bytes | None = None) -> TestResponse:
    """Send a segment through a door."""
    headers = {DOOR_HEADER: door}
    if certificate is not None:
        headers[CERTIFICATE_HEADER] = escaped(certificate)
    return centre.app.test_client().post("/v1/segments", data=compact, headers=headers)


@pytest.mark.parametrize(
    ("door", "found"),
    [
        ("mutual", {"/v1/health", "/v1/ready"}),
        ("lapsed", {"/v1/health", "/v1/ready"}),
        ("operator", {"/v1/health", "/v1/ready", "/"}),
        ("back-office", {"/v1/health", "/v1/ready"}),
        ("", {"/v1/health", "/v1/ready", "/v1/metrics"}),
    ],
)
def test_each_door_shows_its_own(centre: Centre, door: str, found: set[str]) -> None:
    """Terminals see no pages, operators no metrics, the machine itself no pages.

    The first page leads whoever has not signed in to where one does.
    """
    client = centre.app.test_client()
    pages = ("/v1/health", "/v1/ready", "/v1/metrics", "/")
    headers = {DOOR_HEADER: door} if door else {}
    answers = {page: client.get(page, headers=headers).status_code for page in pages}
    shown = {page: 303 if page == "/" else 200 for page in found}
    assert answers == {page: shown.get(page, 404) for page in pages}


@pytest.mark.parametrize("door", ["plain", "socket", "other"])
def test_door_that_nginx_never_names(centre: Centre, door: str) -> None:
    """A header cannot make a request one of an office's own machine."""
    response = centre.app.test_client().get("/", headers={DOOR_HEADER: door})
    assert response.status_code == 403


def test_segments_come_by_the_terminals_doors_only(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Neither the operators' door nor the bare socket takes records."""
    compact = signed(log, identity)
    assert send(centre, compact, "operator").status_code == 404
    assert centre.app.test_client().post("/v1/segments", data=compact).status_code == 404
    assert send(centre, compact, "mutual", identity.certificate).status_code == 200


def test_certificate_of_the_connection_has_to_be_the_segments(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """None, another terminal's, another authority's: nothing is kept."""
    compact = signed(log, identity)
    other = issue_terminal(centre.ca, identity.key.public_key(), "TT-0002", at=START)
    foreign = create_terminal_ca("Terminal CA", at=START)
    forged = issue_terminal(foreign, identity.key.public_key(), identity.terminal_id, at=START)
    assert send(centre, compact, "mutual").status_code == 403
    for certificate in (other, forged):
        assert send(centre, compact, "mutual", certificate).status_code == 403
    assert centre.epochs() == ()


def test_lapsed_certificate_brings_records_by_its_own_door(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A year in a drawer: refused at the usual door, taken at the one for expired certificates."""
    compact = signed(log, identity)
    centre.now = START + TERMINAL_VALIDITY + timedelta(days=365)
    assert send(centre, compact, "mutual", identity.certificate).status_code == 403
    assert send(centre, compact, "lapsed").status_code == 200
    centre.now = START + TERMINAL_VALIDITY + LAPSED_FOR + timedelta(days=1)
    assert send(centre, compact, "lapsed").status_code == 403


def test_certificate_of_this_very_minute(centre: Centre, log: EventLog, tmp_path: Path) -> None:
    """A terminal that was enrolled seconds ago is known."""
    centre.now = START + timedelta(seconds=40)
    identity = centre.enrol(tmp_path / "fresh")
    assert send(centre, signed(log, identity), "mutual", identity.certificate).status_code == 200


def test_more_than_the_centre_takes_at_once(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A segment without a place is told when to come again, and nothing of it is kept."""
    centre.gate = Gate(at_once=1, patience=0.01)
    centre.start()
    compact = signed(log, identity)
    with centre.gate.pass_through():
        response = send(centre, compact, "mutual", identity.certificate)
    assert (response.status_code, response.headers["Retry-After"]) == (429, str(RETRY_AFTER))
    assert centre.epochs() == ()
    assert send(centre, compact, "mutual", identity.certificate).status_code == 200
    text = centre.app.test_client().get("/v1/metrics").get_data(as_text=True)
    assert 'tramthe_centre_segments_total{outcome="busy"} 1.0' in text
    assert 'tramthe_centre_segments_total{outcome="taken"} 1.0' in text


def test_questions_come_by_their_own_doors(centre: Centre) -> None:
    """Back offices ask by theirs alone, and terminals call by either of theirs."""
    client = centre.app.test_client()
    asked = {"/api/v1/verifications/x": "GET", "/v1/questions": "POST"}
    found = {
        (door, path)
        for door in ("mutual", "lapsed", "enrol", "operator", "back-office", "")
        for path, method in asked.items()
        if client.open(path, method=method, headers={DOOR_HEADER: door}).status_code != 404
    }
    assert found == {
        ("back-office", "/api/v1/verifications/x"),
        ("mutual", "/v1/questions"),
        ("lapsed", "/v1/questions"),
    }
