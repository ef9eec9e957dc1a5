"""Certificates of the pilot: who they name, what their keys may do, how long.

Lives here: one function per kind of certificate, and the key pairs behind them. Not here: the
pilot's whole set and its folder (`pilot`), lists (`lists`), which anchor is trusted for what
(`trust`).
Source: Doc 9303-12 section 7.1 (profiles of CSCA and document signer), RFC 5280 section 4.2.
One departure: keys name their curve instead of spelling its parameters out (Doc 9303-12
section 4.1.6.3), so that ordinary tools can check a pilot card too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.errors import OfficeInputInvalid
from provisioning.office import der
from reader import curves
from verify.trust import STATUS_SIGNER_EKU

Rng = Callable[[int], bytes]

ORGANISATION = "Tram The pilot"
DOCUMENT_TYPE_LIST = "2.23.136.1.1.6.2"  # Doc 9303-12 section 7.1.1.6
PARTY_DOCUMENT_CODE = "IM"  # Doc 9303-5 section 4.2.2: I, then a letter of the issuer's choice
CITIZEN_DOCUMENT_CODE = "ID"
PASSPORT_DOCUMENT_CODE = "P"
CRL_SITE = "https://crl.tramthe.invalid"  # RFC 2606: names no host, the pilot imports by file

YEAR = timedelta(days=365)
CSCA_USAGE = 5 * YEAR
CSCA_VALIDITY = 16 * YEAR
SIGNER_USAGE = timedelta(days=90)
SIGNER_VALIDITY = 10 * YEAR + SIGNER_USAGE
STATUS_SIGNER_VALIDITY = 5 * YEAR
TERMINAL_CA_VALIDITY = 15 * YEAR
TERMINAL_VALIDITY = 2 * YEAR
SERIAL_SIZE = 16  # bytes; RFC 5280 section 4.1.2.2 allows 20

_TERMINAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ALPHA3 = {"VN": "VNM", "UT": "UTO"}  # Doc 9303-3 section 5; UTO is the specimens' Utopia


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate (DER) and its private key: something that can sign."""

    certificate: bytes = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def x509(self) -> x509.Certificate:
        """Return the certificate, parsed."""
        return x509.load_der_x509_certificate(self.certificate)


def new_key(
    rng: Rng = os.urandom, curve: ec.EllipticCurve | None = None
) -> ec.EllipticCurvePrivateKey:
    """Return a key pair, on P-256 unless told (FIPS 186-5 section A.2.1: 64 extra bits)."""
    chosen = curve or ec.SECP256R1()
    parameters = curves.by_name(chosen.name)
    if parameters is None:
        raise OfficeInputInvalid(
            f"The curve {chosen.name} is not in the table.",
            next_step="Choose one of the standardised domain parameters.",
        )
    drawn = int.from_bytes(rng(parameters.field_size + 8), "big")
    return ec.derive_private_key(drawn % (parameters.n - 1) + 1, chosen)


def new_serial(rng: Rng = os.urandom) -> int:
    """Return a certificate serial number: 16 bytes, positive, never short."""
    drawn = int.from_bytes(rng(SERIAL_SIZE), "big")
    return drawn & ~(0b11 << (8 * SERIAL_SIZE - 2)) | 1 << (8 * SERIAL_SIZE - 2)


def create_csca(
    common_name: str,
    *,
    at: datetime,
    country: str = "VN",
    crl_name: str,
    rng: Rng = os.urandom,
) -> Authority:
    """Return a self-signed country signing authority, valid from `at`.

    `crl_name` is the file name in its CRL distribution point.
    """
    key = new_key(rng)
    name = _name(common_name, country)
    builder = begin(name, name, key.public_key(), at, CSCA_VALIDITY, rng)
    builder = _document_extensions(builder, country, crl_name, at, CSCA_USAGE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
    return _signed(builder, key, key)


def issue_document_signer(
    csca: Authority,
    common_name: str,
    *,
    at: datetime,
    document_types: Sequence[str],
    crl_name: str,
    rng: Rng = os.urandom,
) -> Authority:
    """Return a document signer under `csca` for these MRZ document codes (`ID`, `P`)."""
    key = new_key(rng)
    issuer = csca.x509.subject
    country = str(issuer.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0].value)
    builder = begin(issuer, _name(common_name, country), key.public_key(), at, SIGNER_VALIDITY, rng)
    builder = _document_extensions(builder, country, crl_name, at, SIGNER_USAGE)
    builder = builder.add_extension(_document_types(document_types), critical=False)
    builder = builder.add_extension(usage(digital_signature=True), critical=True)
    return _signed(builder, key, csca.key)


def create_status_signer(
    common_name: str, *, scope: str, at: datetime, rng: Rng = os.urandom
) -> Authority:
    """Return the signer of the card status list of `scope`: an anchor with a name of its own.

    Its private extended key usage is critical: no other software may take it for a CA.
    """
    key = new_key(rng)
    name = _name(common_name, "VN")
    builder = begin(name, name, key.public_key(), at, STATUS_SIGNER_VALIDITY, rng)
    builder = builder.add_extension(usage(crl_sign=True), critical=True)
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([x509.ObjectIdentifier(STATUS_SIGNER_EKU)]), critical=True
    )
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.UniformResourceIdentifier(scope)]), critical=False
    )
    return _signed(builder, key, key)


def create_terminal_ca(common_name: str, *, at: datetime, rng: Rng = os.urandom) -> Authority:
    """Return the self-signed authority that names terminals."""
    key = new_key(rng)
    name = _name(common_name, "VN")
    builder = begin(name, name, key.public_key(), at, TERMINAL_CA_VALIDITY, rng)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
    return _signed(builder, key, key)


def issue_terminal(
    terminal_ca: Authority,
    public_key: ec.EllipticCurvePublicKey,
    terminal_id: str,
    *,
    at: datetime,
    validity: timedelta = TERMINAL_VALIDITY,
    rng: Rng = os.urandom,
) -> bytes:
    """Return the certificate (DER) of a terminal's own key; its id is the common name.

    Raises OfficeInputInvalid for an id that is not 1 to 64 letters, digits, dots, hyphens or
    underscores, or a key that is not on P-256.
    """
    if _TERMINAL_ID.fullmatch(terminal_id) is None:
        raise OfficeInputInvalid(
            "A terminal's id has 1 to 64 letters, digits, dots, hyphens or underscores.",
            next_step="Choose another id.",
        )
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise OfficeInputInvalid(
            "A terminal's key is on P-256.", next_step="Make the terminal's key again."
        )
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, terminal_id),
        ]
    )
    builder = begin(terminal_ca.x509.subject, name, public_key, at, validity, rng)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(usage(digital_signature=True), critical=True)
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
    )
    return sign(builder, public_key, terminal_ca.key)


def public_der(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as SubjectPublicKeyInfo, DER."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _name(common_name: str, country: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def begin(
    issuer: x509.Name,
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    at: datetime,
    validity: timedelta,
    rng: Rng,
) -> x509.CertificateBuilder:
    """Return a certificate begun: names, key, a new serial number, valid from `at`."""
    first = at.replace(microsecond=0)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=public_key,
        serial_number=new_serial(rng),
        not_valid_before=first,
        not_valid_after=first + validity,
    )


def _document_extensions(
    builder: x509.CertificateBuilder, country: str, crl_name: str, at: datetime, used: timedelta
) -> x509.CertificateBuilder:
    """Add what Doc 9303-12 table 6 asks of CSCA and document signer alike."""
    first = at.replace(microsecond=0)
    contact = [
        x509.UniformResourceIdentifier("https://tramthe.invalid/pilot"),
        x509.DirectoryName(
            x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, _ALPHA3[country])])
        ),
    ]
    where = [x509.UniformResourceIdentifier(f"{CRL_SITE}/{crl_name}")]
    point = x509.DistributionPoint(where, None, None, None)
    builder = builder.add_extension(x509.PrivateKeyUsagePeriod(first, first + used), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(contact), critical=False)
    builder = builder.add_extension(x509.IssuerAlternativeName(contact), critical=False)
    return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)


def _document_types(codes: Sequence[str]) -> x509.UnrecognizedExtension:
    """Return DocumentTypeListSyntax: version 0 and a set of MRZ document codes."""
    value = der.sequence(der.integer(0), der.set_of(der.printable(code) for code in codes))
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(DOCUMENT_TYPE_LIST), value)


def usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    """Return the key usage extension with these and no others."""
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


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> Authority:
    return Authority(sign(builder, key.public_key(), issuer_key), key)


def sign(
    builder: x509.CertificateBuilder,
    public_key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> bytes:
    """Add both key identifiers, sign, and return the certificate (DER)."""
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False
    )
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
        critical=False,
    )
    certificate = builder.sign(issuer_key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.DER)
