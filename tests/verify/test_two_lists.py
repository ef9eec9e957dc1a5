"""An old and a new revocation list of one issuer, both at hand and both current."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.verify import made
from verify import certificate, crl_processing
from verify.building import Pool
from verify.crl_processing import CertificateList
from verify.rfc5280 import Validator

AUTHORITY = made.csca()
SIGNER = made.issue("DS", AUTHORITY)


def issued(number: int, days_ago: int, *, revoked: bool) -> CertificateList:
    """Return a list of the authority that names the signer or nobody."""
    issuer = x509.load_der_x509_certificate(AUTHORITY.certificate)
    builder = x509.CertificateRevocationListBuilder(
        issuer.subject, made.AT - days_ago * made.DAY, made.AT + 30 * made.DAY
    ).add_extension(x509.CRLNumber(number), critical=False)
    if revoked:
        serial = certificate.parse(SIGNER.certificate).serial
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder(serial, made.AT - 2 * made.DAY).build()
        )
    signed = builder.sign(AUTHORITY.key, hashes.SHA256())
    return crl_processing.read(signed.public_bytes(Encoding.DER))


SILENT, REVOKING = issued(1, 10, revoked=False), issued(2, 1, revoked=True)
HOLDING, RELEASING = issued(1, 10, revoked=True), issued(2, 1, revoked=False)


@pytest.mark.parametrize(
    ("lists", "valid"),
    [
        ((SILENT, REVOKING), False),
        ((REVOKING, SILENT), False),
        ((HOLDING, RELEASING), True),
        ((RELEASING, HOLDING), True),
    ],
    ids=["old first", "new first", "hold released, old first", "hold released, new first"],
)
def test_newest_list_decides(lists: Sequence[CertificateList], valid: bool) -> None:
    """Whatever the order in which they are handed over, the newest list is asked first."""
    validator = Validator(Pool([certificate.parse(AUTHORITY.certificate)]), Pool([]), lists)
    assert validator.validate(certificate.parse(SIGNER.certificate), made.NOW).valid is valid
