"""The authority that names terminals: its key, and the certificates of terminals.

Lives here: the acts of its folder. Not here: what certificates say (`office.certificates`), how a
terminal's request comes here and its certificate goes back.
Source: DESIGN section 13; RFC 5280 section 4.2.
"""

from __future__ import annotations

import os
from datetime import datetime

from provisioning.ceremony.folder import ROLE, Act, AuthorityFolder, Made
from provisioning.ceremony.parts import (
    FINGERPRINT,
    PUBLIC_KEY,
    SERIAL,
    Name,
    certificate_path,
    fresh_serial,
    load_certificate,
    load_key,
    self_signed,
    sha256,
    span_facts,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates
from provisioning.office.certificates import (
    TERMINAL_CA_VALIDITY,
    TERMINAL_VALIDITY,
    Span,
    to_pem,
)
from provisioning.office.pki import Rng, new_serial, public_der
from provisioning.office.requests import Request

TERMINAL_CA = "terminal-ca"
TERMINAL = "terminal"
_ID = "terminal's id"


def create(name: Name, at: datetime, rng: Rng = os.urandom) -> Act:
    """Return the act that makes the authority in an empty folder. Raises OfficeInputInvalid."""
    valid, serial = Span.of(at, TERMINAL_CA_VALIDITY), new_serial(rng)
    shown = {ROLE: TERMINAL_CA, **name.facts(), SERIAL: f"{serial:x}", **span_facts(valid)}
    return Act(
        TERMINAL_CA, shown, self_signed(name, serial, valid, certificates.terminal_authority, rng)
    )


def sign(folder: AuthorityFolder, request: Request, at: datetime, rng: Rng = os.urandom) -> Act:
    """Return the act that certifies a terminal's own key; its id is the request's common name.

    What it shows says how many certificates this id had before. Raises OfficeInputInvalid.
    """
    issuer = load_certificate(folder, certificate_path())
    terminal_id = request.common_name
    subject = certificates.terminal_name(terminal_id, Name.of(folder.first).organisation)
    valid = Span.of(at, TERMINAL_VALIDITY)
    if valid.end > issuer.not_valid_after_utc or at < issuer.not_valid_before_utc:
        raise OfficeInputInvalid(
            "The terminal's certificate would outlive its authority.",
            next_step="Make the next authority and put it on the trust list: "
            "tramthe pki terminal-ca --help",
        )
    serial = fresh_serial(folder, rng)
    before = sum(1 for one in folder.ledger.of(TERMINAL) if one.facts[_ID] == terminal_id)
    shown = {
        _ID: terminal_id,
        "certificates before": str(before),
        PUBLIC_KEY: sha256(public_der(request.key)),
        SERIAL: f"{serial:x}",
        **span_facts(valid),
    }

    def perform(passphrase: str) -> Made:
        builder = certificates.body(
            subject, request.key, issuer=issuer.subject, serial=serial, valid=valid
        )
        own = load_key(folder, passphrase)
        made = certificates.sign(certificates.terminal(builder), request.key, own)
        return Made({f"issued/{serial:x}.pem": to_pem(made)}, {FINGERPRINT: sha256(made)})

    return Act(TERMINAL, shown, perform)
