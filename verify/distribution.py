"""Does a revocation list speak for a certificate, and for which reasons of revocation.

Lives here: a certificate's distribution point held against a list's issuing distribution point.
Not here: signatures and entries (`crl_processing`).
Source: RFC 5280 section 6.3.3 (b), (d) and (e), sections 4.2.1.13 and 5.2.5.
"""

from __future__ import annotations

from collections.abc import Iterator

from crl.point import REASON_FLAGS
from crl.rules import ListHeader
from crl.status import ReasonCode
from verify import der, names
from verify.certificate import Certificate
from verify.errors import MalformedObject
from verify.extensions import DIRECTORY, GeneralName, Point

ALL_REASONS = frozenset(reason for reason in REASON_FLAGS if reason is not None)

_Comparable = tuple[object, ...]


def scope(
    header: ListHeader, issuer: bytes, point: Point, certificate: Certificate
) -> frozenset[ReasonCode] | None:
    """Return the reasons that a list covers for a certificate by one of its points, or None.

    `issuer` is the list's issuer (`names.name_key`).
    """
    issued = header.point
    try:
        if not _from_its_issuer(header, issuer, point, certificate):
            return None
        if issued.named and not _same_point(header, point, certificate):
            return None
    except MalformedObject:
        return None
    if issued.only_attribute_certificates:
        return None
    if (issued.only_user_certificates and certificate.is_ca) or (
        issued.only_ca_certificates and not certificate.is_ca
    ):
        return None
    covered = ALL_REASONS if issued.only_some_reasons is None else issued.only_some_reasons
    return covered if point.reasons is None else covered & point.reasons


def _from_its_issuer(
    header: ListHeader, issuer: bytes, point: Point, certificate: Certificate
) -> bool:
    """Whether the list comes from whom the point names: 6.3.3 (b)(1)."""
    if not point.crl_issuer:
        return issuer == certificate.issuer
    named = any(names.name_key(one) == issuer for one in _directory_names(point.crl_issuer))
    return named and header.point.indirect


def _directory_names(general: tuple[GeneralName, ...]) -> Iterator[bytes]:
    return (one.value for one in general if one.tag == DIRECTORY)


def _same_point(header: ListHeader, point: Point, certificate: Certificate) -> bool:
    """Whether a name of the list's point is one of the certificate's: 6.3.3 (b)(2)(i)."""
    if point.full_name or point.relative_name is not None:
        bases = list(_directory_names(point.crl_issuer)) or [certificate.issuer_der]
        wanted = {_comparable(one) for one in point.full_name}
        if point.relative_name is not None:
            wanted |= {_below(base, point.relative_name) for base in bases}
    else:
        wanted = {_comparable(one) for one in point.crl_issuer}
    found = {_comparable(_general(one)) for one in header.point.full_name}
    if header.point.relative_name is not None:
        found.add(_below(header.issuer, header.point.relative_name))
    return bool(wanted & found)


def _general(encoded: bytes) -> GeneralName:
    tag, start, stop = der.head(encoded, 0, len(encoded), "general name")
    return GeneralName(tag, encoded[start:stop])


def _comparable(name: GeneralName) -> _Comparable:
    """Return what two names of one thing have in common."""
    if name.tag == DIRECTORY:
        return (DIRECTORY, *names.relative_names(name.value))
    return (name.tag, name.value)


def _below(base: bytes, relative: bytes) -> _Comparable:
    return (DIRECTORY, *names.relative_names(base), names.relative_name(relative))
