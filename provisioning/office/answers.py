"""What an authority sent back: is it the certificate that was asked for, and what may its key do.

Lives here: the check of a document signer's certificate before its key signs anything, whoever the
authority is. Not here: the request (`requests`), the path's own rules (`verify.path`), which are
those of every terminal.
Source: Doc 9303-12 section 7.1 (tables 5 and 6); section 4.1.1 (three months, 100,000 documents).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from provisioning.errors import OfficeInputInvalid
from provisioning.office.certificates import DOCUMENT_TYPE_LIST, SIGNER_USAGE, Span
from provisioning.office.pki import public_der
from provisioning.office.requests import Request, read_document_types
from verify import certificate, path
from verify.certificate import Certificate
from verify.errors import VerifyError
from verify.identity import identity
from verify.moment import Moment, TimeQuality
from verify.names import name_key


@dataclass(frozen=True, slots=True)
class Permit:
    """A document signer's certificate, checked; `usage` is when its key may sign."""

    certificate: bytes = field(repr=False)
    """DER."""
    serial: int
    usage: Span
    valid_until: datetime
    """No card that it signs may be valid longer."""


def check_document_signer(asked: Request, answer: bytes, issuer: bytes, at: datetime) -> Permit:
    """Return what `answer` (DER) permits. Raises OfficeInputInvalid unless all of this holds.

    It has the request's key and name; `issuer` (DER) signed it and both are valid at `at` (UTC);
    its key usage is digitalSignature and nothing else, it is no authority and for no other use;
    it names the document types asked for; it says how long its key is used. The key then signs for
    SIGNER_USAGE at most, whatever the certificate allows.
    """
    try:
        found = certificate.parse(answer)
        above = certificate.parse(issuer)
        asked_for = name_key(asked.subject.public_bytes())
        same_key = identity(found.spki) == identity(public_der(asked.key))
    except VerifyError as error:
        raise _refused(f"it cannot be read: {error.message}") from error
    if not same_key:
        raise _refused("it is of another key")
    if found.subject != asked_for:
        raise _refused("it names another subject")
    _require_path(found, above, at)
    if (
        found.key_usage != frozenset({"digital_signature"})
        or certificate.KEY_USAGE not in found.critical
    ):
        raise _refused("its key usage is not digitalSignature alone, and critical")
    if found.is_ca is not None:
        raise _refused("it has basic constraints, which no document signer has")
    if _country(found) != _country(above):
        raise _refused("its country is not its authority's")
    _require_types(found, asked)
    usage = _usage(found)
    if not usage.begin < usage.end <= found.not_after:
        raise _refused("its key is to be used outside the certificate's own validity")
    return Permit(answer, found.serial, usage, found.not_after)


def _require_path(found: Certificate, above: Certificate, at: datetime) -> None:
    """Refuse where a terminal that trusts `above` would not take the certificate at `at`."""
    search = path.find(found, (), [above])
    if not search.chains:
        raise _refused("the authority given did not sign it")
    fault = path.judge(search.chains[0], Moment(at, TimeQuality.ASSERTED))
    if fault is not None:
        raise _refused(fault.detail)


def _require_types(found: Certificate, asked: Request) -> None:
    value = found.extensions.get(DOCUMENT_TYPE_LIST)
    try:
        types = () if value is None else read_document_types(value)
    except (VerifyError, ValueError) as error:
        raise _refused("its list of document types cannot be read") from error
    for code in asked.document_types:
        # A single letter stands for every code that begins with it.
        if code not in types and code[0] not in types:
            raise _refused(f"it is not for documents of type {code}")


def _usage(found: Certificate) -> Span:
    try:
        extensions = x509.load_der_x509_certificate(found.der).extensions
        period = extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    except x509.ExtensionNotFound as error:
        raise _refused("it does not say how long its key is used") from error
    except ValueError as error:
        raise _refused("its extensions cannot be read") from error
    begin = max(found.not_before, _utc(period.not_before) or found.not_before)
    limit = begin + SIGNER_USAGE
    return Span(begin, min(limit, _utc(period.not_after) or limit))


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _country(one: Certificate) -> str:
    names = x509.load_der_x509_certificate(one.der).subject
    found = names.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return str(found[0].value).upper() if found else ""


def _refused(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The certificate is not what was asked for: {why}.",
        next_step="Keep the request, and have the authority answer it again.",
    )
