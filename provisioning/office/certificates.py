"""What the office's certificates say: one function for each kind, unsigned.

Lives here: names, extensions and lifetimes. Not here: key pairs and signing (`pki`), who holds the
keys (`pilot`, `provisioning.ceremony`).
Source: Doc 9303-12 sections 4.1 (lifetimes, change of key) and 7.1 (tables 5 and 6), RFC 5280
section 4.2. One departure: keys name their curve instead of spelling its parameters out (Doc
9303-12 section 4.1.6.3), so that ordinary tools can check a card too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.errors import OfficeInputInvalid
from provisioning.office import der
from verify.path import NAME_CHANGE
from verify.trust import STATUS_SIGNER_EKU

DOCUMENT_TYPE_LIST = "2.23.136.1.1.6.2"  # Doc 9303-12 section 7.1.1.6

YEAR = timedelta(days=365)
CSCA_USAGE = 5 * YEAR
SIGNER_USAGE = timedelta(days=90)
SIGNER_VALIDITY = 10 * YEAR + SIGNER_USAGE
CSCA_VALIDITY = 16 * YEAR  # no less than CSCA_USAGE and SIGNER_VALIDITY together
STATUS_SIGNER_VALIDITY = 5 * YEAR
TERMINAL_CA_VALIDITY = 15 * YEAR
TERMINAL_VALIDITY = 2 * YEAR

_COUNTRY = re.compile(r"[A-Z]{2}")
_STATE = re.compile(r"[A-Z<]{1,3}")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")
_LIST_URI = re.compile(r"(https?|ldap)://[!-~]+")
_DOCUMENT_TYPE = re.compile(r"[A-Z<]{1,2}")
_TERMINAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_NAME = 64  # characters, RFC 5280 appendix A.1: ub-common-name, ub-organization-name


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when (UTC), whole seconds."""

    begin: datetime
    end: datetime

    @classmethod
    def of(cls, at: datetime, length: timedelta) -> Span:
        """Return the span of `length` that begins at the second of `at`."""
        begin = at.replace(microsecond=0)
        return cls(begin, begin + length)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What table 6 asks of every certificate for documents. OfficeInputInvalid for what is none.

    `state`: the issuer's code in the MRZ (Doc 9303-3 section 5). `contact`: a URI. `crl`: where
    the authority's list lies, by http, https or ldap.
    """

    state: str
    contact: str
    crl: str

    def __post_init__(self) -> None:
        if not _STATE.fullmatch(self.state):
            raise _invalid("the issuing state is up to three capital letters")
        if not _URI.fullmatch(self.contact):
            raise _invalid("the contact is a URI, such as mailto:ca@example.vn")
        if not _LIST_URI.fullmatch(self.crl):
            raise _invalid("the list lies at an address with http, https or ldap")


def name(common_name: str, *, organisation: str, country: str) -> x509.Name:
    """Return a distinguished name. Raises OfficeInputInvalid."""
    if not _COUNTRY.fullmatch(country):
        raise _invalid("a country is two capital letters")
    for text in (common_name, organisation):
        if not 0 < len(text) <= _MAX_NAME or not text.isprintable():
            raise _invalid(f"a name has 1 to {_MAX_NAME} characters")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def terminal_name(terminal_id: str, organisation: str) -> x509.Name:
    """Return the name of a terminal, whose id is the common name. Raises OfficeInputInvalid."""
    if _TERMINAL_ID.fullmatch(terminal_id) is None:
        raise OfficeInputInvalid(
            "A terminal's id has 1 to 64 letters, digits, dots, hyphens or underscores.",
            next_step="Choose another id.",
        )
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, terminal_id),
        ]
    )


def body(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    issuer: x509.Name,
    serial: int,
    valid: Span,
) -> x509.CertificateBuilder:
    """Return a certificate without extensions."""
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=serial,
        not_valid_before=valid.begin,
        not_valid_after=valid.end,
    )


def country_authority(
    builder: x509.CertificateBuilder, usage: Span, where: Whereabouts, *, renamed: bool = False
) -> x509.CertificateBuilder:
    """Add what a CSCA says, self-signed or a link; `renamed`: it links two names, too."""
    builder = _document_extensions(builder, usage, where)
    if renamed:
        mark = x509.UnrecognizedExtension(x509.ObjectIdentifier(NAME_CHANGE), b"\x05\x00")
        builder = builder.add_extension(mark, critical=False)
    return _authority(builder)


def document_signer(
    builder: x509.CertificateBuilder, usage: Span, where: Whereabouts, types: Sequence[str]
) -> x509.CertificateBuilder:
    """Add what a document signer says, for these MRZ document codes. Raises OfficeInputInvalid."""
    builder = _document_extensions(builder, usage, where)
    builder = builder.add_extension(document_types(types), critical=False)
    return builder.add_extension(key_usage(digital_signature=True), critical=True)


def status_signer(builder: x509.CertificateBuilder, scope: str) -> x509.CertificateBuilder:
    """Add what the signer of the card status list of `scope` says. Raises OfficeInputInvalid.

    Its private extended key usage is critical: no other software may take it for a CA.
    """
    if not _URI.fullmatch(scope):
        raise _invalid("the scope of a card status list is a URI")
    builder = builder.add_extension(key_usage(crl_sign=True), critical=True)
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([x509.ObjectIdentifier(STATUS_SIGNER_EKU)]), critical=True
    )
    return builder.add_extension(
        x509.SubjectAlternativeName([x509.UniformResourceIdentifier(scope)]), critical=False
    )


def terminal_authority(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    """Add what the authority that names terminals says."""
    return _authority(builder)


def terminal(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    """Add what a terminal's certificate says."""
    nothing_below = x509.BasicConstraints(ca=False, path_length=None)
    builder = builder.add_extension(nothing_below, critical=True)
    builder = builder.add_extension(key_usage(digital_signature=True), critical=True)
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return builder.add_extension(client, critical=False)


def sign(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> bytes:
    """Add both key identifiers and sign; return the certificate (DER)."""
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    builder = builder.add_extension(above, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


def to_pem(certificate: bytes) -> bytes:
    """Return a certificate (DER) in PEM."""
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def document_types(codes: Sequence[str]) -> x509.UnrecognizedExtension:
    """Return documentTypeList: version 0, a set of MRZ codes. Raises OfficeInputInvalid."""
    if not codes or not all(_DOCUMENT_TYPE.fullmatch(code) for code in codes):
        raise _invalid("document types are MRZ codes of one or two letters, at least one")
    value = der.sequence(der.integer(0), der.set_of(der.printable(code) for code in codes))
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(DOCUMENT_TYPE_LIST), value)


def key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    """Return keyUsage with these bits and no other."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(key_usage(key_cert_sign=True, crl_sign=True), critical=True)


def _document_extensions(
    builder: x509.CertificateBuilder, usage: Span, where: Whereabouts
) -> x509.CertificateBuilder:
    """Add what table 6 asks of CSCA and document signer alike."""
    contact = [
        x509.UniformResourceIdentifier(where.contact),
        x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, where.state)])),
    ]
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(where.crl)], None, None, None)
    builder = builder.add_extension(
        x509.PrivateKeyUsagePeriod(usage.begin, usage.end), critical=False
    )
    builder = builder.add_extension(x509.SubjectAlternativeName(contact), critical=False)
    builder = builder.add_extension(x509.IssuerAlternativeName(contact), critical=False)
    return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)


def _invalid(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"No certificate can say this: {why}.", next_step="Correct it and try again."
    )
