"""The first certificate: it comes for a claim, once, whatever is cut short on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.enrol.check import name_of
from edge.enrol.faults import EnrolFault
from edge.enrol.kept import CLAIM_FILE, PROGRESS_FILE, State
from edge.enrol.request import fingerprint
from edge.errors import (
    CentreBusy,
    CentreCutOff,
    CentreUnreachable,
    EnrolmentRefused,
    WireMalformed,
)
from edge.identity.key import CERTIFICATE_FILE
from edge.wire import est
from edge.wire.est import Asked, CsrAttributes
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.enrol.conftest import Blank
from tests.edge.enrol.est_server import LONG, YEAR, EstServer, est_server
from tests.edge.log.made import START, TERMINAL, moment


def test_a_claim_becomes_a_certificate(blank: Blank) -> None:
    """The certificate is kept with the authorities, and the claim is gone from both places."""
    step = blank.begun().ask(moment())
    assert step.state is State.ENROLLED
    identity = blank.identity
    assert identity.certificate is not None
    assert name_of(identity.certificate) == TERMINAL
    assert blank.files.authorities() == (blank.server.ca.certificate,)
    assert not blank.claim_file.exists()
    assert blank.files.claim() is None
    progress = blank.files.progress()
    assert progress is not None
    assert (progress.state, progress.source) == (State.ENROLLED, None)
    assert blank.server.asked == ["enrol cacerts", "enrol csrattrs", "enrol simpleenroll"]


def test_no_secret_stays_behind(blank: Blank) -> None:
    """Nothing in the folder holds the claim's secret once it was used."""
    secret = blank.server.claim.to_bytes().split(b'"secret":"')[1][:43]
    blank.begun()
    assert any(secret in file.read_bytes() for file in blank.folder.iterdir())
    blank.enrolment().ask(moment())
    assert not any(secret in file.read_bytes() for file in blank.folder.iterdir())


def test_quarantine(blank: Blank) -> None:
    """Until somebody approves it, each asking waits as long as it is told; the key is the same."""
    blank.server.quarantine = True
    step = blank.begun().ask(moment())
    assert (step.state, step.after) == (State.WAITING, 7.0)
    asking = blank.files.progress()
    assert asking is not None
    assert asking.key == fingerprint(blank.identity.key.public_key())
    assert blank.identity.certificate is None
    assert blank.claim_file.exists()
    written = (blank.folder / PROGRESS_FILE).stat().st_ino
    assert blank.enrolment().ask(moment(60)).state is State.WAITING
    assert (blank.folder / PROGRESS_FILE).stat().st_ino == written  # days of it wear no card
    blank.server.quarantine = False
    assert blank.enrolment().ask(moment()).state is State.ENROLLED
    assert not blank.server.alarms


def test_line_cut_once_the_request_was_in(blank: Blank) -> None:
    """The centre issued, nobody heard of it: the same key asks again and gets it."""
    blank.server.cut = True
    with pytest.raises(CentreCutOff):
        blank.begun().ask(moment())
    assert blank.server.bound
    blank.server.cut = False
    assert blank.enrolment().ask(moment()).state is State.ENROLLED
    assert not blank.server.alarms


def test_plug_pulled_before_the_claim_was_erased(blank: Blank) -> None:
    """The certificate is there, the claim too: it is erased, and nothing is asked again."""
    enrolment = blank.begun()
    kept = (blank.folder / CLAIM_FILE).read_bytes()
    enrolment.ask(moment())
    progress = blank.files.progress()
    assert progress is not None
    blank.files.keep_claim(kept)
    asked = len(blank.server.asked)
    assert blank.enrolment().ask(moment()).state is State.ENROLLED
    assert len(blank.server.asked) == asked
    assert blank.files.claim() is None


def test_same_file_given_again(blank: Blank) -> None:
    """A claim that could not be erased enrols nobody twice, and raises no alarm."""
    data = blank.claim_file.read_bytes()
    blank.begun().ask(moment())
    blank.claim_file.write_bytes(data)
    before = blank.identity.certificate
    assert blank.begun().ask(moment()).state is State.ENROLLED
    assert blank.identity.certificate == before
    assert not blank.claim_file.exists()
    assert not blank.server.alarms


def test_claim_erased_but_not_unlinked(blank: Blank) -> None:
    """What a power cut leaves of an erased claim is no claim."""
    blank.begun().ask(moment())
    blank.files.keep_claim(bytes(500))
    with pytest.raises(EnrolmentRefused) as caught:
        blank.enrolment().ask(moment())
    assert caught.value.fault == EnrolFault.NO_CLAIM


def test_progress_damaged(blank: Blank) -> None:
    """It is asked again, with the same key."""
    blank.server.quarantine = True
    blank.begun().ask(moment())
    (blank.folder / PROGRESS_FILE).write_bytes(b"{")
    assert blank.enrolment().ask(moment()).state is State.WAITING
    assert not blank.server.alarms


def test_copied_claim(blank: Blank, tmp_path: Path) -> None:
    """The first wins; the second is told so, is an alarm there, and loses its claim."""
    thief = Blank(tmp_path / "thief" / "identity", blank.server, tmp_path / "copy.json")
    thief.folder.parent.mkdir()
    thief.claim_file.write_bytes(blank.claim_file.read_bytes())
    blank.begun().ask(moment())
    with pytest.raises(EnrolmentRefused) as caught:
        thief.begun().ask(moment())
    assert caught.value.fault == EnrolFault.CLAIM_REFUSED
    assert blank.server.alarms == ["k-1"]
    assert not thief.claim_file.exists()
    failed = thief.files.progress()
    assert failed is not None
    assert (failed.state, failed.fault) == (State.FAILED, "ENROL_CLAIM_REFUSED")
    assert thief.identity.certificate is None


def test_another_claim_after_the_first(enrolled: Blank) -> None:
    """A terminal that has a certificate asks by a new claim with a new key; the rest stays."""
    before = enrolled.identity
    data = enrolled.server.claim.to_bytes().replace(b'"id":"k-1"', b'"id":"k-2"')
    enrolled.claim_file.write_bytes(data)
    enrolment = enrolled.begun()
    with pytest.raises(EnrolmentRefused):
        enrolment.ask(moment())  # the server knows one claim only
    assert enrolled.identity.certificate == before.certificate
    assert enrolled.identity.wrap_key == before.wrap_key


def another_name(server: EstServer) -> None:
    """Let the server name another terminal."""
    server.named = "TT-0002"


def another_authority(server: EstServer) -> None:
    """Let somebody sign whom the server does not name as an authority."""
    server.issued_by = create_terminal_ca("Stranger", at=START)


def ended(server: EstServer) -> None:
    """Let the certificate have ended a year ago."""
    server.now = START - 2 * YEAR
    server.validity = YEAR


def another_key(server: EstServer) -> None:
    """Let the server answer with a neighbour's certificate."""
    foreign = issue_terminal(server.ca, new_key().public_key(), TERMINAL, at=START)
    body = est.to_body(est.make_certificates([foreign]))
    server.answers["simpleenroll"] = 200, "application/pkcs7-mime", body


@pytest.mark.parametrize("wrong", [another_name, another_authority, ended, another_key])
def test_certificate_that_is_not_ours(blank: Blank, wrong: Callable[[EstServer], None]) -> None:
    """Nothing of it is kept, and the claim is not used up."""
    enrolment = blank.begun()
    wrong(blank.server)
    with pytest.raises(EnrolmentRefused) as caught:
        enrolment.ask(moment())
    assert caught.value.fault == EnrolFault.CERTIFICATE_UNFIT
    assert not (blank.folder / CERTIFICATE_FILE).exists()
    assert blank.claim_file.exists()


def test_clock_behind(blank: Blank) -> None:
    """A terminal without a battery clock takes a certificate that begins years ahead."""
    blank.server.now = START.replace(year=2031)
    assert blank.begun().ask(moment()).state is State.ENROLLED


@pytest.mark.parametrize(
    ("what", "answer", "fault"),
    [
        ("cacerts", (200, "text/html", b"<html>"), EnrolFault.NO_SERVER),
        ("cacerts", (302, "", b""), EnrolFault.NO_SERVER),
        ("cacerts", (404, "", b""), EnrolFault.NO_SERVER),
        ("cacerts", (200, "application/pkcs7-mime", b"!"), EnrolFault.ANSWER_MALFORMED),
        ("csrattrs", (200, "application/csrattrs", b"MAMCAQA="), EnrolFault.ANSWER_MALFORMED),
        ("simpleenroll", (400, "text/plain", b"no"), EnrolFault.REQUEST_REFUSED),
        ("simpleenroll", (401, "text/plain", b"no"), EnrolFault.CLAIM_REFUSED),
        ("simpleenroll", (200, "application/pkcs7-mime", b"MAA="), EnrolFault.ANSWER_MALFORMED),
    ],
)
def test_answers_that_are_none(
    blank: Blank, what: str, answer: tuple[int, str, bytes], fault: EnrolFault
) -> None:
    """Each is a code of its own with a next step; the claim stays, unless it was refused."""
    blank.server.answers[what] = answer
    with pytest.raises(EnrolmentRefused) as caught:
        blank.begun().ask(moment())
    assert caught.value.fault == fault
    assert caught.value.next_step
    assert blank.claim_file.exists() is (fault is not EnrolFault.CLAIM_REFUSED)


def test_server_that_is_busy_or_not_ready(blank: Blank) -> None:
    """Neither costs the claim, and how long to wait is handed on."""
    enrolment = blank.begun()
    blank.server.answers["simpleenroll"] = (429, "", b"")
    with pytest.raises(CentreBusy):
        enrolment.ask(moment())
    blank.server.answers["simpleenroll"] = (502, "", b"")
    with pytest.raises(CentreUnreachable):
        enrolment.ask(moment())
    assert blank.claim_file.exists()


def test_attributes(blank: Blank) -> None:
    """What a terminal can do is done; what it cannot is said before anything is asked for."""
    blank.server.attributes = est.OURS.to_der()
    other = CsrAttributes((Asked(est.EC_KEY, (bytes.fromhex("06052b81040022"),)),))
    bound = CsrAttributes((Asked(est.CHALLENGE_PASSWORD),))
    enrolment = blank.begun()
    for wanted in (other, bound):
        blank.server.attributes = wanted.to_der()
        with pytest.raises(EnrolmentRefused) as caught:
            enrolment.ask(moment())
        assert caught.value.fault == EnrolFault.ATTRIBUTES_UNMET
    assert not blank.server.bound
    blank.server.attributes = est.OURS.to_der()
    assert enrolment.ask(moment()).state is State.ENROLLED


def test_server_that_the_claim_does_not_vouch_for(blank: Blank, tmp_path: Path) -> None:
    """Whoever answers under the name with another certificate is told no secret."""
    with est_server(tmp_path) as stranger:
        stranger.root = blank.server.root
        blank.claim_file.write_bytes(stranger.claim.to_bytes())
        with pytest.raises(CentreUnreachable):
            blank.begun().ask(moment())
        assert not stranger.asked


def test_what_is_no_claim(blank: Blank) -> None:
    """It is refused before anything is kept."""
    with pytest.raises(WireMalformed):
        blank.enrolment().begin(b"{}", moment())
    assert not blank.folder.exists()


def test_certificate_that_openssl_takes(enrolled: Blank, tmp_path: Path) -> None:
    """What was kept verifies against the authorities that were kept, by another program."""
    ca, own = tmp_path / "ca.pem", tmp_path / "own.pem"
    pem = [
        x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
        for der in (enrolled.files.authorities()[0], enrolled.identity.certificate or b"")
    ]
    ca.write_bytes(pem[0])
    own.write_bytes(pem[1])
    verified = subprocess.run(
        ["openssl", "verify", "-CAfile", ca, "-purpose", "sslclient", "-no_check_time", own],
        check=False,
        capture_output=True,
        timeout=LONG,
    )
    assert verified.returncode == 0, verified.stderr
