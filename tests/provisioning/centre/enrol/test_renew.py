"""The next certificate: in time by itself, after a year in a drawer through a person's hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.test import TestResponse

from edge.log.append import EventLog
from edge.wire import est
from edge.wire.event import timestamp
from edge.wire.reenrol import JOSE, Reenrol, sign_reenrol
from edge.wire.segment import gather, sign_segment
from provisioning.centre.app import Front
from provisioning.centre.authorities import LAPSED_FOR
from provisioning.centre.door import CERTIFICATE_HEADER, DOOR_HEADER, Door
from provisioning.fleet import registry
from provisioning.fleet.registry import State
from provisioning.office.certificates import TERMINAL_VALIDITY
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import TERMINAL
from tests.provisioning.centre.enrol.office import Blank, Office, given

YEAR = timedelta(days=365)


def over_tls(
    office: Office, blank: Blank, key: ec.EllipticCurvePrivateKey | None = None, *, door: str
) -> TestResponse:
    """Ask as nginx hands it on, with the terminal's certificate of the connection."""
    assert blank.certificate is not None
    pem = x509.load_der_x509_certificate(blank.certificate).public_bytes(Encoding.PEM)
    return office.centre.app.test_client().post(
        est.RENEW,
        data=est.to_body(blank.request(key)),
        content_type=est.PKCS10,
        headers={DOOR_HEADER: door, CERTIFICATE_HEADER: quote(pem)},
    )


@pytest.fixture
def behind(sqlite_url: str) -> Iterator[Office]:
    """Return an office that has nginx before it."""
    made = Office(sqlite_url, Front.NGINX)
    yield made
    made.centre.store.close()


def test_in_time(office: Office) -> None:
    """Given at once, to the new key; asked again, the same; both certificates are in force."""
    old, key = office.enrolled(), new_key()
    office.wait(TERMINAL_VALIDITY * 2 // 3)
    (certificate,) = given(office.renew(old, key))
    assert given(office.renew(old, key)) == (certificate,)
    assert x509.load_der_x509_certificate(certificate).public_key() == key.public_key()
    with office.database.reading() as connection:
        held = registry.certificates(connection, "TT-0001")
    assert [one.ended_at for one in held] == [None, None]


def test_in_time_for_the_same_key(office: Office) -> None:
    """A key in a secure element stays: a later certificate, and then a later one again."""
    blank = office.enrolled()
    seen = {blank.certificate}
    for _ in range(2):
        office.wait(TERMINAL_VALIDITY * 2 // 3)
        (blank.certificate,) = given(office.renew(blank, blank.key))
        seen.add(blank.certificate)
    assert len(seen) == 3


def test_back_after_a_year(office: Office) -> None:
    """Known, and waits for a person: 202, then the certificate."""
    old, key = office.enrolled(), new_key()
    office.wait(TERMINAL_VALIDITY + YEAR)
    for _ in range(2):
        assert office.renew(old, key).status_code == 202
    assert office.state() is State.APPROVED
    office.approve()
    (certificate,) = given(office.renew(old, key))
    assert x509.load_der_x509_certificate(certificate).not_valid_after_utc > office.now
    assert office.requests() == 2


def test_refused_after_a_year(office: Office) -> None:
    """A person said no: the same request is not made again by asking again."""
    old, key = office.enrolled(), new_key()
    office.wait(TERMINAL_VALIDITY + YEAR)
    office.renew(old, key)
    office.refuse()
    assert office.renew(old, key).status_code == 403
    assert office.requests() == 2


def test_back_after_too_long(office_here: Office) -> None:
    """Beyond what an old signature is believed for: it needs a new claim."""
    old, key = office_here.enrolled(), new_key()
    office_here.wait(TERMINAL_VALIDITY + LAPSED_FOR + timedelta(days=1))
    assert office_here.renew(old, key).status_code == 403


@pytest.mark.parametrize("state", [State.RETIRED, State.LOST, State.WIPING, State.WIPED])
@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_out_of_service(office_here: Office, state: State, late: bool) -> None:
    """No terminal that is retired, lost or wiped comes back by its old key."""
    old, key = office_here.enrolled(), new_key()
    office_here.put(state)
    office_here.wait(TERMINAL_VALIDITY + YEAR if late else timedelta(days=30))
    assert office_here.renew(old, key).status_code == 403


def test_key_that_another_took_the_place_of(office_here: Office) -> None:
    """The terminal was enrolled anew by claim: its old disk renews nothing."""
    office = office_here
    old = office.enrolled()
    office.enrolled()
    assert office.renew(old, new_key()).status_code == 403


def test_signed_by_another_key(office_here: Office) -> None:
    """The certificate is shown by whoever has it; the signature is its key's alone."""
    office = office_here
    old, thief = office.enrolled(), new_key()
    assert old.certificate is not None
    forged = Blank("TT-0001", thief, old.certificate)
    assert office.renew(forged, new_key()).status_code == 403


def test_certificate_of_another_authority(office_here: Office) -> None:
    """Of the same name and form, and refused all the same."""
    office = office_here
    office.enrolled()
    foreign, key = create_terminal_ca("Terminal CA", at=office.now), new_key()
    certificate = issue_terminal(foreign, key.public_key(), "TT-0001", at=office.now)
    assert office.renew(Blank("TT-0001", key, certificate), new_key()).status_code == 403


def test_request_for_another_terminal(office_here: Office) -> None:
    """The old certificate's name is the one that is asked for."""
    office = office_here
    old = office.enrolled()
    assert old.certificate is not None
    asked = Reenrol(Blank("TT-0002").request(), timestamp(office.now))
    body = sign_reenrol(asked, old.key, old.certificate)
    answer = office.centre.app.test_client().post(est.RENEW, data=body, content_type=JOSE)
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"", b"a.b.c", b"\xff" * 40, b"." * 70_000])
def test_what_is_no_signed_request(office_here: Office, body: bytes) -> None:
    """Refused as what it is."""
    answer = office_here.centre.app.test_client().post(est.RENEW, data=body, content_type=JOSE)
    assert answer.status_code in {400, 403, 413}


def test_by_the_connections_certificate(behind: Office) -> None:
    """Behind nginx a terminal whose certificate is in force needs no other signature."""
    old = behind.enrolled()
    answer = over_tls(behind, old, new_key(), door="mutual")
    assert len(given(answer)) == 1
    other = Blank("TT-0002", old.key, old.certificate)
    assert over_tls(behind, other, door="mutual").status_code == 400


def test_records_come_home_while_it_waits(behind: Office, log: EventLog) -> None:
    """Back after a year: what it recorded is taken at once, before and after a person looks."""
    old, key = behind.enrolled(TERMINAL), new_key()
    behind.wait(TERMINAL_VALIDITY + YEAR)
    assert behind.renew(old, key).status_code == 202
    gathered = gather(log.events())
    assert gathered is not None
    assert old.certificate is not None
    sent = sign_segment(gathered, old.key, old.certificate)
    answer = behind.centre.app.test_client().post(
        "/v1/segments", data=sent, headers={DOOR_HEADER: Door.LAPSED.value}
    )
    assert answer.status_code == 200
    assert len(behind.centre.store.events(TERMINAL, log.epoch)) == log.head().seq
    behind.approve(TERMINAL)
    (certificate,) = given(behind.renew(old, key))
    renewed = Blank(TERMINAL, key, certificate)
    behind.wait(timedelta(days=1))
    (later,) = given(over_tls(behind, renewed, new_key(), door="mutual"))
    assert len(behind.centre.store.events(TERMINAL, log.epoch)) == log.head().seq
    assert later != certificate


@pytest.mark.parametrize("door", ["lapsed", "enrol", "operator", ""])
def test_certificate_by_a_door_that_checks_none(behind: Office, door: str) -> None:
    """A header beside another door, or none, is nobody's certificate."""
    old = behind.enrolled()
    assert over_tls(behind, old, new_key(), door=door).status_code in {400, 404}


@pytest.mark.parametrize(
    ("door", "found"),
    [
        ("enrol", {est.CACERTS: 200, est.CSRATTRS: 200, est.ENROL: 401, est.SERVER_KEY: 403}),
        ("mutual", {est.CACERTS: 200, est.CSRATTRS: 200, est.RENEW: 403, est.SERVER_KEY: 403}),
        ("lapsed", {est.CACERTS: 200, est.CSRATTRS: 200, est.RENEW: 400, est.SERVER_KEY: 403}),
        ("operator", {}),
        ("", {}),
    ],
)
def test_each_door_has_its_own(behind: Office, door: str, found: dict[str, int]) -> None:
    """First certificates by `enrol` alone, later ones by the terminals' doors, none for people."""
    client = behind.centre.app.test_client()
    headers = {DOOR_HEADER: door} if door else {}
    for path in (est.CACERTS, est.CSRATTRS, est.ENROL, est.RENEW, est.SERVER_KEY):
        method = "GET" if path in (est.CACERTS, est.CSRATTRS) else "POST"
        answer = client.open(path, method=method, headers=headers)
        assert answer.status_code == found.get(path, 404), path


def test_enrolments_door_takes_no_records(behind: Office) -> None:
    """Nor anything else of terminals with a certificate, of operators, of the machine."""
    client = behind.centre.app.test_client()
    headers = {DOOR_HEADER: "enrol"}
    for path in ("/v1/segments", "/v1/inbox", "/v1/reports"):
        assert client.post(path, headers=headers).status_code == 404
    for path in ("/", "/v1/metrics", "/dang-nhap"):
        assert client.get(path, headers=headers).status_code == 404
    assert client.get("/v1/health", headers=headers).status_code == 200
