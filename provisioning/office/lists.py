"""Revocation lists as the office issues them: certificates' and cards', complete and delta.

Lives here: what the office puts on a list, and when. Not here: its octets and signature
(`signed_list`), accepting and looking it up (`crl`), who may sign which (`verify.lists`).
Source: RFC 5280 section 5, Doc 9303-12 section 7.1.4 (certificate lists carry no entry
extensions). A card's entry is `crl.status.card_entry` of its security object's signed content.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from crl.status import ReasonCode
from provisioning.office.pki import Authority
from provisioning.office.signed_list import Entry, Facts, ListSigner, write_list

__all__ = ["Entry", "changes", "issue_crl", "issue_status_list"]


def issue_crl(
    authority: Authority,
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Sequence[Entry] = (),
    base_number: int | None = None,
) -> bytes:
    """Return the CRL (DER) of an authority's certificates.

    A complete one, or with `base_number` a delta: then `revoked` are the changes since that
    list. Raises OfficeInputInvalid for a number, span or entry that no CRL can carry.
    """
    return _issue(authority, Facts(number, this_update, next_update, None, base_number), revoked)


def issue_status_list(
    signer: Authority,
    *,
    scope: str,
    number: int,
    this_update: datetime,
    next_update: datetime,
    entries: Sequence[Entry] = (),
    base_number: int | None = None,
) -> bytes:
    """Return the card status list (DER) of `scope`, a URI; complete, or a delta as `issue_crl`.

    Its issuing distribution point is critical: nobody may take it for a list of certificates.
    For millions of entries `signed_list.write_list` needs no memory. Raises OfficeInputInvalid
    as `issue_crl` does.
    """
    return _issue(signer, Facts(number, this_update, next_update, scope, base_number), entries)


def changes(base: Iterable[Entry], now: Iterable[Entry], at: datetime) -> list[Entry]:
    """Return what a delta on the list of `base` must say so that it comes to that of `now`.

    New and changed entries as they are now; what is off the list by removeFromCRL, since `at`.
    """
    before = {entry[0]: entry for entry in base}
    found: list[Entry] = []
    for entry in now:
        if before.pop(entry[0], None) != entry:
            found.append(entry)
    found += [(serial, ReasonCode.REMOVE_FROM_CRL, at) for serial in before]
    return found


def _issue(authority: Authority, facts: Facts, entries: Sequence[Entry]) -> bytes:
    out = io.BytesIO()
    write_list(out, ListSigner.of(authority), facts, sorted(entries))
    return out.getvalue()
