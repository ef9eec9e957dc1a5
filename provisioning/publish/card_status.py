"""The card status list as targets: one complete list, and deltas from 1, 7 and 30 days back.

Lives here: which lists are offered, and the deltas, made from the complete lists of earlier days
(the folder's archive). Not here: a list's octets (`office.signed_list`), what a terminal takes of
them (`edge.repository.plan`).
Source: DESIGN section 6; RFC 5280 section 5.2.4.

A complete list stays on offer for REFILL: a terminal on a slow line, which needs days for it,
still finds it, and comes up to date by a delta that begins no later than that list.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from crl.errors import CrlError
from crl.parse import parse, parse_header
from crl.rules import ListHeader
from edge.repository.names import LISTS_ROLE, StatusList
from provisioning.errors import OfficeInputInvalid
from provisioning.office import deltas
from provisioning.office.lists import changes
from provisioning.office.pki import Authority
from provisioning.office.signed_list import Entry, Facts, ListSigner, write_list
from provisioning.publish.ceremony import Ceremony
from provisioning.publish.workshop import Workshop
from verify.names import name_key

REFILL = timedelta(days=30)
"""How long a complete list stays on offer."""
FOLDER = "lists/card-status"
_SUFFIX = ".crl"


@dataclass(frozen=True, slots=True)
class _Archived:
    """A complete list of some day."""

    path: Path
    header: ListHeader


def offer(shop: Workshop, ceremony: Ceremony, complete: Path, signer: Authority) -> list[str]:
    """Stage a new complete list's deltas, and itself where its turn has come; return the paths.

    `signer`: the list's own, who signs the deltas. The signing key of the role `lists` comes
    after, as for any target. Raises OfficeInputInvalid, OSError.
    """
    new = _Archived(complete, read_header(complete))
    scope = _require_complete(new.header, signer)
    folder = shop.archive / _slug(scope)
    folder.mkdir(parents=True, exist_ok=True)
    earlier = [one for one in _archived(folder) if one.header.number < new.header.number]
    kept = folder / f"{new.header.number:x}{_SUFFIX}"
    shutil.copyfile(complete, kept)
    new = _Archived(kept, new.header)
    served = _on_offer(shop, status_of(new.header), earlier) or new
    bases = _bases(new, earlier, served)
    for path in _named(shop, status_of(new.header)):
        if path != _path(served.header):
            ceremony.remove(path)
    staged = [_stage(ceremony, new)] if served is new else []
    for base in bases:
        delta = _delta(folder, base, new, signer)
        staged.append(_stage(ceremony, delta))
        delta.path.unlink()
    oldest = min(one.header.number for one in (*bases, served))
    for one in earlier:
        if one.header.number < oldest:
            one.path.unlink()
    return staged


def status_of(header: ListHeader) -> StatusList:
    """Return what a target says of a card status list. Raises OfficeInputInvalid."""
    if header.scope is None:
        raise OfficeInputInvalid(
            "This list names no scope, so it is no card status list.",
            next_step="Give a list of certificates the path lists/certificate/NAME.crl.",
        )
    signer = hashlib.sha256(name_key(header.issuer)).hexdigest()
    return StatusList(header.scope, signer, header.number, header.base_number)


def read_header(path: Path) -> ListHeader:
    """Return the header of a list in a file. Raises OfficeInputInvalid, OSError."""
    try:
        return parse_header(path.read_bytes())
    except CrlError as error:
        raise OfficeInputInvalid(
            f"{path} is no revocation list. {error.message}", next_step=error.next_step
        ) from error


def _require_complete(header: ListHeader, signer: Authority) -> str:
    if header.base_number is not None or header.scope is None:
        raise OfficeInputInvalid(
            "Deltas are made from a complete card status list, and this is none.",
            next_step="Give the complete list of today.",
        )
    if header.authority_key_id != ListSigner.of(signer).key_id:
        raise OfficeInputInvalid(
            "Another key signed this list than the one given.",
            next_step="Give the key of the list's own signer: a delta must carry the same.",
        )
    return header.scope


def _archived(folder: Path) -> Iterator[_Archived]:
    for path in folder.glob("*" + _SUFFIX):
        yield _Archived(path, read_header(path))


def _on_offer(shop: Workshop, status: StatusList, earlier: list[_Archived]) -> _Archived | None:
    """Return the complete list that is offered and not yet due to be replaced."""
    paths = set(_named(shop, status))
    found = [one for one in earlier if _path(one.header) in paths]
    newest = max((one.header.this_update for one in earlier), default=None)
    if not found or newest is None:
        return None
    served = max(found, key=lambda one: one.header.number)
    return served if newest - served.header.this_update < REFILL - deltas.SLACK else None


def _bases(new: _Archived, earlier: list[_Archived], served: _Archived) -> list[_Archived]:
    """Return the lists on which deltas are made: each age, and never all beyond `served`."""
    updates = {one.header.number: one.header.this_update for one in earlier}
    numbers = deltas.bases(updates, new.header.this_update)
    chosen = {one.header.number: one for one in earlier if one.header.number in numbers}
    if served.path != new.path and all(number > served.header.number for number in chosen):
        chosen[served.header.number] = served
    return [chosen[number] for number in sorted(chosen)]


def _delta(folder: Path, base: _Archived, new: _Archived, signer: Authority) -> _Archived:
    header = new.header
    facts = Facts(
        header.number, header.this_update, header.next_update, header.scope, base.header.number
    )
    entries = changes(_entries(base.path), _entries(new.path), header.this_update)
    path = folder / "delta.new"
    with path.open("wb") as out:
        write_list(out, ListSigner.of(signer), facts, sorted(entries))
    return _Archived(path, read_header(path))


def _entries(path: Path) -> Iterator[Entry]:
    for entry in parse(path.read_bytes()).entries():
        yield entry.serial, entry.reason, entry.since


def _stage(ceremony: Ceremony, one: _Archived) -> str:
    path = _path(one.header)
    ceremony.add(path, one.path, status_of(one.header).to_custom())
    return path


def _named(shop: Workshop, status: StatusList) -> list[str]:
    """Return the paths under which lists of this scope and signer are offered."""
    newest = shop.newest(LISTS_ROLE)
    found: list[str] = []
    for path, target in ({} if newest is None else newest.signed.targets).items():
        said = StatusList.from_custom(target.custom)
        if said is not None and (said.scope, said.signer) == (status.scope, status.signer):
            found.append(path)
    return found


def _path(header: ListHeader) -> str:
    base = "" if header.base_number is None else f"{header.base_number:x}-"
    return f"{FOLDER}/{_slug(header.scope or '')}-{base}{header.number:x}{_SUFFIX}"


def _slug(scope: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", scope.rpartition(":")[2].lower()).strip("-") or "cards"
