"""A first certificate: a claim speaks for it, a person approves it, and the first key wins."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge.wire import est
from provisioning import terminals
from provisioning.centre.problem import MEDIA_TYPE
from provisioning.enrol.issue import InProcess
from provisioning.enrol.routes import MAX_BODY, RETRY_AFTER
from provisioning.fleet import decisions
from provisioning.fleet.claims import GUESSED, GUESSES, KEY_CHANGED
from provisioning.fleet.registry import State, key_fingerprint
from provisioning.office.certificates import TERMINAL_CA_VALIDITY, TERMINAL_VALIDITY
from provisioning.office.pki import issue_terminal
from tests.provisioning.centre.enrol.office import VALID, Blank, Office, given


def test_from_claim_to_certificate(office: Office) -> None:
    """202 with the time to come again until a person approved it; then the certificate."""
    blank, claim = Blank("TT-0001"), office.claim()
    assert office.state() is State.EXPECTED
    waits = office.enrol(claim, blank.request())
    assert (waits.status_code, waits.headers["Retry-After"]) == (202, str(RETRY_AFTER))
    assert office.state() is State.WAITING
    office.approve()
    (certificate,) = given(office.enrol(claim, blank.request()))
    assert office.state() is State.APPROVED
    terminals.check(certificate, [office.centre.ca.certificate], office.now)
    assert terminals.name_of(certificate) == "TT-0001"
    found = x509.load_der_x509_certificate(certificate)
    assert found.public_key() == blank.key.public_key()
    (organisation,) = found.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    (above,) = office.centre.ca.x509.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organisation.value == above.value


def test_same_key_is_the_same_request(office: Office) -> None:
    """However often it asks: one request, one certificate; also after the claim's time is over."""
    blank, claim = Blank("TT-0001"), office.claim()
    for _ in range(3):
        assert office.enrol(claim, blank.request()).status_code == 202
    assert office.requests() == 1
    office.wait(VALID + timedelta(days=1))
    office.approve()
    first = given(office.enrol(claim, blank.request()))
    assert given(office.enrol(claim, blank.request())) == first
    assert office.requests() == 1
    assert office.alarms() == ()


def test_copied_claim(office: Office) -> None:
    """The first key wins; the second is refused and raises an alarm, and changes nothing else."""
    blank, thief, claim = Blank("TT-0001"), Blank("TT-0001"), office.claim()
    office.enrol(claim, blank.request())
    for _ in range(2):
        refused = office.enrol(claim, thief.request())
        assert refused.status_code == 403
    (alarm,) = office.alarms()
    fingerprint = key_fingerprint(thief.key.public_key())
    assert (alarm.terminal, alarm.code, alarm.detail) == ("TT-0001", KEY_CHANGED, fingerprint)
    office.approve()
    (certificate,) = given(office.enrol(claim, blank.request()))
    assert x509.load_der_x509_certificate(certificate).public_key() == blank.key.public_key()
    assert office.enrol(claim, thief.request()).status_code == 403


@pytest.mark.parametrize("change", ["id", "secret", "both"])
def test_claim_that_is_none(office_here: Office, change: str) -> None:
    """Another id, another secret: 401, in the same words, so that nobody learns which ids are."""
    claim = office_here.claim()
    wrong = replace(
        claim,
        claim_id=claim.claim_id if change == "secret" else "claim-none",
        secret=claim.secret if change == "id" else bytes(32),
    )
    refused = office_here.enrol(wrong, Blank("TT-0001").request())
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, MEDIA_TYPE)
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    assert refused.json is not None
    assert refused.json["type"] == "urn:tramthe:problem:claim-refused"
    assert "claim-" not in refused.json["detail"]
    assert office_here.state() is State.EXPECTED
    assert office_here.enrol(claim, Blank("TT-0001").request()).status_code == 202


def test_secrets_that_a_stranger_tries(office_here: Office) -> None:
    """The count outlives each refusal and raises an alarm; the technician comes in all the same."""
    claim = office_here.claim()
    for number in range(GUESSES):
        assert office_here.alarms() == ()
        guess = replace(claim, secret=bytes([number]) * 32)
        assert office_here.enrol(guess, Blank("TT-0001").request()).status_code == 401
    (alarm,) = office_here.alarms()
    assert (alarm.terminal, alarm.code, alarm.detail) == ("TT-0001", GUESSED, claim.claim_id)
    assert office_here.enrol(claim, Blank("TT-0001").request()).status_code == 202


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer abc",
        "Basic " + base64.b64encode(b"claim-none").decode(),
        "Basic " + base64.b64encode(b"claim-none:short").decode(),
        "Basic " + "A" * 4096,
    ],
    ids=lambda shown: shown[:20],
)
def test_nothing_that_is_shown_as_a_claim(office_here: Office, shown: str) -> None:
    """No header, another scheme, no text, too much: 401, before the request is read."""
    answer = office_here.centre.app.test_client().post(
        est.ENROL, data=b"no request", headers={"Authorization": shown} if shown else {}
    )
    assert answer.status_code == 401


def test_claim_whose_time_is_over(office_here: Office) -> None:
    """The first use is to come in time."""
    claim = office_here.claim()
    office_here.wait(VALID)
    assert office_here.enrol(claim, Blank("TT-0001").request()).status_code == 403
    assert office_here.state() is State.EXPECTED


def test_claim_taken_back_by_the_next_one(office_here: Office) -> None:
    """A terminal has one claim: a new one ends the one before it."""
    lost, claim = office_here.claim(), office_here.claim()
    assert office_here.enrol(lost, Blank("TT-0001").request()).status_code == 403
    assert office_here.enrol(claim, Blank("TT-0001").request()).status_code == 202


def test_request_of_another_terminal(office_here: Office) -> None:
    """A claim speaks for its own terminal, and is not used up by another's request."""
    claim = office_here.claim()
    assert office_here.enrol(claim, Blank("TT-0002").request()).status_code == 400
    assert office_here.requests() == 0
    assert office_here.enrol(claim, Blank("TT-0001").request()).status_code == 202


def test_what_is_no_request(office_here: Office) -> None:
    """400, and the claim is not used up."""
    claim = office_here.claim()
    for body in (b"", b"MII", b"0" * 100):
        assert office_here.enrol(claim, body).status_code == 400
    assert office_here.enrol(claim, Blank("TT-0001").request()).status_code == 202


def test_body_too_large(office_here: Office) -> None:
    """413 by its announced size, before it is read."""
    claim = office_here.claim()
    assert office_here.enrol(claim, bytes(MAX_BODY)).status_code == 413


def test_refused_by_the_office(office_here: Office) -> None:
    """The key that was refused stays refused; it is told so and given nothing."""
    blank, claim = Blank("TT-0001"), office_here.claim()
    office_here.enrol(claim, blank.request())
    office_here.refuse()
    for _ in range(2):
        assert office_here.enrol(claim, blank.request()).status_code == 403
    assert office_here.requests() == 1


@pytest.mark.parametrize("state", [State.RETIRED, State.LOST, State.WIPED])
def test_terminal_out_of_service(office_here: Office, state: State) -> None:
    """Between approval and the certificate it was retired, lost or wiped: nothing is given."""
    blank, claim = Blank("TT-0001"), office_here.claim()
    office_here.enrol(claim, blank.request())
    office_here.approve()
    office_here.put(state)
    assert office_here.enrol(claim, blank.request()).status_code == 403


def test_key_of_another_terminal(office_here: Office) -> None:
    """Two terminals never share a key: a disk that was copied does not enrol twice."""
    first = office_here.enrolled()
    copy = Blank("TT-0002", first.key)
    assert office_here.enrol(office_here.claim("TT-0002"), copy.request()).status_code == 403


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("lines", "application/pkcs10"),
        ("one line", "application/pkcs10; charset=utf-8"),
        ("pem", "application/x-pem-file"),
        ("der", "application/octet-stream"),
        ("lines", ""),
    ],
)
def test_what_software_does_differently(office_here: Office, body: str, content_type: str) -> None:
    """Base64 in lines or in one, PEM, DER; any media type, or none: it is the same request."""
    der = Blank("TT-0001").request()
    pem = x509.load_der_x509_csr(der).public_bytes
    forms = {
        "lines": est.to_body(der),
        "one line": base64.b64encode(der),
        "pem": pem(Encoding.PEM),
        "der": der,
    }
    answer = office_here.centre.app.test_client().post(
        est.ENROL,
        data=forms[body],
        content_type=content_type or None,
        headers={"Authorization": office_here.claim().authorization()},
    )
    assert answer.status_code == 202


def test_authorities_and_attributes(office_here: Office) -> None:
    """Who names terminals, and what a request has, for whoever asks."""
    client = office_here.centre.app.test_client()
    authorities = client.get(est.CACERTS)
    assert given(authorities) == (office_here.centre.ca.certificate,)
    assert authorities.headers["Content-Transfer-Encoding"] == "base64"
    asked = client.get(est.CSRATTRS)
    assert asked.headers["Content-Type"] == est.ATTRIBUTES
    der = est.read_body(asked.data, max_size=est.MAX_ATTRIBUTES)
    assert est.CsrAttributes.from_der(der) == est.OURS


def test_no_key_is_made_here(office_here: Office) -> None:
    """Serverkeygen is refused in words, whoever asks."""
    claim = office_here.claim()
    answer = office_here.centre.app.test_client().post(
        est.SERVER_KEY,
        data=est.to_body(Blank("TT-0001").request()),
        headers={"Authorization": claim.authorization()},
    )
    assert answer.status_code == 403
    assert answer.json is not None
    assert "No key is made here" in answer.json["detail"]


def test_authority_outside(office_here: Office) -> None:
    """Approved, and still 202 until the signed certificate was taken in; then that very one."""
    office = office_here
    office.centre.issue = None
    office.centre.start()
    blank, claim = Blank("TT-0001"), office.claim()
    office.enrol(claim, blank.request())
    office.approve()
    waits = office.enrol(claim, blank.request())
    assert waits.status_code == 202
    assert "signature" in waits.get_data(as_text=True)
    public = blank.key.public_key()
    signed = issue_terminal(office.centre.ca, public, "TT-0001", at=office.now)
    with office.database.writing() as connection:
        decisions.answered(connection, "TT-0001", signed, office.now)
    assert given(office.enrol(claim, blank.request())) == (signed,)


def test_authority_near_its_end(office_here: Office) -> None:
    """No certificate outlives its authority: 503, and the request stays approved."""
    office = office_here
    office.wait(TERMINAL_CA_VALIDITY - TERMINAL_VALIDITY + timedelta(days=1))
    blank, claim = Blank("TT-0001"), office.claim()
    office.enrol(claim, blank.request())
    office.approve()
    answer = office.enrol(claim, blank.request())
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
    ca = office.centre.ca
    office.centre.issue = InProcess(ca.certificate, ca.key, validity=timedelta(days=30)).issue
    office.centre.start()
    assert len(given(office.enrol(claim, blank.request()))) == 1
