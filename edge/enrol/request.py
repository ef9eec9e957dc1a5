"""What a terminal asks for: PKCS #10 by its own key, and what an authority may want of it.

Lives here: the request and its subject. Not here: sending it (`client`, `stick`).
Source: RFC 2986; RFC 7030 sections 4.2.2 (a renewal keeps the subject) and 4.5 (CSR attributes).
"""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from edge.enrol.faults import EnrolFault, refused
from edge.wire import est
from edge.wire.est import CsrAttributes


def subject_for(terminal: str, organisation: str) -> x509.Name:
    """Return a terminal's name, its id the common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, terminal),
        ]
    )


def subject_of(certificate: bytes) -> x509.Name:
    """Return whom a certificate (DER) names. ValueError for what is none."""
    return x509.load_der_x509_certificate(certificate).subject


def make_request(key: ec.EllipticCurvePrivateKey, subject: x509.Name) -> bytes:
    """Return the request (DER), signed with ECDSA and SHA-256. Raises KeyUnusable."""
    builder = x509.CertificateSigningRequestBuilder(subject_name=subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def require_met(wanted: CsrAttributes) -> None:
    """Raise EnrolmentRefused where a terminal's request cannot be as an authority wants it.

    What is not known here is left to the authority, which may give it by itself (RFC 7030 section
    4.5.2); but it says that it will refuse another curve, and a request without the password that
    binds it to its connection, which TLS 1.3 has not.
    """
    curves = wanted.curves
    if curves and est.P256 not in curves:
        raise refused(
            EnrolFault.ATTRIBUTES_UNMET, "The office wants a key on a curve that no terminal has."
        )
    if est.CHALLENGE_PASSWORD in wanted.kinds:
        raise refused(
            EnrolFault.ATTRIBUTES_UNMET, "The office wants requests bound to their connection."
        )


def fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return by what a terminal's key is known: SHA-256 of its SubjectPublicKeyInfo, in hex."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()
