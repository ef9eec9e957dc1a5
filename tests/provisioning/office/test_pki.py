"""What the pilot's certificates say, by our eyes and by openssl's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates, pki
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from provisioning.office.pki import Authority
from verify.trust import STATUS_SIGNER_EKU

Openssl = Callable[..., str]
AsPem = Callable[[Authority], Path]


Kind = TypeVar("Kind", bound=x509.ExtensionType)


def _extension(authority: Authority, kind: type[Kind]) -> x509.Extension[Kind]:
    return authority.x509.extensions.get_extension_for_class(kind)


def test_csca_is_a_country_signing_authority(pilot: PilotPki) -> None:
    """A CSCA is self-signed, of country VN, and may sign certificates and lists only."""
    certificate = pilot.party_csca.x509
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0].value == "VN"
    constraints = _extension(pilot.party_csca, x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    usage = _extension(pilot.party_csca, x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature


def test_document_signer_signs_documents_of_its_types(pilot: PilotPki) -> None:
    """A document signer has digitalSignature, names its document types and is no authority."""
    signer = pilot.party_signer
    signer.x509.verify_directly_issued_by(pilot.party_csca.x509)
    usage = _extension(signer, x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    types = signer.x509.extensions.get_extension_for_oid(
        x509.ObjectIdentifier(certificates.DOCUMENT_TYPE_LIST)
    )
    assert not types.critical
    # SEQUENCE { INTEGER 0, SET { PrintableString "IM" } }
    assert types.value.public_bytes() == bytes.fromhex("300902010031041302") + b"IM"
    with pytest.raises(x509.ExtensionNotFound):
        _extension(signer, x509.BasicConstraints)


def test_document_signer_outlives_its_key(pilot: PilotPki) -> None:
    """The signing key is used for a short time; the certificate outlives every card it signed."""
    period = _extension(pilot.party_signer, x509.PrivateKeyUsagePeriod).value
    assert period.not_before is not None
    assert period.not_after is not None
    assert period.not_after - period.not_before == certificates.SIGNER_USAGE
    rest = pilot.party_signer.x509.not_valid_after_utc - period.not_after.replace(
        tzinfo=pilot.party_signer.x509.not_valid_after_utc.tzinfo
    )
    assert rest >= timedelta(days=3650)


def test_document_signer_chains_in_openssl(
    pilot: PilotPki, openssl: Openssl, as_pem: AsPem, at: datetime
) -> None:
    """By openssl, too, the chain is good; it reads the usage period and the list's place."""
    csca, signer = as_pem(pilot.party_csca), as_pem(pilot.party_signer)
    said = openssl(
        "verify", "-x509_strict", "-attime", str(int(at.timestamp())), "-CAfile", csca, signer
    )
    assert said.endswith("OK\n")
    text = openssl("x509", "-in", signer, "-noout", "-text")
    assert "X509v3 Private Key Usage Period" in text
    assert "URI:https://crl.tramthe.invalid/csca-dang-vien.crl" in text
    assert "DirName:/L=VNM" in text or "DirName:L = VNM" in text


def test_key_identifiers_link_signer_and_authority(pilot: PilotPki) -> None:
    """The signer's authority key identifier is its authority's subject key identifier."""
    for authority, signer in (
        (pilot.party_csca, pilot.party_signer),
        (pilot.citizen_csca, pilot.citizen_signer),
        (pilot.passport_csca, pilot.passport_signer),
    ):
        below = _extension(signer, x509.AuthorityKeyIdentifier).value.key_identifier
        assert below == _extension(authority, x509.SubjectKeyIdentifier).value.digest


def test_status_signer_may_sign_its_list_and_nothing_else(pilot: PilotPki) -> None:
    """The status signer has cRLSign, its private purpose (critical), and a name of its own."""
    signer = pilot.status_signer
    assert signer.x509.subject == signer.x509.issuer != pilot.party_csca.x509.subject
    usage = _extension(signer, x509.KeyUsage)
    assert usage.critical
    assert usage.value.crl_sign
    assert not usage.value.key_cert_sign
    assert not usage.value.digital_signature
    purpose = _extension(signer, x509.ExtendedKeyUsage)
    assert purpose.critical
    assert [oid.dotted_string for oid in purpose.value] == [STATUS_SIGNER_EKU]
    names = _extension(signer, x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [STATUS_SCOPE]


def test_terminal_is_named_by_its_id(
    pilot: PilotPki, openssl: Openssl, as_pem: AsPem, at: datetime
) -> None:
    """A terminal's certificate holds its own key, its id, and serves as a TLS client's."""
    key = pki.new_key()
    der = pki.issue_terminal(pilot.terminal_ca, key.public_key(), "tt-99-0001", at=at)
    terminal = Authority(der, key)
    assert terminal.x509.public_key() == key.public_key()
    name = terminal.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert name == "tt-99-0001"
    assert list(_extension(terminal, x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    assert not _extension(terminal, x509.BasicConstraints).value.ca
    said = openssl(
        "verify",
        "-x509_strict",
        "-purpose",
        "sslclient",
        "-attime",
        str(int(at.timestamp())),
        "-CAfile",
        as_pem(pilot.terminal_ca),
        as_pem(terminal),
    )
    assert said.endswith("OK\n")


@pytest.mark.parametrize("terminal_id", ["", "-a", "a b", "ộ", "x" * 65, "a/b"])
def test_terminal_id_that_is_no_plain_word(pilot: PilotPki, terminal_id: str, at: datetime) -> None:
    """An id that could not be a file name or a log word is refused."""
    with pytest.raises(OfficeInputInvalid, match="1 to 64"):
        pki.issue_terminal(pilot.terminal_ca, pki.new_key().public_key(), terminal_id, at=at)


def test_terminal_key_on_another_curve(pilot: PilotPki, at: datetime) -> None:
    """A terminal's key is on P-256, or there is no certificate."""
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(OfficeInputInvalid, match="P-256"):
        pki.issue_terminal(pilot.terminal_ca, key, "tt-1", at=at)


def test_the_same_randomness_gives_the_same_keys() -> None:
    """Keys and serials follow from the randomness alone, and fit their range."""
    first, again = (pki.new_key(lambda n: b"\xa5" * n) for _ in range(2))
    assert first.private_numbers() == again.private_numbers()
    assert pki.new_key(lambda n: b"\xff" * n).curve.name == "secp256r1"
    for octet in (b"\x00", b"\x7f", b"\xff"):
        serial = pki.new_serial(lambda n, octet=octet: octet * n)  # type: ignore[misc]
        assert serial.bit_length() == 127


def test_another_authority_of_the_same_name(pilot: PilotPki, at: datetime) -> None:
    """A name alone makes no chain: the signature of a namesake does not hold."""
    namesake = pki.create_csca("CSCA the dang vien", at=at, crl_name="x.crl")
    assert namesake.x509.subject == pilot.party_csca.x509.subject
    with pytest.raises(InvalidSignature):
        pilot.party_signer.x509.verify_directly_issued_by(namesake.x509)


def test_authority_does_not_show_its_key(pilot: PilotPki) -> None:
    """No representation carries key material."""
    assert "PrivateKey" not in repr(pilot.party_csca)
    assert "PrivateKey" not in repr(pilot)
    assert pilot.centre.seal_seed.hex() not in repr(pilot)
    assert repr(pilot.centre.seal_seed) not in repr(pilot)
