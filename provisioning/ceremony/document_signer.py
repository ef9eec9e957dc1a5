"""A document signer: its key and request, the certificate that came back, the cards it signed.

Lives here: the acts of its folder, on the machine that personalises cards. Not here: the request's
octets (`office.requests`), the check of the answer (`office.answers`), making cards
(`office.personalise`).
Source: Doc 9303-12 section 4.1.1: a key is used for three months at most, and for 100,000
documents at most where a State issues many.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date, datetime

from provisioning.ceremony.folder import ROLE, Act, AuthorityFolder, Made
from provisioning.ceremony.parts import (
    FINGERPRINT,
    PUBLIC_KEY,
    SERIAL,
    Name,
    certificate_path,
    key_path,
    load_certificate,
    load_key,
    sha256,
    span_facts,
    to_der,
    when,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.office.answers import Permit, check_document_signer
from provisioning.office.certificates import Span, to_pem
from provisioning.office.pki import Authority, Rng, new_key, public_der
from provisioning.office.requests import Request, document_signer_request, read_request

DOCUMENT_SIGNER = "document-signer"
ACCEPT = "accept"
CARDS = "cards"
REQUEST = "requests/1.pem"
ISSUER = "certificates/issuer.pem"
MAX_CARDS = 100_000
_COUNT = "cards"
_TOTAL = "cards so far"


def create(name: Name, types: Sequence[str], rng: Rng = os.urandom) -> Act:
    """Return the act that makes a key and its request in an empty folder.

    `types`: MRZ document codes. Raises OfficeInputInvalid.
    """
    shown = {ROLE: DOCUMENT_SIGNER, **name.facts(), "document types": " ".join(types)}
    if not types:
        raise OfficeInputInvalid(
            "A document signer signs documents of some type.",
            next_step="Name the MRZ document code, such as IM.",
        )

    def perform(_: str) -> Made:
        key = new_key(rng)
        request = document_signer_request(name.x509, key, types)
        facts = {PUBLIC_KEY: sha256(public_der(key.public_key()))}
        return Made({REQUEST: request}, facts, keys={key_path(): key})

    return Act(DOCUMENT_SIGNER, shown, perform)


def accept(folder: AuthorityFolder, answer: bytes, issuer: bytes, at: datetime) -> Act:
    """Return the act that takes the certificate (DER) which `issuer` (DER) made of the request.

    Raises OfficeInputInvalid where it is not what was asked for, or there is one already.
    """
    if any(folder.ledger.of(ACCEPT)):
        raise OfficeInputInvalid(
            f"{folder.path} has its certificate already.",
            next_step="A new certificate needs a new key: make a new folder.",
        )
    permit = check_document_signer(request(folder), answer, issuer, at)
    shown = {
        SERIAL: f"{permit.serial:x}",
        FINGERPRINT: sha256(answer),
        "issuer's fingerprint": sha256(issuer),
        **span_facts(Span(permit.usage.begin, permit.valid_until), permit.usage),
    }
    files = {certificate_path(): to_pem(answer), ISSUER: to_pem(issuer)}
    return Act(ACCEPT, shown, lambda _: Made(files), keyed=False)


def request(folder: AuthorityFolder) -> Request:
    """Return the signer's request. Raises OfficeInputInvalid."""
    folder.require_role(DOCUMENT_SIGNER)
    return read_request(folder.read(REQUEST))


def request_pem(folder: AuthorityFolder) -> bytes:
    """Return the signer's request in PEM. Raises OfficeInputInvalid."""
    folder.require_role(DOCUMENT_SIGNER)
    return folder.read(REQUEST)


def permit(folder: AuthorityFolder) -> Permit:
    """Return what the accepted certificate permits. Raises OfficeInputInvalid without one."""
    folder.require_role(DOCUMENT_SIGNER)
    taken = next(folder.ledger.of(ACCEPT), None)
    if taken is None:
        raise OfficeInputInvalid(
            f"{folder.path} has no certificate yet.",
            next_step="Bring its request to the authority, then: tramthe pki accept --help",
        )
    found = to_der(load_certificate(folder, certificate_path()))
    above = to_der(load_certificate(folder, ISSUER))
    return check_document_signer(request(folder), found, above, taken.at)


def signed(folder: AuthorityFolder) -> int:
    """Return how many cards the key has been given to sign."""
    return sum(int(entry.facts[_COUNT]) for entry in folder.ledger.of(CARDS))


def reserve(
    folder: AuthorityFolder,
    count: int,
    expires: date,
    at: datetime,
    take: Callable[[Authority], object] = id,
) -> Act:
    """Return the act that lets the key sign `count` cards, valid to `expires`, at `at` (UTC).

    It stands in the ledger before the first of them is signed: `take` is given what signs, to use
    once the act is done. Raises OfficeInputInvalid past the key's three months or beyond MAX_CARDS,
    and for cards that would outlive the certificate.
    """
    allowed = permit(folder)
    before = signed(folder)
    if not allowed.usage.begin <= at.replace(microsecond=0) < allowed.usage.end:
        raise _spent(
            f"this key signs from {when(allowed.usage.begin)} to {when(allowed.usage.end)}"
        )
    if count < 1 or before + count > MAX_CARDS:
        raise _spent(f"this key has signed {before} cards, and {MAX_CARDS} are the most")
    if expires > allowed.valid_until.date():
        raise OfficeInputInvalid(
            f"Cards to {expires} would outlive their signer, valid until "
            f"{allowed.valid_until:%Y-%m-%d}.",
            next_step="Make them valid for less long.",
        )
    shown = {
        _COUNT: str(count),
        _TOTAL: str(before + count),
        "valid to": expires.isoformat(),
        "signer's serial": f"{allowed.serial:x}",
    }

    def perform(passphrase: str) -> Made:
        take(Authority(allowed.certificate, load_key(folder, passphrase)))
        return Made({})

    return Act(CARDS, shown, perform)


def _spent(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"This document signer signs no such batch: {why}.",
        next_step="Make the next document signer: tramthe pki document-signer --help",
    )
