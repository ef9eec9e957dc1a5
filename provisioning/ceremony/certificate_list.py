"""The list of an authority's revoked certificates: a country's, or that which names terminals.

Lives here: what stands on it, and its number. Not here: its octets (`office.lists`), how a terminal
takes it (`crl`).
Source: Doc 9303-12 sections 4.1.5 (at least every 90 days, by the newest key, over the certificates
of every key before it) and 7.1.4; RFC 5280 section 5.2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from crl.parse import parse
from crl.status import ReasonCode
from provisioning.ceremony.csca import in_use, issued_serials
from provisioning.ceremony.folder import Act, AuthorityFolder, Made
from provisioning.ceremony.numbers import NUMBER, next_number
from provisioning.ceremony.parts import (
    certificate_path,
    load_certificate,
    load_key,
    sha256,
    to_der,
    when,
)
from provisioning.ceremony.terminal_ca import TERMINAL_CA
from provisioning.errors import OfficeInputInvalid
from provisioning.office.lists import issue_crl
from provisioning.office.pki import Authority

CRL = "crl"
LIST_DAYS = 90
"""Days that a list of certificates holds at most."""


def crl(
    folder: AuthorityFolder,
    revoke: Mapping[int, datetime],
    at: datetime,
    days: int = LIST_DAYS,
) -> Act:
    """Return the act that issues the list of revoked certificates, for so many days.

    `revoke`: serials with since when (UTC), beside all that the last list names: nothing comes off.
    Raises OfficeInputInvalid for a serial that this authority never issued, a time to come, or days
    beyond LIST_DAYS.
    """
    if not 0 < days <= LIST_DAYS:
        raise OfficeInputInvalid(
            f"A list of certificates holds for 1 to {LIST_DAYS} days.",
            next_step="Issue it for fewer days, and the next one before they are over.",
        )
    issuer = _issuer(folder, at)
    revoked = last_revoked(folder)
    new = {serial: since for serial, since in revoke.items() if serial not in revoked}
    for serial, since in new.items():
        if issuer.issued is not None and serial not in issuer.issued:
            raise OfficeInputInvalid(
                f"This authority never issued a certificate with serial {serial:x}.",
                next_step="Look the serial up: tramthe pki show FOLDER",
            )
        if since > at:
            raise OfficeInputInvalid(
                f"Serial {serial:x} is to be revoked from {when(since)}, which is still to come.",
                next_step="Correct the date.",
            )
    number = next_number(folder, at)
    this_update = at.replace(microsecond=0)
    next_update = this_update + timedelta(days=days)
    shown = {
        NUMBER: f"{number:x}",
        "from": when(this_update),
        "next by": when(next_update),
        "revoked": str(len(revoked) + len(new)),
        "revoked now": " ".join(f"{serial:x}" for serial in sorted(new)) or "-",
        "signed by key": str(issuer.number),
    }
    entries = [(serial, ReasonCode.UNSPECIFIED, since) for serial, since in (revoked | new).items()]

    def perform(passphrase: str) -> Made:
        authority = Authority(
            to_der(issuer.certificate), load_key(folder, passphrase, issuer.number)
        )
        data = issue_crl(
            authority,
            number=number,
            this_update=this_update,
            next_update=next_update,
            revoked=entries,
        )
        return Made({crl_path(number): data}, {"SHA-256": sha256(data)})

    return Act(CRL, shown, perform)


@dataclass(frozen=True, slots=True)
class _Issuer:
    """Whose key signs the list, and which serials can stand on it."""

    number: int
    certificate: x509.Certificate
    issued: frozenset[int] | None
    """None where the folder does not know: a centre may sign with this key too."""


def _issuer(folder: AuthorityFolder, at: datetime) -> _Issuer:
    """Return the key in use at `at`. Raises OfficeInputInvalid where there is none."""
    if folder.role != TERMINAL_CA:
        found = in_use(folder, at)
        return _Issuer(found.number, found.certificate, frozenset(issued_serials(folder)))
    certificate = load_certificate(folder, certificate_path())
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise OfficeInputInvalid(
            "This authority's certificate is not valid now.",
            next_step="The next authority's list says nothing of this one's certificates; they"
            " have run out with it.",
        )
    return _Issuer(1, certificate, None)


def last_revoked(folder: AuthorityFolder) -> dict[int, datetime]:
    """Return what the last list names, with since when."""
    lists = list(folder.ledger.of(CRL))
    if not lists:
        return {}
    data = folder.read(crl_path(int(lists[-1].facts[NUMBER], 16)))
    return {entry.serial: entry.since for entry in parse(data).entries()}


def crl_path(number: int) -> str:
    """Return where a list of certificates lies."""
    return f"lists/{number:x}.crl"
