"""A country signing authority: its keys, one after the other, and what it signs.

Lives here: making it, changing its key, signing a document signer's request. Not here: what
certificates say (`office.certificates`), the list of those revoked (`certificate_list`).
Source: Doc 9303-12 sections 4.1.4 (change of key) and 7.1.

A new key is linked to the old one by a certificate that the old one signs, and is left alone for
its first two days, so that its certificate can reach those who check. Until then the old key goes
on; at any time exactly one key signs, certificates and lists alike.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography import x509
from cryptography.x509.oid import NameOID

from provisioning.ceremony.folder import ROLE, Act, AuthorityFolder, Made
from provisioning.ceremony.parts import (
    CERTIFICATES,
    FINGERPRINT,
    PUBLIC_KEY,
    SERIAL,
    Name,
    certificate_path,
    fresh_serial,
    key_path,
    load_certificate,
    load_key,
    passphrase_parts,
    self_signed,
    sha256,
    span_facts,
    when,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates
from provisioning.office.certificates import (
    CSCA_USAGE,
    CSCA_VALIDITY,
    SIGNER_USAGE,
    SIGNER_VALIDITY,
    Span,
    Whereabouts,
    to_pem,
)
from provisioning.office.pki import Rng, new_key, new_serial, public_der
from provisioning.office.requests import Request

CSCA = "csca"
LINK = "link"
DOCUMENT_SIGNER = "document-signer"
REST = timedelta(days=2)
"""How long a new key is left alone, Doc 9303-12 section 4.1.4.3."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One key of the authority with its certificate."""

    number: int
    certificate: x509.Certificate = field(repr=False)
    usage: Span


def create(name: Name, where: Whereabouts, at: datetime, rng: Rng = os.urandom) -> Act:
    """Return the act that makes the authority in an empty folder. Raises OfficeInputInvalid."""
    valid, usage = Span.of(at, CSCA_VALIDITY), Span.of(at, CSCA_USAGE)
    serial = new_serial(rng)
    shown = {ROLE: CSCA, **name.facts(), **_where_facts(where), **_cert_facts(serial, valid, usage)}
    return Act(
        CSCA,
        shown,
        self_signed(
            name,
            serial,
            valid,
            partial(certificates.country_authority, usage=usage, where=where),
            rng,
        ),
    )


def link(
    folder: AuthorityFolder,
    at: datetime,
    common_name: str | None = None,
    rng: Rng = os.urandom,
) -> Act:
    """Return the act that gives the authority a new key, linked to its last one.

    `common_name`: a new one, where the authority has to change it. Raises OfficeInputInvalid.
    """
    old = generations(folder)[-1]
    number = old.number + 1
    name, where = _last_name(folder), _last_where(folder)
    new_name = name if common_name is None else replace(name, common_name=common_name)
    renamed = new_name != name
    if at > old.usage.end:
        raise _late(folder)
    if at < old.usage.begin:
        raise OfficeInputInvalid(
            f"The newest key signs from {when(old.usage.begin)} on, and must sign the link.",
            next_step="Change the key when it is in use.",
        )
    valid, usage = Span.of(at, CSCA_VALIDITY), Span.of(at + REST, CSCA_USAGE - REST)
    linked = Span(valid.begin, old.certificate.not_valid_after_utc)
    own, above = fresh_serial(folder, rng), fresh_serial(folder, rng)
    shown = {
        "key": str(number),
        **new_name.facts(),
        **_where_facts(where),
        **_cert_facts(own, valid, usage),
        "link's serial": f"{above:x}",
        "link valid until": when(linked.end),
    }

    def perform(passphrase: str) -> Made:
        before = load_key(folder, passphrase, old.number)
        key = new_key(rng)
        public = key.public_key()
        root = certificates.body(
            new_name.x509, public, issuer=new_name.x509, serial=own, valid=valid
        )
        root = certificates.country_authority(root, usage, where)
        bridge = certificates.body(
            new_name.x509, public, issuer=old.certificate.subject, serial=above, valid=linked
        )
        bridge = certificates.country_authority(bridge, usage, where, renamed=renamed)
        made = certificates.sign(root, public, key)
        joined = certificates.sign(bridge, public, before)
        files = {
            certificate_path(number): to_pem(made),
            f"{CERTIFICATES}/link-{old.number}-{number}.pem": to_pem(joined),
        }
        facts = {FINGERPRINT: sha256(made), "link's fingerprint": sha256(joined)}
        return Made(files, facts, keys={key_path(number): key})

    return Act(LINK, shown, perform)


def sign(folder: AuthorityFolder, request: Request, at: datetime, rng: Rng = os.urandom) -> Act:
    """Return the act that makes a document signer of whoever asks. Raises OfficeInputInvalid.

    Refused: a request without document types, of another country, or for a key that this authority
    has certified before (its three months and its cards would begin anew).
    """
    issuer = in_use(folder, at)
    if not request.document_types:
        raise _not_granted("it names no document types")
    country = request.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    if [one.value for one in country] != [_last_name(folder).country]:
        raise _not_granted("its country is not this authority's")
    key = sha256(public_der(request.key))
    if any(entry.facts.get(PUBLIC_KEY) == key for entry in folder.ledger.of(DOCUMENT_SIGNER)):
        raise _not_granted("its key has a certificate already, and a new one needs a new key")
    valid, usage = Span.of(at, SIGNER_VALIDITY), Span.of(at, SIGNER_USAGE)
    if valid.end > issuer.certificate.not_valid_after_utc:
        raise _late(folder)
    serial = fresh_serial(folder, rng)
    shown = {
        "subject": request.subject.rfc4514_string(),
        "document types": " ".join(request.document_types),
        PUBLIC_KEY: key,
        "signed by key": str(issuer.number),
        **_cert_facts(serial, valid, usage),
    }
    where = _last_where(folder)

    def perform(passphrase: str) -> Made:
        builder = certificates.body(
            request.subject,
            request.key,
            issuer=issuer.certificate.subject,
            serial=serial,
            valid=valid,
        )
        builder = certificates.document_signer(builder, usage, where, request.document_types)
        own = load_key(folder, passphrase, issuer.number)
        made = certificates.sign(builder, request.key, own)
        return Made({issued_path(serial): to_pem(made)}, {FINGERPRINT: sha256(made)})

    return Act(DOCUMENT_SIGNER, shown, perform)


def generations(folder: AuthorityFolder) -> list[Generation]:
    """Return the authority's keys with their certificates, oldest first."""
    count = sum(1 for _ in folder.ledger.of(CSCA, LINK))
    found = []
    for number in range(1, count + 1):
        certificate = load_certificate(folder, certificate_path(number))
        period = certificate.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
        begin, end = period.not_before, period.not_after
        if begin is None or end is None:
            raise ValueError("a CSCA of ours says from when to when its key signs")
        usage = Span(begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
        found.append(Generation(number, certificate, usage))
    return found


def in_use(folder: AuthorityFolder, at: datetime) -> Generation:
    """Return the one key that signs at `at` (UTC). Raises OfficeInputInvalid where none may."""
    begun = [one for one in generations(folder) if one.usage.begin <= at.replace(microsecond=0)]
    if not begun or at > begun[-1].usage.end:
        raise _late(folder)
    return begun[-1]


def issued_serials(folder: AuthorityFolder) -> set[int]:
    """Return the serials of every certificate that this authority signed, its own too."""
    names = (SERIAL, "link's serial")
    entries = folder.ledger.of(CSCA, LINK, DOCUMENT_SIGNER)
    return {int(e.facts[name], 16) for e in entries for name in names if name in e.facts}


def issued_path(serial: int) -> str:
    """Return where a certificate lies that this authority signed."""
    return f"issued/{serial:x}.pem"


def _last_name(folder: AuthorityFolder) -> Name:
    last = Name.of([*folder.ledger.of(CSCA, LINK)][-1].facts)
    return replace(last, parts=passphrase_parts(folder))


def _last_where(folder: AuthorityFolder) -> Whereabouts:
    facts = [*folder.ledger.of(CSCA, LINK)][-1].facts
    return Whereabouts(facts["issuing state"], facts["contact"], facts["list at"])


def _where_facts(where: Whereabouts) -> dict[str, str]:
    return {"issuing state": where.state, "contact": where.contact, "list at": where.crl}


def _cert_facts(serial: int, valid: Span, usage: Span) -> dict[str, str]:
    return {SERIAL: f"{serial:x}", **span_facts(valid, usage)}


def _late(folder: AuthorityFolder) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"No key of {folder.path} may sign now: its time to be used is over.",
        next_step="The key should have been changed before (`tramthe pki link`): make a new "
        "authority, and give its certificate to the trust list.",
    )


def _not_granted(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The request is not granted: {why}.", next_step="Have the request made again."
    )
