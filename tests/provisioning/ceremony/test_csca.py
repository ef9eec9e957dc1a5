"""The country signing authority: what it signs, by openssl too, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from crl.parse import parse_header
from provisioning.ceremony import certificate_list, csca, document_signer, inspect
from provisioning.ceremony.folder import AuthorityFolder
from provisioning.ceremony.numbers import NUMBER
from provisioning.ceremony.parts import Name, load_certificate
from provisioning.errors import OfficeInputInvalid
from provisioning.office.certificates import CSCA_USAGE, Whereabouts
from provisioning.office.pki import new_key
from provisioning.office.requests import document_signer_request, read_request
from tests.provisioning.ceremony.conftest import (
    AT,
    NAME,
    PASSPHRASE,
    SIGNER_NAME,
    WHERE,
    answer_request,
    do,
)
from verify.path import NAME_CHANGE

Openssl = Callable[..., str]
DAY = timedelta(days=1)


def _verify(openssl: Openssl, *arguments: str | Path) -> None:
    moment = str(int((AT + 3 * DAY).timestamp()))
    said = openssl("verify", "-x509_strict", "-attime", moment, *arguments)
    assert said.endswith("OK\n")


def _request(country: str = "VN", key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    name = replace(SIGNER_NAME, country=country)
    return document_signer_request(name.x509, key or new_key(), ["IM"])


def test_authority_by_openssl(root: AuthorityFolder, openssl: Openssl) -> None:
    """Self-signed, its key usage, whereabouts and usage period as Doc 9303-12 table 6 asks."""
    certificate = root.path / "certificates" / "1.pem"
    _verify(openssl, "-CAfile", certificate, certificate)
    text = openssl("x509", "-in", certificate, "-noout", "-text")
    for part in (
        "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0",
        "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign",
        "X509v3 Private Key Usage Period",
        "Not Before: Nov  7 12:00:00 2026 GMT, Not After: Nov  6 12:00:00 2031 GMT",
        "URI:mailto:csca@example.vn",
        "URI:https://crl.example.vn/csca.crl",
    ):
        assert part in text
    assert "DirName:/L=VNM" in text or "DirName:L = VNM" in text


def test_signer_by_openssl(
    root: AuthorityFolder, signer: AuthorityFolder, openssl: Openssl
) -> None:
    """The request proves its key; the certificate chains, and names what it may sign."""
    openssl("req", "-in", signer.path / document_signer.REQUEST, "-noout", "-verify")
    made = answer_request(root, signer)
    _verify(openssl, "-CAfile", root.path / "certificates" / "1.pem", made)
    text = openssl("x509", "-in", made, "-noout", "-text")
    assert "X509v3 Key Usage: critical\n                Digital Signature\n" in text
    assert "CN=DS the dang vien 1" in text.replace(" = ", "=")
    assert "2.23.136.1.1.6.2" in text
    assert list(inspect.faults(root)) == []
    assert list(inspect.faults(signer)) == []


def test_list_by_openssl(root: AuthorityFolder, signer: AuthorityFolder, openssl: Openssl) -> None:
    """The list verifies, and openssl refuses the signer that it names."""
    made = answer_request(root, signer)
    own = root.path / "certificates" / "1.pem"
    empty = do(root, certificate_list.crl(root, {}, AT + DAY), AT + DAY)
    (path,) = (one for name, one in empty.items() if name.endswith(".crl"))
    _check_list(openssl, own, path)
    pem = path.with_suffix(".pem")
    openssl("crl", "-inform", "DER", "-in", path, "-out", pem)
    _verify(openssl, "-crl_check", "-CAfile", own, "-CRLfile", pem, made)

    serial = x509.load_pem_x509_certificate(made.read_bytes()).serial_number
    act = certificate_list.crl(root, {serial: AT + DAY}, AT + 2 * DAY)
    named = do(root, act, AT + 2 * DAY)
    (path,) = (one for name, one in named.items() if name.endswith(".crl"))
    text = _check_list(openssl, own, path)
    assert f"Serial Number: {serial:X}" in text
    pem = path.with_suffix(".pem2")
    openssl("crl", "-inform", "DER", "-in", path, "-out", pem)
    with pytest.raises(AssertionError, match="certificate revoked"):
        _verify(openssl, "-crl_check", "-CAfile", own, "-CRLfile", pem, made)


def _check_list(openssl: Openssl, issuer: Path, path: Path) -> str:
    said = openssl("crl", "-inform", "DER", "-in", path, "-CAfile", issuer, "-text", "-noout")
    assert "verify OK" in said
    assert "SEQUENCE" in openssl("asn1parse", "-inform", "DER", "-in", path)
    return said


def test_link_by_openssl(root: AuthorityFolder, openssl: Openssl) -> None:
    """The old key signs the new one's certificate, so who trusts the old can take the new."""
    do(root, csca.link(root, AT + DAY), AT + DAY)
    old, new, link = (root.path / "certificates" / f"{name}.pem" for name in ("1", "2", "link-1-2"))
    _verify(openssl, "-CAfile", new, new)
    _verify(openssl, "-CAfile", old, link)
    keys = [openssl("x509", "-in", one, "-noout", "-pubkey") for one in (old, new, link)]
    assert keys[0] != keys[1] == keys[2]
    names = [load_certificate(root, f"certificates/{one}.pem") for one in ("1", "2", "link-1-2")]
    assert names[2].issuer == names[0].subject == names[1].subject == names[2].subject
    assert names[2].not_valid_after_utc == names[0].not_valid_after_utc
    assert list(inspect.faults(root)) == []


def test_link_to_another_name(root: AuthorityFolder) -> None:
    """A change of name is marked in the link, which says both names."""
    do(root, csca.link(root, AT + DAY, "CSCA the dang vien 2"), AT + DAY)
    link = load_certificate(root, "certificates/link-1-2.pem")
    assert link.issuer == NAME.x509
    assert link.subject == replace(NAME, common_name="CSCA the dang vien 2").x509
    mark = link.extensions.get_extension_for_oid(x509.ObjectIdentifier(NAME_CHANGE))
    assert (mark.critical, mark.value.public_bytes()) == (False, b"\x05\x00")
    assert csca.generations(root)[-1].certificate.subject == link.subject


def test_link_without_another_name(root: AuthorityFolder) -> None:
    """A change of key alone has no such mark."""
    do(root, csca.link(root, AT), AT)
    link = load_certificate(root, "certificates/link-1-2.pem")
    with pytest.raises(x509.ExtensionNotFound):
        link.extensions.get_extension_for_oid(x509.ObjectIdentifier(NAME_CHANGE))


def test_new_key_rests(root: AuthorityFolder) -> None:
    """For two days the old key signs on, then the new one alone, lists too."""
    do(root, csca.link(root, AT), AT)
    second = timedelta(seconds=1)
    assert csca.in_use(root, AT + csca.REST - second).number == 1
    assert csca.in_use(root, AT + csca.REST).number == 2
    act = certificate_list.crl(root, {}, AT + 3 * DAY)
    made = do(root, act, AT + 3 * DAY)
    (path,) = (one for name, one in made.items() if name.endswith(".crl"))
    key_id = parse_header(path.read_bytes()).authority_key_id
    own = csca.generations(root)[1].certificate.extensions
    assert key_id == own.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def test_link_before_the_last_is_in_use(root: AuthorityFolder) -> None:
    """Two changes at once would leave a link that no key in use signed."""
    do(root, csca.link(root, AT), AT)
    with pytest.raises(OfficeInputInvalid, match="must sign the link"):
        csca.link(root, AT + DAY)


def test_key_past_its_time(root: AuthorityFolder) -> None:
    """After five years the key signs nothing: no signer, no list, no link."""
    late = AT + CSCA_USAGE + DAY
    with pytest.raises(OfficeInputInvalid, match="its time to be used is over"):
        csca.sign(root, read_request(_request()), late)
    with pytest.raises(OfficeInputInvalid, match="its time to be used is over"):
        certificate_list.crl(root, {}, late)
    with pytest.raises(OfficeInputInvalid, match="its time to be used is over"):
        csca.link(root, late)


def test_request_of_another_country(root: AuthorityFolder) -> None:
    """Issuer and subject are of one country (table 5)."""
    with pytest.raises(OfficeInputInvalid, match="country"):
        csca.sign(root, read_request(_request("LA")), AT)


def test_request_without_document_types(root: AuthorityFolder) -> None:
    """A signer of documents says which."""
    request = replace(read_request(_request()), document_types=())
    with pytest.raises(OfficeInputInvalid, match="no document types"):
        csca.sign(root, request, AT)


def test_key_certified_twice(root: AuthorityFolder, signer: AuthorityFolder) -> None:
    """A second certificate for one key would begin its three months and its cards anew."""
    request = document_signer.request(signer)
    do(root, csca.sign(root, request, AT))
    with pytest.raises(OfficeInputInvalid, match="has a certificate already"):
        csca.sign(root, request, AT + DAY)


def test_serial_of_nobody(root: AuthorityFolder) -> None:
    """Only what the authority issued can be revoked by it."""
    with pytest.raises(OfficeInputInvalid, match="never issued"):
        certificate_list.crl(root, {5: AT}, AT)


def test_revoked_in_time_to_come(root: AuthorityFolder) -> None:
    """A list says what is, not what will be."""
    serial = csca.generations(root)[0].certificate.serial_number
    with pytest.raises(OfficeInputInvalid, match="still to come"):
        certificate_list.crl(root, {serial: AT + DAY}, AT)


@pytest.mark.parametrize("days", [0, 91])
def test_list_for_too_long(root: AuthorityFolder, days: int) -> None:
    """There is a list at least every 90 days."""
    with pytest.raises(OfficeInputInvalid, match="1 to 90"):
        certificate_list.crl(root, {}, AT, days)


def test_nothing_comes_off_a_list(root: AuthorityFolder) -> None:
    """What was revoked stays so, since when it was, in every list to come."""
    serial = csca.generations(root)[0].certificate.serial_number
    do(root, certificate_list.crl(root, {serial: AT}, AT))
    do(root, certificate_list.crl(root, {}, AT + DAY), AT + DAY)
    again = certificate_list.crl(root, {serial: AT + DAY}, AT + DAY)
    assert again.shown["revoked now"] == "-"
    do(root, again, AT + DAY)
    assert certificate_list.last_revoked(root) == {serial: AT}


def test_numbers_of_lists(root: AuthorityFolder) -> None:
    """Each is the time, and above the one before even in one second."""
    numbers = []
    for _ in range(3):
        act = certificate_list.crl(root, {}, AT)
        do(root, act)
        numbers.append(int(act.shown[NUMBER], 16))
    first = int(AT.timestamp())
    assert numbers == [first, first + 1, first + 2]


def test_wrong_passphrase(root: AuthorityFolder) -> None:
    """Nothing is signed, and nothing is written."""
    before = root.ledger.head
    with pytest.raises(OfficeInputInvalid, match="does not open"):
        root.carry_out(certificate_list.crl(root, {}, AT), PASSPHRASE + "?", AT)
    assert root.ledger.head == before


@pytest.mark.parametrize(
    ("name", "where"),
    [
        (replace(NAME, country="vn"), WHERE),
        (replace(NAME, common_name=""), WHERE),
        (replace(NAME, organisation="x" * 65), WHERE),
    ],
)
def test_name_that_is_none(name: Name, where: Whereabouts) -> None:
    """A name that no certificate can carry is refused before any key is made."""
    with pytest.raises(OfficeInputInvalid, match="No certificate can say this"):
        csca.create(name, where, AT)


@pytest.mark.parametrize(
    "parts", [("vnm", "mailto:a@b", "https://a"), ("VNM", "a", "https://a"), ("VNM", "a:b", "ftp:")]
)
def test_whereabouts_that_are_none(parts: tuple[str, str, str]) -> None:
    """State, contact and address of the list have the form that Doc 9303-12 asks for."""
    with pytest.raises(OfficeInputInvalid, match="No certificate can say this"):
        Whereabouts(*parts)
