"""By stick: a request goes out, the office's answer comes back, and only the right one is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from edge.enrol.by_stick import answer_in, read_answer, request_out
from edge.enrol.check import name_of
from edge.enrol.faults import EnrolFault
from edge.errors import ConfigInvalid, EnrolmentRefused
from edge.identity.key import load_or_create
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from provisioning.office.requests import read_request
from tests.edge.enrol.conftest import on
from tests.edge.log.made import START, TERMINAL, moment

ORGANISATION = "01234567890123"


@pytest.fixture(scope="module")
def ca() -> Authority:
    """Return the office's authority."""
    return create_terminal_ca("Terminal CA", at=START)


def office(ca: Authority, request: bytes, terminal: str = TERMINAL) -> bytes:
    """Return the office's answer (DER) to a request, as its own tools read it."""
    asked = read_request(request)
    assert asked.common_name == terminal
    return issue_terminal(ca, asked.key, terminal, at=START)


def first_request(folder: Path) -> tuple[bytes, str]:
    """Return the request of a blank terminal."""
    return request_out(folder, moment(), terminal=TERMINAL, organisation=ORGANISATION)


def test_out_and_back(tmp_path: Path, ca: Authority) -> None:
    """The certificate is kept, its key never left; asked twice it is the same key."""
    request, known_by = first_request(tmp_path / "id")
    assert first_request(tmp_path / "id")[1] == known_by
    answer = office(ca, request)
    kept = answer_in(
        tmp_path / "id", answer, moment(), terminal=TERMINAL, authorities=(ca.certificate,)
    )
    assert kept.certificate == answer
    assert load_or_create(tmp_path / "id", TERMINAL).certificate == answer


def test_the_next_by_stick(tmp_path: Path, ca: Authority) -> None:
    """A terminal that has a certificate asks with a new key, under the same name."""
    folder, trusted = tmp_path / "id", (ca.certificate,)
    first = answer_in(
        folder, office(ca, first_request(folder)[0]), moment(), terminal=None, authorities=trusted
    )
    request, known_by = request_out(folder, on(300))
    assert request_out(folder, on(300))[1] == known_by
    second = answer_in(folder, office(ca, request), on(300), terminal=None, authorities=trusted)
    assert second.certificate is not None
    assert name_of(second.certificate) == TERMINAL
    again = load_or_create(folder, TERMINAL)
    assert again.certificate == second.certificate != first.certificate
    assert again.key.public_key() != first.key.public_key()
    assert again.wrap_key == first.wrap_key


def test_answers_in_every_form(ca: Authority) -> None:
    """PEM with a chain, DER, PKCS #7 as PEM, DER or base64: as authorities send them."""
    issued = issue_terminal(ca, new_key().public_key(), TERMINAL, at=START)
    found = [x509.load_der_x509_certificate(one) for one in (issued, ca.certificate)]
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in found)
    assert read_answer(issued) == (issued,)
    assert read_answer(b"from the office\n" + pem) == (issued, ca.certificate)
    for encoding in (Encoding.DER, Encoding.PEM):
        answer = pkcs7.serialize_certificates(found, encoding)
        assert set(read_answer(answer)) == {issued, ca.certificate}


@pytest.mark.parametrize(
    "data",
    [b"", b"no certificate", b"\x30\x00", b"-----BEGIN CERTIFICATE-----\n", bytes(200_000)],
)
def test_answers_that_are_none(data: bytes) -> None:
    """They are refused with what to do."""
    with pytest.raises(EnrolmentRefused) as caught:
        read_answer(data)
    assert caught.value.fault == EnrolFault.ANSWER_MALFORMED


def test_answers_that_are_not_ours(tmp_path: Path, ca: Authority) -> None:
    """Another key, another authority, none that is known, another name: nothing is kept."""
    folder, trusted = tmp_path / "id", (ca.certificate,)
    request, _ = first_request(folder)
    key = read_request(request).key
    stranger = create_terminal_ca("Stranger", at=START)
    good = office(ca, request)
    for answer, authorities in (
        (issue_terminal(ca, new_key().public_key(), TERMINAL, at=START), trusted),
        (issue_terminal(stranger, key, TERMINAL, at=START), trusted),
        (good, ()),
        (issue_terminal(ca, key, "TT-0002", at=START), trusted),
    ):
        with pytest.raises(EnrolmentRefused) as caught:
            answer_in(folder, answer, moment(), terminal=TERMINAL, authorities=authorities)
        assert caught.value.fault == EnrolFault.CERTIFICATE_UNFIT
        assert load_or_create(folder, TERMINAL).certificate is None
    answer_in(folder, good, moment(), terminal=TERMINAL, authorities=trusted)


def test_who_it_is_has_to_be_said(tmp_path: Path) -> None:
    """A blank terminal's request names it."""
    with pytest.raises(ConfigInvalid, match="--organisation"):
        request_out(tmp_path / "id", moment(), terminal=TERMINAL)
