"""A document signer: what it takes for an answer to its request, and how long its key signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from provisioning.ceremony import csca, document_signer, inspect
from provisioning.ceremony.document_signer import MAX_CARDS
from provisioning.ceremony.folder import AuthorityFolder
from provisioning.ceremony.parts import load_key, to_der
from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates
from provisioning.office.certificates import SIGNER_USAGE, SIGNER_VALIDITY, Span
from provisioning.office.pki import new_key, new_serial
from provisioning.office.requests import Request
from tests.provisioning.ceremony.conftest import (
    AT,
    PASSPHRASE,
    SIGNER_NAME,
    WHERE,
    answer_request,
    do,
)

DAY = timedelta(days=1)
EXPIRES = date(2036, 11, 1)


@dataclass
class Answers:
    """An authority that answers as it is told."""

    issuer: bytes
    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    asked: Request

    def make(
        self,
        *,
        subject: x509.Name | None = None,
        key: ec.EllipticCurvePublicKey | None = None,
        signed_by: ec.EllipticCurvePrivateKey | None = None,
        valid: Span | None = None,
        extend: Callable[[x509.CertificateBuilder], x509.CertificateBuilder] | None = None,
    ) -> bytes:
        """Return a certificate that is right but for what was told."""
        span = valid or Span.of(AT, SIGNER_VALIDITY)
        builder = certificates.body(
            subject or self.asked.subject,
            key or self.asked.key,
            issuer=self.name,
            serial=new_serial(),
            valid=span,
        )
        builder = extend(builder) if extend is not None else _as_asked(builder)
        return certificates.sign(builder, key or self.asked.key, signed_by or self.key)


def _as_asked(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return certificates.document_signer(builder, Span.of(AT, SIGNER_USAGE), WHERE, ["IM"])


@pytest.fixture
def answers(root: AuthorityFolder, signer: AuthorityFolder) -> Answers:
    """Return an authority that may be wrong."""
    issuer = csca.in_use(root, AT).certificate
    return Answers(
        to_der(issuer), issuer.subject, load_key(root, PASSPHRASE), document_signer.request(signer)
    )


def test_answer_that_is_right(signer: AuthorityFolder, answers: Answers) -> None:
    """It is taken, and the key signs for as long as it says."""
    do(signer, document_signer.accept(signer, answers.make(), answers.issuer, AT))
    permit = document_signer.permit(signer)
    assert permit.usage == Span.of(AT, SIGNER_USAGE)
    assert permit.valid_until == AT + SIGNER_VALIDITY
    assert list(inspect.faults(signer)) == []


def _without_types(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.PrivateKeyUsagePeriod(AT, AT + 90 * DAY), critical=False)
    return builder.add_extension(certificates.key_usage(digital_signature=True), critical=True)


def _without_period(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    builder = builder.add_extension(certificates.document_types(["IM"]), critical=False)
    return builder.add_extension(certificates.key_usage(digital_signature=True), critical=True)


def _usage(
    usage: x509.KeyUsage, critical: bool = True
) -> Callable[[x509.CertificateBuilder], x509.CertificateBuilder]:
    def extend(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        builder = builder.add_extension(
            x509.PrivateKeyUsagePeriod(AT, AT + 90 * DAY), critical=False
        )
        builder = builder.add_extension(certificates.document_types(["IM"]), critical=False)
        return builder.add_extension(usage, critical=critical)

    return extend


def _also(
    extension: x509.ExtensionType, critical: bool
) -> Callable[[x509.CertificateBuilder], x509.CertificateBuilder]:
    return lambda builder: _as_asked(builder).add_extension(extension, critical=critical)


_CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
_LEAF = x509.BasicConstraints(ca=False, path_length=None)
_STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


@pytest.mark.parametrize(
    ("extend", "why"),
    [
        (_without_types, "documents of type IM"),
        (_without_period, "how long its key is used"),
        (_usage(certificates.key_usage(digital_signature=True), critical=False), "critical"),
        (_usage(certificates.key_usage(digital_signature=True, crl_sign=True)), "alone"),
        (_usage(certificates.key_usage(key_cert_sign=True)), "no signatures"),
        (_also(_CLIENT, critical=True), "another use"),
        (_also(_LEAF, critical=True), "basic constraints"),
        (_also(_STRANGE, critical=True), "1.2.3.4"),
    ],
)
def test_answer_that_says_something_else(
    signer: AuthorityFolder,
    answers: Answers,
    extend: Callable[[x509.CertificateBuilder], x509.CertificateBuilder],
    why: str,
) -> None:
    """Each thing that table 6 asks for, or forbids, is looked at."""
    with pytest.raises(OfficeInputInvalid, match=why):
        document_signer.accept(signer, answers.make(extend=extend), answers.issuer, AT)
    assert len(signer.ledger.entries) == 1


@pytest.mark.parametrize(("types", "good"), [(["ID"], False), (["P"], False), (["I"], True)])
def test_answer_for_documents_of_a_type(
    signer: AuthorityFolder, answers: Answers, types: list[str], good: bool
) -> None:
    """A single letter stands for every code that begins with it."""

    def extend(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        return certificates.document_signer(builder, Span.of(AT, SIGNER_USAGE), WHERE, types)

    answer = answers.make(extend=extend)
    if good:
        document_signer.accept(signer, answer, answers.issuer, AT)
        return
    with pytest.raises(OfficeInputInvalid, match="documents of type IM"):
        document_signer.accept(signer, answer, answers.issuer, AT)


def test_answer_of_another_key(signer: AuthorityFolder, answers: Answers) -> None:
    """A certificate of a key that is not here is of no use, or a trap."""
    answer = answers.make(key=new_key().public_key())
    with pytest.raises(OfficeInputInvalid, match="another key"):
        document_signer.accept(signer, answer, answers.issuer, AT)


def test_answer_with_another_name(signer: AuthorityFolder, answers: Answers) -> None:
    """The name is what was asked for."""
    answer = answers.make(subject=replace(SIGNER_NAME, common_name="DS 9").x509)
    with pytest.raises(OfficeInputInvalid, match="another subject"):
        document_signer.accept(signer, answer, answers.issuer, AT)


def test_answer_by_somebody_else(signer: AuthorityFolder, answers: Answers) -> None:
    """In the authority's name with another key."""
    answer = answers.make(signed_by=new_key())
    with pytest.raises(OfficeInputInvalid, match="did not sign it"):
        document_signer.accept(signer, answer, answers.issuer, AT)


@pytest.mark.parametrize("at", [AT - DAY, AT + SIGNER_VALIDITY + DAY])
def test_answer_out_of_time(signer: AuthorityFolder, answers: Answers, at: datetime) -> None:
    """Not valid yet, or no more."""
    with pytest.raises(OfficeInputInvalid, match="not what was asked for"):
        document_signer.accept(signer, answers.make(), answers.issuer, at)


@pytest.mark.parametrize("answer", [b"", b"\x30\x00", b"\x00" * 100])
def test_answer_that_is_no_certificate(
    signer: AuthorityFolder, answers: Answers, answer: bytes
) -> None:
    """Our own error."""
    with pytest.raises(OfficeInputInvalid, match="cannot be read"):
        document_signer.accept(signer, answer, answers.issuer, AT)


def test_second_answer(accepted: AuthorityFolder, root: AuthorityFolder) -> None:
    """One key has one certificate."""
    answer = document_signer.permit(accepted).certificate
    issuer = to_der(csca.in_use(root, AT).certificate)
    with pytest.raises(OfficeInputInvalid, match="certificate already"):
        document_signer.accept(accepted, answer, issuer, AT)


def test_key_whose_certificate_allows_more(signer: AuthorityFolder, answers: Answers) -> None:
    """Three months are the most, even where an authority grants a year."""

    def extend(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        return certificates.document_signer(builder, Span.of(AT, 365 * DAY), WHERE, ["IM"])

    answer = answers.make(extend=extend)
    do(signer, document_signer.accept(signer, answer, answers.issuer, AT))
    assert document_signer.permit(signer).usage == Span.of(AT, SIGNER_USAGE)


def test_signer_without_a_certificate(signer: AuthorityFolder) -> None:
    """It signs no card."""
    with pytest.raises(OfficeInputInvalid, match="no certificate yet"):
        document_signer.reserve(signer, 1, EXPIRES, AT)


def test_cards_are_counted(accepted: AuthorityFolder) -> None:
    """Up to 100,000 in all, and not one more."""
    do(accepted, document_signer.reserve(accepted, 99_999, EXPIRES, AT))
    assert document_signer.signed(accepted) == 99_999
    with pytest.raises(OfficeInputInvalid, match="has signed 99999 cards"):
        document_signer.reserve(accepted, 2, EXPIRES, AT)
    do(accepted, document_signer.reserve(accepted, 1, EXPIRES, AT))
    assert document_signer.signed(accepted) == MAX_CARDS
    with pytest.raises(OfficeInputInvalid, match="has signed 100000 cards"):
        document_signer.reserve(accepted, 1, EXPIRES, AT)
    assert "signed 100000 of 100000 cards" in list(inspect.standing(accepted))


@pytest.mark.parametrize("at", [AT + SIGNER_USAGE, AT + 365 * DAY])
def test_key_past_its_three_months(accepted: AuthorityFolder, at: datetime) -> None:
    """It signs no card any more; a second before it did."""
    document_signer.reserve(accepted, 1, EXPIRES, AT + SIGNER_USAGE - timedelta(seconds=1))
    with pytest.raises(OfficeInputInvalid, match="this key signs from"):
        document_signer.reserve(accepted, 1, EXPIRES, at)


def test_cards_that_outlive_their_signer(accepted: AuthorityFolder) -> None:
    """A card's signature has to hold as long as the card."""
    last = (AT + SIGNER_VALIDITY).date()
    document_signer.reserve(accepted, 1, last, AT)
    with pytest.raises(OfficeInputInvalid, match="outlive"):
        document_signer.reserve(accepted, 1, last + DAY, AT)


@pytest.mark.parametrize("count", [0, -1])
def test_no_cards(accepted: AuthorityFolder, count: int) -> None:
    """A batch has a card, and no batch gives cards back."""
    with pytest.raises(OfficeInputInvalid, match="signs no such batch"):
        document_signer.reserve(accepted, count, EXPIRES, AT)


def test_signer_without_types() -> None:
    """It would sign nothing."""
    with pytest.raises(OfficeInputInvalid, match="of some type"):
        document_signer.create(SIGNER_NAME, [])


def test_authority_that_has_no_request(root: AuthorityFolder) -> None:
    """The folder of another kind is told apart."""
    with pytest.raises(OfficeInputInvalid, match="folder of a csca"):
        document_signer.request(root)


def test_two_signers_one_after_the_other(root: AuthorityFolder, signer: AuthorityFolder) -> None:
    """The authority's ledger says whom it certified, each with a serial of its own."""
    answer_request(root, signer)
    other = replace(document_signer.request(signer), key=new_key().public_key())
    do(root, csca.sign(root, other, AT + DAY), AT + DAY)
    assert len(csca.issued_serials(root)) == 3
