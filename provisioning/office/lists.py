"""Revocation lists as the office issues them: certificates' and cards'.

Lives here: building and signing complete X.509 v2 CRLs. Not here: accepting and looking them up
(`crl`) and who may sign which (`verify.lists`).
Source: RFC 5280 section 5, Doc 9303-12 section 7.1.4 (certificate lists carry no entry
extensions). A card's entry is `crl.status.card_entry` of its security object's signed content.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from crl.status import ReasonCode
from provisioning.errors import OfficeInputInvalid
from provisioning.office.pki import Authority

Entry = tuple[int, ReasonCode, datetime]
"""Serial (or card entry), reason, since when (UTC)."""

MAX_NUMBER = 1 << 159  # RFC 5280 section 5.2.3: 20 octets

_FLAGS = {
    ReasonCode.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    ReasonCode.CA_COMPROMISE: x509.ReasonFlags.ca_compromise,
    ReasonCode.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
    ReasonCode.SUPERSEDED: x509.ReasonFlags.superseded,
    ReasonCode.CESSATION_OF_OPERATION: x509.ReasonFlags.cessation_of_operation,
    ReasonCode.CERTIFICATE_HOLD: x509.ReasonFlags.certificate_hold,
    ReasonCode.PRIVILEGE_WITHDRAWN: x509.ReasonFlags.privilege_withdrawn,
    ReasonCode.AA_COMPROMISE: x509.ReasonFlags.aa_compromise,
}


def issue_crl(
    authority: Authority,
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Sequence[Entry] = (),
) -> bytes:
    """Return the complete CRL (DER) of an authority's certificates.

    Raises OfficeInputInvalid for a number, span or entry that no CRL can carry.
    """
    return _issue(authority, None, number, this_update, next_update, revoked)


def issue_status_list(
    signer: Authority,
    *,
    scope: str,
    number: int,
    this_update: datetime,
    next_update: datetime,
    entries: Sequence[Entry] = (),
) -> bytes:
    """Return the complete card status list (DER) of `scope`, a URI.

    Its issuing distribution point is critical: nobody may take it for a list of certificates.
    Raises OfficeInputInvalid as `issue_crl` does.
    """
    return _issue(signer, scope, number, this_update, next_update, entries)


def _issue(
    authority: Authority,
    scope: str | None,
    number: int,
    this_update: datetime,
    next_update: datetime,
    entries: Sequence[Entry],
) -> bytes:
    if not 0 <= number < MAX_NUMBER:
        raise _invalid("its number is not one of 0 to 20 octets")
    if this_update >= next_update:
        raise _invalid("it would end before it begins")
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=authority.x509.subject,
        last_update=this_update.replace(microsecond=0),
        next_update=next_update.replace(microsecond=0),
    )
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
        critical=False,
    )
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if scope is not None:
        builder = builder.add_extension(_distribution_point(scope), critical=True)
    for entry in _ordered(entries):
        builder = builder.add_revoked_certificate(_revoked(*entry))
    signed = builder.sign(authority.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def _ordered(entries: Sequence[Entry]) -> list[Entry]:
    ordered = sorted(entries)
    for earlier, later in pairwise(ordered):
        if earlier[0] == later[0]:
            raise _invalid("it names one serial twice")
    return ordered


def _revoked(serial: int, reason: ReasonCode, since: datetime) -> x509.RevokedCertificate:
    if not 0 < serial < MAX_NUMBER:
        raise _invalid("a serial is not a positive number of up to 20 octets")
    builder = x509.RevokedCertificateBuilder(
        serial_number=serial, revocation_date=since.replace(microsecond=0)
    )
    if reason is not ReasonCode.UNSPECIFIED:  # RFC 5280 section 5.3.1: left out, not spelled
        flag = _FLAGS.get(reason)
        if flag is None:
            raise _invalid(f"{reason.name} has no place in a complete list")
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    return builder.build()


def _distribution_point(scope: str) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(scope)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def _invalid(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The list cannot be issued: {why}.", next_step="Correct the input and issue it again."
    )
