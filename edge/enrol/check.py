"""Whether what came back is the certificate that this terminal asked for.

Lives here: the check before a certificate is kept, whichever way it came. Not here: fetching or
keeping it; a chain's own rules (`verify.validation`).
Source: RFC 7030 section 4.2.3; RFC 5280 section 6.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.enrol.faults import EnrolFault, refused
from verify import certificate, path, validation
from verify.certificate import Certificate
from verify.errors import VerifyError
from verify.identity import identity
from verify.moment import Moment


def fitting(
    answer: Sequence[bytes],
    key: ec.EllipticCurvePublicKey,
    terminal: str,
    authorities: Sequence[bytes],
    at: Moment,
) -> bytes:
    """Return the one certificate (DER) of `answer` that this terminal may keep.

    It has the terminal's key and name, may sign and show itself to servers, is no authority, has
    not ended at `at`, and comes from one of `authorities` (DER), perhaps by others of `answer`.
    It may begin after `at`: it was issued just now, so the clock is behind.
    Raises EnrolmentRefused (CERTIFICATE_UNFIT).
    """
    own = of_key(answer, key)
    if own is None:
        raise _unfit("it is of another key")
    try:
        found, *others = (certificate.parse(one) for one in (own, *answer))
        above = [certificate.parse(one) for one in authorities]
    except VerifyError as error:
        raise _unfit(f"it cannot be read: {error.message}") from error
    if name_of(found.der) != terminal:
        raise _unfit("it names another terminal")
    _require_uses(found)
    if found.not_after <= at.at:
        raise _unfit("it has ended already")
    search = path.find(found, [one for one in others if one != found], above)
    if not search.chains:
        raise _unfit("none of the office's authorities signed it")
    moment = Moment(max(at.at, found.not_before), at.quality)
    faults = [validation.validate(chain, moment).faults for chain in search.chains]
    certain = [[fault for fault in one if fault.certain] for one in faults]
    if all(certain):
        raise _unfit(certain[0][0].detail)
    return found.der


def of_key(answer: Sequence[bytes], key: ec.EllipticCurvePublicKey) -> bytes | None:
    """Return the certificate (DER) of `answer` that is for a key, None where none is."""
    wanted = identity(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    for one in answer:
        with suppress(VerifyError):
            if identity(certificate.parse(one).spki) == wanted:
                return one
    return None


def name_of(der: bytes) -> str | None:
    """Return the terminal that a certificate names, None where it names none."""
    try:
        subject = x509.load_der_x509_certificate(der).subject
    except ValueError:
        return None
    found = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if len(found) == 1 else None


def _require_uses(found: Certificate) -> None:
    if found.is_ca:
        raise _unfit("it is an authority's")
    if not found.may("digital_signature"):
        raise _unfit("its key may not sign")
    uses = found.extended_key_usage
    if uses is not None and ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string not in uses:
        raise _unfit("it may not be shown to a server")


def _unfit(why: str) -> Exception:
    return refused(
        EnrolFault.CERTIFICATE_UNFIT, f"The certificate that came back is not taken: {why}."
    )
