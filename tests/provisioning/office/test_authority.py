"""One seam to whoever issues certificates: at hand, or outside and asked by files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates
from provisioning.office.answers import check_document_signer
from provisioning.office.authority import (
    AtHand,
    ByFiles,
    CertificateAuthority,
    read_certificate,
)
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import issue_terminal, new_key
from provisioning.office.requests import Request, document_signer_request, read_request

Openssl = Callable[..., str]

NAME = certificates.name("DS the dang vien 1", organisation="Co quan", country="VN")
EXTENSIONS = """
[signer]
keyUsage = critical, digitalSignature
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
2.23.136.1.1.6.2 = DER:300902010031041302494D
2.5.29.16 = DER:{period}
"""
PERIOD = "302280{begin}81{end}"


@pytest.fixture
def outside(tmp_path: Path, openssl: Openssl) -> Path:
    """Return the folder of an authority that knows nothing of us: openssl, and P-384."""
    folder = tmp_path / "outside"
    folder.mkdir()
    openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", folder / "key.pem")
    openssl(
        "req", "-x509", "-new", "-sha384", "-key", folder / "key.pem", "-days", "6000",
        "-subj", "/C=VN/O=Ban Co yeu/CN=CSCA ngoai",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-out", folder / "ca.pem",
    )  # fmt: skip
    return folder


def _answer(outside: Path, openssl: Openssl, request: Path, answer: Path) -> None:
    """Let the outside authority answer, as its own people would."""
    began = x509.load_pem_x509_certificate((outside / "ca.pem").read_bytes()).not_valid_before_utc
    times = (f"{one:%Y%m%d%H%M%SZ}".encode().hex() for one in (began, began.replace(year=2099)))
    begin, end = (f"0f{text}" for text in times)
    extensions = outside / "signer.cnf"
    extensions.write_text(EXTENSIONS.format(period=PERIOD.format(begin=begin, end=end)))
    openssl(
        "x509", "-req", "-in", request, "-CA", outside / "ca.pem", "-CAkey", outside / "key.pem",
        "-days", "4000", "-sha384", "-extfile", extensions, "-extensions", "signer",
        "-set_serial", "77", "-out", answer,
    )  # fmt: skip


def test_authority_outside(tmp_path: Path, outside: Path, openssl: Openssl) -> None:
    """The request goes out, the certificate comes back days later, and is what was asked for."""
    files = ByFiles(tmp_path / "request.pem", tmp_path / "certificate.pem")
    authority: CertificateAuthority = files
    key = new_key()
    request = document_signer_request(NAME, key, ["IM"])
    ca = read_certificate(outside / "ca.pem")
    at = x509.load_der_x509_certificate(ca).not_valid_before_utc
    assert authority.certify(request, at) is None
    assert authority.certify(request, at) is None
    _answer(outside, openssl, files.request_file, files.answer_file)
    found = authority.certify(request, at)
    assert found is not None
    later = x509.load_der_x509_certificate(found).not_valid_before_utc
    permit = check_document_signer(read_request(request), found, ca, later)
    assert permit.serial == 77
    assert (permit.usage.end - permit.usage.begin).days == 90


def test_another_request_in_its_place(tmp_path: Path, at: datetime) -> None:
    """A second request does not replace the one that is on its way."""
    authority = ByFiles(tmp_path / "request.pem", tmp_path / "certificate.pem")
    authority.certify(document_signer_request(NAME, new_key(), ["IM"]), at)
    before = authority.request_file.read_bytes()
    with pytest.raises(OfficeInputInvalid, match="Another request"):
        authority.certify(document_signer_request(NAME, new_key(), ["IM"]), at)
    assert authority.request_file.read_bytes() == before


def test_authority_at_hand(pilot: PilotPki, at: datetime) -> None:
    """An authority in this process answers at once, through the same seam."""

    def issue(request: Request, at: datetime) -> bytes:
        return issue_terminal(pilot.terminal_ca, request.key, request.common_name, at=at)

    authority: CertificateAuthority = AtHand(issue)
    key = new_key()
    builder = x509.CertificateSigningRequestBuilder(
        subject_name=certificates.terminal_name("tt-1", "Co quan")
    )
    request = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    found = authority.certify(request, at)
    assert found is not None
    certificate = x509.load_der_x509_certificate(found)
    assert certificate.public_key() == key.public_key()
    certificate.verify_directly_issued_by(pilot.terminal_ca.x509)


def test_request_whose_asker_has_no_key() -> None:
    """A request is signed by the key that it is for."""
    request = bytearray(read_request(document_signer_request(NAME, new_key(), ["IM"])).der)
    request[-1] ^= 1
    with pytest.raises(OfficeInputInvalid, match="does not have the key"):
        read_request(bytes(request))


def test_request_on_another_curve() -> None:
    """Keys of ours are on P-256."""
    key = ec.generate_private_key(ec.SECP384R1())
    request = document_signer_request(NAME, key, ["IM"])
    with pytest.raises(OfficeInputInvalid, match="P-256"):
        read_request(request)


def test_request_that_is_none() -> None:
    """Cut anywhere, or nothing of the kind: our own error."""
    whole = read_request(document_signer_request(NAME, new_key(), ["IM"])).der
    for data in (b"-----BEGIN CERTIFICATE REQUEST-----", b"\0" * 20_000, whole + b"\0"):
        with pytest.raises(OfficeInputInvalid, match="request cannot be used"):
            read_request(data)
    later = bytearray(whole)
    later[later.index(b"\x02\x01\x00") + 2] = 1  # a version that does not exist
    with pytest.raises(OfficeInputInvalid, match="request cannot be used"):
        read_request(bytes(later))
    for stop in range(len(whole)):
        with pytest.raises(OfficeInputInvalid, match="request cannot be used"):
            read_request(whole[:stop])


def test_certificate_that_is_none(tmp_path: Path) -> None:
    """An empty file, a text, a large one: our own error."""
    path = tmp_path / "certificate"
    for data in (b"", b"dear office", b"-----BEGIN CERTIFICATE-----", b"\0" * 70_000):
        path.write_bytes(data)
        with pytest.raises(OfficeInputInvalid, match="no certificate"):
            read_certificate(path)
