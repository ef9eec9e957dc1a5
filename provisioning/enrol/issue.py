"""The terminal authority's key in this process: a pilot's way of issuing terminals' certificates.

Lives here: opening the key beside its certificate, and signing. Not here: whether a terminal may
have one (`desk`), an authority outside, which is asked by files (`tramthe fleet requests`), the
authority's own folder and ledger (`provisioning.ceremony`).

Whoever breaks into the process that serves has this key as well. Good enough for a pilot, whose
alternative is somebody carrying a stick every day; a country keeps the key away and uses files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioning.enrol.csr import Csr
from provisioning.errors import AuthorityUnavailable, OfficeInputInvalid
from provisioning.office import certificates, key_file
from provisioning.office.certificates import TERMINAL_VALIDITY, Span
from provisioning.office.pki import new_serial

SLOW_CLOCK = timedelta(hours=1)
"""So long before its issue a certificate begins: few terminals have a clock with a battery."""
LEAST = SLOW_CLOCK / 2
"""What is valid for no longer is due for renewal at its issue: two thirds of its life are over."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """An authority whose key is at hand."""

    certificate: bytes = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    validity: timedelta = TERMINAL_VALIDITY
    rng: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    def issue(self, csr: Csr, at: datetime) -> bytes:
        """Return the certificate (DER) of a terminal's key; nothing else of its request counts.

        Raises AuthorityUnavailable where it would outlive the authority.
        """
        valid = self.valid_at(at)
        above = x509.load_der_x509_certificate(self.certificate)
        organisations = above.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        subject = certificates.terminal_name(
            csr.terminal, str(organisations[0].value) if organisations else csr.terminal
        )
        builder = certificates.body(
            subject, csr.key, issuer=above.subject, serial=new_serial(self.rng), valid=valid
        )
        return certificates.sign(certificates.terminal(builder), csr.key, self.key)

    def valid_at(self, at: datetime) -> Span:
        """Return how long a certificate of this time is valid. AuthorityUnavailable as above."""
        above = x509.load_der_x509_certificate(self.certificate)
        begin = max(at - SLOW_CLOCK, above.not_valid_before_utc).replace(microsecond=0)
        valid = Span(begin, Span.of(at, self.validity).end)
        if at < begin or valid.end > above.not_valid_after_utc:
            raise AuthorityUnavailable(
                "The terminal's certificate would outlive its authority.",
                next_step="Make the next authority and put it on the trust list: "
                "tramthe pki terminal-ca --help",
            )
        return valid


def open_authority(
    file: Path,
    passphrase: str,
    anchors: Sequence[bytes],
    validity: timedelta = TERMINAL_VALIDITY,
) -> InProcess:
    """Return the authority whose encrypted key lies in `file`, beside its certificate in `anchors`.

    Raises OfficeInputInvalid, OSError.
    """
    if validity <= LEAST:
        raise OfficeInputInvalid(
            "A terminal's certificate would be due for renewal when it is issued.",
            next_step=f"Let it be valid for more than {LEAST // timedelta(minutes=1)} minutes.",
        )
    with file.open("rb") as opened:
        pem = opened.read(key_file.MAX_FILE + 1)
    key = key_file.decrypt(pem, passphrase)
    for anchor in anchors:
        if x509.load_der_x509_certificate(anchor).public_key() == key.public_key():
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                break
            return InProcess(anchor, key, validity)
    raise OfficeInputInvalid(
        f"{file} is not the key of a terminal authority of this centre.",
        next_step="Put the authority's certificate into terminal-ca/ of the centre's folder, or"
        " give the key that belongs to the one there.",
    )
