"""The signer of a card status list: its key, and the lists it issues day by day.

Lives here: the acts of its folder; what may come off a list. Not here: rows (`office.list_rows`),
order and differences (`office.entry_table`), octets (`office.signed_list`), publishing
(`provisioning.publish`).
Source: DESIGN sections 5 and 6; RFC 5280 sections 5.2.4 and 5.3.1.

Each issue is one complete list, and deltas on those of a day, a week and a month ago. Complete
lists are kept until no delta begins at them any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO

from crl.parse import parse, parse_header
from provisioning.ceremony.folder import ROLE, Act, AuthorityFolder, Made
from provisioning.ceremony.numbers import NUMBER, next_number
from provisioning.ceremony.parts import (
    SERIAL,
    Name,
    certificate_path,
    load_certificate,
    load_key,
    self_signed,
    span_facts,
    to_der,
    when,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates, deltas
from provisioning.office.certificates import STATUS_SIGNER_VALIDITY, Span
from provisioning.office.entry_table import EntryTable
from provisioning.office.list_rows import entry_text
from provisioning.office.pki import Authority, Rng, new_serial
from provisioning.office.signed_list import Entry, Facts, ListSigner, write_list

STATUS_SIGNER = "status-signer"
STATUS_LIST = "status-list"
SCOPE = "scope"
LISTS = "lists"
MAX_DAYS = 90
"""Days after which a list names the next one at the latest."""
_SUFFIX = ".crl"


def create(name: Name, scope: str, at: datetime, rng: Rng = os.urandom) -> Act:
    """Return the act that makes the signer of `scope` (a URI) in an empty folder.

    It is an anchor by itself: its certificate goes on the trust list. Raises OfficeInputInvalid.
    """
    valid, serial = Span.of(at, STATUS_SIGNER_VALIDITY), new_serial(rng)
    shown = {
        ROLE: STATUS_SIGNER,
        **name.facts(),
        SCOPE: scope,
        SERIAL: f"{serial:x}",
        **span_facts(valid),
    }
    return Act(
        STATUS_SIGNER,
        shown,
        self_signed(name, serial, valid, partial(certificates.status_signer, scope=scope), rng),
    )


def issue(
    folder: AuthorityFolder, table: EntryTable, entries: Iterator[Entry], at: datetime, days: int
) -> Act:
    """Return the act that issues the list of `entries`, complete, and its deltas.

    `table` is empty, and outlives the act. Raises OfficeInputInvalid for a date to come, an entry
    that repeats, days beyond MAX_DAYS, and where a card would come off the list, or be reported as
    lost, that had been put on it for good: only cards reported lost come off.
    """
    this_update = at.replace(microsecond=0)
    next_update = this_update + timedelta(days=days)
    _require_span(folder, this_update, next_update, days)
    table.fill(entries)
    newest = table.newest()
    if newest is not None and newest > at:
        raise _refused(f"an entry is dated {when(newest)}, which is still to come")
    number = next_number(folder, at)
    earlier = complete_lists(folder)
    chosen = sorted(deltas.bases(earlier, this_update))
    for base in {*chosen, *list(earlier)[-1:]}:
        table.fill(_read(folder, base), base)
    shown = {
        NUMBER: f"{number:x}",
        SCOPE: folder.first[SCOPE],
        "from": when(this_update),
        "next by": when(next_update),
        "cards": str(table.count()),
        "deltas on": " ".join(f"{base:x}" for base in chosen) or "-",
    }
    if earlier:
        last = list(earlier)[-1]
        kept_off = [entry_text(entry) for entry in table.lost_since(last)]
        if kept_off:
            raise _refused(
                f"{len(kept_off)} cards would come off that were on it for good, "
                f"{kept_off[0]} among them"
            )
        shown["changes"] = str(sum(1 for _ in table.changes(last, at)))
    signer = to_der(load_certificate(folder, certificate_path()))

    def writer(key: ListSigner, base: int | None) -> Callable[[BinaryIO], None]:
        facts = Facts(number, this_update, next_update, folder.first[SCOPE], base)
        found = table.entries() if base is None else table.changes(base, this_update)
        return lambda out: write_list(out, key, facts, found)

    def perform(passphrase: str) -> Made:
        key = ListSigner.of(Authority(signer, load_key(folder, passphrase)))
        files = {list_path(number): writer(key, None)}
        files |= {list_path(number, base): writer(key, base) for base in chosen}
        return Made(dict(files), drops=_outdated(folder, chosen))

    return Act(STATUS_LIST, shown, perform)


def complete_lists(folder: AuthorityFolder) -> dict[int, datetime]:
    """Return thisUpdate of each complete list that is kept, by number, oldest first."""
    found = {}
    for name in folder.names():
        if name.startswith(f"{LISTS}/") and "-" not in name:
            header = parse_header(folder.read(name))
            found[header.number] = header.this_update
    return dict(sorted(found.items()))


def list_path(number: int, base: int | None = None) -> str:
    """Return where a list lies: complete, or the delta on `base`."""
    begins = "" if base is None else f"{base:x}-"
    return f"{LISTS}/{begins}{number:x}{_SUFFIX}"


def authority(folder: AuthorityFolder, passphrase: str) -> Authority:
    """Return what signs lists. Raises OfficeInputInvalid."""
    folder.require_role(STATUS_SIGNER)
    certificate = to_der(load_certificate(folder, certificate_path()))
    return Authority(certificate, load_key(folder, passphrase))


def _read(folder: AuthorityFolder, number: int) -> Iterator[Entry]:
    for entry in parse(folder.read(list_path(number))).entries():
        yield entry.serial, entry.reason, entry.since


def _outdated(folder: AuthorityFolder, chosen: list[int]) -> tuple[str, ...]:
    """Return earlier deltas, and complete lists at which no delta begins any more."""
    oldest = min(chosen, default=0)
    return tuple(
        name
        for name in folder.names()
        if name.startswith(f"{LISTS}/")
        and ("-" in name or int(name[len(LISTS) + 1 : -len(_SUFFIX)], 16) < oldest)
    )


def _require_span(
    folder: AuthorityFolder, this_update: datetime, next_update: datetime, days: int
) -> None:
    if not 0 < days <= MAX_DAYS:
        raise _refused(f"it holds for 1 to {MAX_DAYS} days")
    own = load_certificate(folder, certificate_path())
    if not own.not_valid_before_utc <= this_update or next_update > own.not_valid_after_utc:
        raise OfficeInputInvalid(
            f"The list would outlive its signer, valid until {when(own.not_valid_after_utc)}.",
            next_step="Make the next signer and put it on the trust list: "
            "tramthe pki status-signer --help",
        )


def _refused(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The list is not issued: {why}.",
        next_step="Correct the rows: the list is all cards that are not in force, each time.",
    )
