"""Is a certificate that of one of our terminals, and of which.

Lives here: what a terminal's certificate must be, for whoever checks what a terminal signed. Not
here: issuing one (`office.pki`), what was signed with it (`centre.ingest`, `cli.sheet`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from provisioning.errors import TerminalUnknown
from verify import certificate, path
from verify.certificate import Certificate

_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"  # RFC 5280 section 4.2.1.12


def name_of(der: bytes) -> str:
    """Return the terminal's id: the one common name of its certificate. Raises TerminalUnknown."""
    try:
        names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(
            NameOID.COMMON_NAME
        )
    except ValueError as error:
        raise _unknown("The terminal's certificate cannot be read.") from error
    if len(names) != 1 or not isinstance(names[0].value, str):
        raise _unknown("The terminal's certificate does not name one terminal.")
    return names[0].value


def check(der: bytes, anchors: Sequence[bytes], at: datetime) -> None:
    """Check issuer, dates and uses (RFC 5280 section 6.1, one certificate below the anchor).

    `anchors`: the terminal authorities' certificates, DER. Raises TerminalUnknown,
    verify.errors.VerifyError.
    """
    terminal = certificate.parse(der)
    authorities = [certificate.parse(anchor) for anchor in anchors]
    chains = path.find(terminal, (), authorities).chains
    if not any(_may_issue(chain.anchor, at) for chain in chains):
        raise _unknown("No terminal authority known here issued the terminal's certificate.")
    if not terminal.not_before <= at <= terminal.not_after:
        raise _unknown("The terminal's certificate is not valid at this time.")
    if terminal.is_ca or terminal.unknown_critical:
        raise _unknown("The terminal's certificate is not one for a terminal.")
    if terminal.key_usage is None or "digital_signature" not in terminal.key_usage:
        raise _unknown("The terminal's certificate is not for signatures.")
    if terminal.extended_key_usage is None or _CLIENT_AUTH not in terminal.extended_key_usage:
        raise _unknown("The terminal's certificate is not for a terminal's connections.")


def _may_issue(anchor: Certificate, at: datetime) -> bool:
    return (
        anchor.is_ca is True
        and anchor.key_usage is not None
        and "key_cert_sign" in anchor.key_usage
        and not anchor.unknown_critical
        and anchor.not_before <= at <= anchor.not_after
    )


def _unknown(message: str) -> TerminalUnknown:
    return TerminalUnknown(
        message, next_step="Look at the terminal's enrolment; its records stay with it until then."
    )
