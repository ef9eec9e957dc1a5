"""Key pairs and certificates of the pilot, and what any authority is made of.

Lives here: keys, serial numbers, and one function per kind of certificate of the pilot. Not here:
what their certificates say (`certificates`), the pilot's whole set and its folder (`pilot`), lists
(`lists`), which anchor is trusted for what (`trust`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates
from provisioning.office.certificates import (
    CSCA_USAGE,
    CSCA_VALIDITY,
    SIGNER_USAGE,
    SIGNER_VALIDITY,
    STATUS_SIGNER_VALIDITY,
    TERMINAL_CA_VALIDITY,
    TERMINAL_VALIDITY,
    Span,
    Whereabouts,
)
from reader import curves

Rng = Callable[[int], bytes]

ORGANISATION = "Tram The pilot"
PARTY_DOCUMENT_CODE = "IM"  # Doc 9303-5 section 4.2.2: I, then a letter of the issuer's choice
CITIZEN_DOCUMENT_CODE = "ID"
PASSPORT_DOCUMENT_CODE = "P"
CRL_SITE = "https://crl.tramthe.invalid"  # RFC 2606: names no host, the pilot imports by file
CONTACT = "https://tramthe.invalid/pilot"
SERIAL_SIZE = 16  # bytes; RFC 5280 section 4.1.2.2 allows 20

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


def key_pem(key: PrivateKeyTypes) -> bytes:
    """Return a private key, PKCS #8 in PEM, unencrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


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
    builder = certificates.country_authority(
        builder, Span.of(at, CSCA_USAGE), _whereabouts(country, crl_name)
    )
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
    name = _name(common_name, country)
    builder = begin(issuer, name, key.public_key(), at, SIGNER_VALIDITY, rng)
    usage = Span.of(at, SIGNER_USAGE)
    where = _whereabouts(country, crl_name)
    builder = certificates.document_signer(builder, usage, where, document_types)
    return _signed(builder, key, csca.key)


def create_status_signer(
    common_name: str, *, scope: str, at: datetime, rng: Rng = os.urandom
) -> Authority:
    """Return the signer of the card status list of `scope`: an anchor with a name of its own."""
    key = new_key(rng)
    name = _name(common_name, "VN")
    builder = begin(name, name, key.public_key(), at, STATUS_SIGNER_VALIDITY, rng)
    return _signed(certificates.status_signer(builder, scope), key, key)


def create_terminal_ca(common_name: str, *, at: datetime, rng: Rng = os.urandom) -> Authority:
    """Return the self-signed authority that names terminals."""
    key = new_key(rng)
    name = _name(common_name, "VN")
    builder = begin(name, name, key.public_key(), at, TERMINAL_CA_VALIDITY, rng)
    return _signed(certificates.terminal_authority(builder), key, key)


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
    name = certificates.terminal_name(terminal_id, ORGANISATION)
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise OfficeInputInvalid(
            "A terminal's key is on P-256.", next_step="Make the terminal's key again."
        )
    builder = begin(terminal_ca.x509.subject, name, public_key, at, validity, rng)
    return certificates.sign(certificates.terminal(builder), public_key, terminal_ca.key)


def public_der(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as SubjectPublicKeyInfo, DER."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def begin(
    issuer: x509.Name,
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    at: datetime,
    validity: timedelta,
    rng: Rng = os.urandom,
) -> x509.CertificateBuilder:
    """Return a certificate begun: names, key, a new serial number, valid from `at`."""
    return certificates.body(
        subject, public_key, issuer=issuer, serial=new_serial(rng), valid=Span.of(at, validity)
    )


def _name(common_name: str, country: str) -> x509.Name:
    return certificates.name(common_name, organisation=ORGANISATION, country=country)


def _whereabouts(country: str, crl_name: str) -> Whereabouts:
    return Whereabouts(_ALPHA3[country], CONTACT, f"{CRL_SITE}/{crl_name}")


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> Authority:
    return Authority(certificates.sign(builder, key.public_key(), issuer_key), key)
