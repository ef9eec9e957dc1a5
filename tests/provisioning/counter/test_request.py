"""What a terminal asks of the office, and from whom the office takes it."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.identity.key import TerminalIdentity
from provisioning.cli.common import office_time
from provisioning.counter import request
from provisioning.counter.hosts import Door, Hosts
from provisioning.errors import OfficeInputInvalid, TerminalUnknown
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.provisioning.counter.conftest import CODE, NAME, TERMINAL, Office
from verify import jws
from verify.errors import VerifyError

DOOR = Door(Hosts.of([NAME]))
KEY = new_key()


@pytest.fixture
def identity(office: Office, tmp_path: Path) -> TerminalIdentity:
    """Return an enrolled terminal."""
    return office.enrol(tmp_path / "terminal")


def csr(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a PKCS #10 request, DER."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_terminals_request(office: Office, identity: TerminalIdentity) -> None:
    """Says which terminal, organisation, hosts and key."""
    compact = request.make(identity, CODE, DOOR, KEY)
    asked = request.check(compact, [office.pilot.terminal_ca.certificate], office_time())
    assert (asked.terminal, asked.code, asked.door) == (TERMINAL, CODE, DOOR)
    assert asked.public_key == KEY.public_key()
    assert request.read_own(compact) == asked


def test_a_terminal_of_somebody_else(office: Office, identity: TerminalIdentity) -> None:
    """Of the same form, under an authority that is not ours: not known."""
    at = office.at
    other = create_terminal_ca("Tram The terminals", at=at)
    forged = issue_terminal(other, identity.key.public_key(), TERMINAL, at=at)
    compact = request.make(
        identity.having(replace(identity.pair, certificate=forged)), CODE, DOOR, KEY
    )
    with pytest.raises(TerminalUnknown):
        request.check(compact, [office.pilot.terminal_ca.certificate], office_time())


def test_exchanged_on_the_way(office: Office, identity: TerminalIdentity) -> None:
    """Another key put in by whoever carried it: the terminal's signature does not hold."""
    mine, theirs = (request.make(identity, CODE, DOOR, key) for key in (KEY, new_key()))
    mixed = ".".join([mine.split(".")[0], theirs.split(".")[1], mine.split(".")[2]])
    with pytest.raises(VerifyError):
        request.check(mixed, [office.pilot.terminal_ca.certificate], office_time())


def test_a_terminal_without_a_certificate(identity: TerminalIdentity) -> None:
    """Nobody could tell that it asks; it says so at once."""
    with pytest.raises(OfficeInputInvalid, match="no certificate"):
        request.make(identity.having(replace(identity.pair, certificate=None)), CODE, DOOR, KEY)


GOOD: dict[str, Any] = {
    "v": 1,
    "terminal": TERMINAL,
    "code": CODE,
    "hosts": [NAME],
    "port": 8443,
    "csr": base64.b64encode(csr(KEY)).decode(),
}


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2}, {"terminal": "TT-0002"}, {"terminal": 7}, {"code": "../../x"}, {"code": ""},
        {"code": "a" * 41}, {"hosts": []}, {"hosts": ["example.com"]}, {"hosts": [7]},
        {"hosts": NAME}, {"port": 0}, {"port": 65_536}, {"port": True}, {"port": "8443"},
        {"csr": "!"}, {"csr": 7}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_request_of_another_form(
    changed: dict[str, Any], office: Office, identity: TerminalIdentity
) -> None:
    """Refused, though the terminal signed it."""
    assert identity.certificate is not None
    anchors, at = [office.pilot.terminal_ca.certificate], office_time()
    x5c = [identity.certificate]
    good = jws.sign(GOOD, typ=request.TYP, key=identity.key, x5c=x5c)
    assert request.check(good, anchors, at).code == CODE
    other = jws.sign({**GOOD, **changed}, typ=request.TYP, key=identity.key, x5c=x5c)
    with pytest.raises(OfficeInputInvalid):
        request.check(other, anchors, at)


def test_a_key_that_nobody_shows_to_hold(office: Office, identity: TerminalIdentity) -> None:
    """A certificate request whose own signature does not hold, or that is none, or of RSA."""
    assert identity.certificate is not None
    broken = bytearray(csr(KEY))
    broken[-1] ^= 1
    for der in (bytes(broken), b"", b"\x30\x00"):
        payload = {**GOOD, "csr": base64.b64encode(der).decode()}
        compact = jws.sign(payload, typ=request.TYP, key=identity.key, x5c=[identity.certificate])
        asked = request.check(compact, [office.pilot.terminal_ca.certificate], office_time())
        with pytest.raises(OfficeInputInvalid):
            _ = asked.public_key


def test_another_signed_object_of_the_terminal(office: Office, identity: TerminalIdentity) -> None:
    """Its type is compared: no segment or call passes for a request."""
    assert identity.certificate is not None
    compact = jws.sign(
        GOOD, typ="tramthe-segment+jws", key=identity.key, x5c=[identity.certificate]
    )
    anchors = [office.pilot.terminal_ca.certificate]
    with pytest.raises(VerifyError):
        request.check(compact, anchors, office_time())
    with pytest.raises(OfficeInputInvalid):
        request.read_own(compact)
    bare = jws.sign(GOOD, typ=request.TYP, key=identity.key)
    with pytest.raises(OfficeInputInvalid, match="which terminal"):
        request.check(bare, anchors, office_time())
