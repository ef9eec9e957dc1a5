"""An X.509 v2 CRL, octets to values: the outline at once, the entries one by one.

Lives here: the form of CertificateList and its entries (extensions: `extensions`, `point`). The
outline needs the first and the last octets of a list only, wherever they lie, so it is read before
the millions of entries between them. `RevocationList` walks a list in memory, and hashes the part
under the signature on the way; lists of any size, from disk, are the business of `ingest`, by the
same rules for an entry.
Not here: whether the list may be taken (`rules`), who signed it (the caller), files (`store`).
Source: RFC 5280 section 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from crl import limits, plain
from crl.der import (
    BIT_STRING,
    INTEGER,
    SEQUENCE,
    UTC_TIME,
    Member,
    Octets,
    expect,
    head,
    integer,
    malformed,
    members,
    moment_of,
    require_well_formed,
    time,
    too_large,
)
from crl.extensions import REASONS, ListExtensions, entry_extensions, list_extensions
from crl.rules import Hasher, ListHeader
from crl.source import Memory, Source
from crl.status import ReasonCode

_UNSPECIFIED, _REMOVE = ReasonCode.UNSPECIFIED, ReasonCode.REMOVE_FROM_CRL
_VERSION_2 = b"\x02\x01\x01"
_FIELDS = 5  # that every list has: version, algorithm, issuer, thisUpdate, nextUpdate
_PREFIX = limits.MAX_NAME + limits.MAX_ALGORITHM + 512  # octets that hold all before the entries
_TAIL = limits.MAX_EXTENSIONS + limits.MAX_ALGORITHM + limits.MAX_SIGNATURE + 512
"""Octets that hold all behind the entries."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One revoked entry. `reason` is UNSPECIFIED where the list gives none.

    `issuer` (a Name, DER) is whose certificate an indirect list's entry names; None for the
    list's own issuer.
    """

    serial: int
    since: datetime
    reason: ReasonCode
    issuer: bytes | None = field(default=None, repr=False)


class Outline(NamedTuple):
    """What a list says besides its entries, and where its parts lie: (start, stop) in octets."""

    header: ListHeader
    size: int
    signed: tuple[int, int]
    """TBSCertList, with its identifier and length."""
    entries: tuple[int, int]
    """The contents of revokedCertificates."""


class RevocationList(NamedTuple):
    """A list in memory whose outline has been read; the entries are still octets."""

    header: ListHeader
    octets: Octets
    signed: tuple[int, int]
    """TBSCertList: where it starts and stops."""
    revoked: tuple[int, int]
    """The contents of revokedCertificates."""

    def __repr__(self) -> str:
        return f"RevocationList(number={self.header.number:x}, {len(self.octets)} octets)"

    @property
    def tbs(self) -> bytes:
        """Return the TBSCertList, as it stands."""
        start, stop = self.signed
        return bytes(self.octets[start:stop])

    def plain_entries(self) -> bytes | None:
        """Return the octets of all entries where each is `plain`, and so right; else None."""
        start, stop = self.revoked
        if stop - start > plain.MAX_AT_ONCE:
            return None
        octets = bytes(self.octets[start:stop])
        right = plain.all_plain(octets, delta=self.header.base_number is not None)
        return octets if right else None

    def entries(
        self, hasher: Hasher | None = None, *, most: int = limits.MAX_ENTRIES
    ) -> Iterator[Entry]:
        """Yield the entries in the list's order, each checked as it is reached.

        A `hasher` has taken in the whole TBSCertList once the last entry was yielded, not
        before. Raises ListMalformed, ListTooLarge (more entries than `most`), and ListRefused for
        a critical entry extension that is not known.
        """
        fed, end = self.signed
        at, stop = self.revoked
        view = memoryview(self.octets)
        count = 0
        issuer: bytes | None = None
        while at < stop:
            count += 1
            if count > most:
                raise too_large(f"more than {most} entries")
            entry, at = read_entry(view, at, stop, self.header)
            if hasher is not None and at - fed >= limits.HASH_BLOCK:
                hasher.update(view[fed:at])
                fed = at
            issuer = entry.issuer or issuer  # section 5.3.3: it holds until another is named
            yield entry if issuer is None else replace(entry, issuer=issuer)
        if hasher is not None:
            hasher.update(view[fed:end])


def parse_header(data: Octets) -> ListHeader:
    """Return what a list says besides its entries. Raises as `outline`."""
    return outline(Memory(data)).header


def parse(data: Octets) -> RevocationList:
    """Return the list in `data` (DER), its entries still to be walked. Raises as `outline`."""
    found = outline(Memory(data))
    return RevocationList(found.header, data, found.signed, found.entries)


def outline(source: Source) -> Outline:
    """Return the outline of the list (DER) that fills `source`.

    Raises ListTooLarge, ListMalformed, ListRefused for a critical extension that is not known,
    OSError. Nothing has been trusted: the signature is not checked here.
    """
    if source.size > limits.MAX_LIST:
        raise too_large(f"more than {limits.MAX_LIST} octets")
    # What lies behind the prefix is never looked at: each part has its cap, and all fit in.
    view = source.at(0, _PREFIX)
    start, stop = expect(view, 0, source.size, SEQUENCE, "the list")
    if stop != source.size:
        raise malformed(f"{source.size - stop} octets follow it")
    tbs_start, tbs_stop = expect(view, start, stop, SEQUENCE, "the signed part")
    fields = members(view, tbs_start, tbs_stop)
    if len(fields) < _FIELDS:
        raise malformed("it has not the fields that every list has")
    version, signed_by, name, begin, end, *rest = fields
    if view[version[1] : version[3]] != _VERSION_2:
        raise malformed("its version is not 2")
    algorithm = _whole(view, signed_by, limits.MAX_ALGORITHM, "a signature algorithm")
    issuer = _whole(view, name, limits.MAX_NAME, "the issuer's name")
    this_update, next_update = _time(view, begin, "thisUpdate"), _time(view, end, "nextUpdate")
    if next_update < this_update:
        raise malformed("nextUpdate lies before thisUpdate")
    at = end[3]
    entries = (at, at)
    if rest and rest[0][0] == SEQUENCE:
        _, _, at, behind = rest[0]
        entries = (at, behind)
        at = behind
    extensions, outer_algorithm, signature = _tail(source, at, tbs_stop)
    if algorithm != outer_algorithm:
        raise malformed("its two signature algorithms differ")
    if extensions.number is None:
        raise malformed("it has no cRLNumber")
    header = ListHeader(
        number=extensions.number,
        issuer=issuer,
        this_update=this_update,
        next_update=next_update,
        point=extensions.point,
        base_number=extensions.base_number,
        authority_key_id=extensions.authority_key_id,
        signature_algorithm=algorithm,
        signature=signature,
    )
    return Outline(header, source.size, (start, tbs_stop), entries)


def read_entry(view: Octets, at: int, end: int, header: ListHeader) -> tuple[Entry, int]:
    """Return the entry at `at`, as a list of `header` may have it, and the offset behind it.

    Raises ListMalformed, ListTooLarge, ListRefused for a critical extension that is not known.
    """
    known = plain_entry(bytes(view[at : min(end, at + plain.LONGEST)]))
    if known is not None and known[0].reason is not _REMOVE:
        return known[0], at + known[1]
    return walk_entry(view, at, end, header)


def plain_entry(octets: bytes) -> tuple[Entry, int] | None:
    """Return the entry that `octets` begin with and its size, if it is `plain`; else None."""
    if not plain.begins_plain(octets):
        return None
    stop, time_at = octets[1] + 2, octets[3] + 4
    since = moment_of(UTC_TIME, octets[time_at + 2 : time_at + 15])
    reason = _UNSPECIFIED
    if stop - octets[3] - 2 == plain.WITH_REASON:
        reason = REASONS[octets[stop - 1]]
    if since is None:  # no such moment passes the pattern
        return None
    return Entry(int.from_bytes(octets[4:time_at], "big", signed=True), since, reason), stop


def walk_entry(view: Octets, at: int, end: int, header: ListHeader) -> tuple[Entry, int]:
    """Do as `read_entry`, value by value."""
    at, stop = expect(view, at, end, SEQUENCE, "an entry")
    start, at = expect(view, at, stop, INTEGER, "an entry's serial")
    serial = integer(view, start, at, limits.MAX_SERIAL, "an entry's serial")
    tag, start, at = head(view, at, stop)
    since = time(view, start, at, tag, "a revocation date")
    if at == stop:
        return Entry(serial, since, ReasonCode.UNSPECIFIED), stop
    start, after = expect(view, at, stop, SEQUENCE, "crlEntryExtensions")
    if after != stop:
        raise malformed("something follows an entry's extensions")
    reason, issuer = entry_extensions(bytes(view[start:stop]))
    if reason is _REMOVE and header.base_number is None:
        raise malformed("removeFromCRL stands outside a delta list")
    if issuer is not None and not header.point.indirect:
        raise malformed("certificateIssuer stands outside an indirect list")
    return Entry(serial, since, reason, issuer), stop


def _tail(source: Source, at: int, tbs_stop: int) -> tuple[ListExtensions, bytes, bytes]:
    """Return what stands from `at`, behind the entries, to the end of the list."""
    if source.size - at > _TAIL:
        raise too_large(f"more than {_TAIL} octets behind the entries")
    view = source.at(at, source.size - at)
    if len(view) != source.size - at:
        raise malformed("it is cut short")
    extensions = list_extensions(view[: tbs_stop - at])
    behind = members(view, tbs_stop - at, len(view))
    if len(behind) != 2:
        raise malformed("its signature is missing, or something follows it")
    algorithm = _whole(view, behind[0], limits.MAX_ALGORITHM, "a signature algorithm")
    return extensions, algorithm, _signature(view, behind[1])


def _whole(view: bytes, member: Member, cap: int, what: str) -> bytes:
    """Return a SEQUENCE as it stands; depth and size are bounded."""
    tag, at, _, stop = member
    if tag != SEQUENCE:
        raise malformed(f"{what} carries tag {tag:02X} instead of {SEQUENCE:02X}")
    if stop - at > cap:
        raise too_large(f"{what} has more than {cap} octets")
    octets = view[at:stop]
    require_well_formed(octets, limits.MAX_DEPTH, what)
    return octets


def _signature(view: bytes, member: Member) -> bytes:
    tag, _, start, stop = member
    if tag != BIT_STRING:
        raise malformed("its signature is no BIT STRING")
    if stop - start > limits.MAX_SIGNATURE:
        raise too_large(f"a signature of more than {limits.MAX_SIGNATURE} octets")
    if stop - start < 2 or view[start] != 0:
        raise malformed("the signature is empty or not a whole number of octets")
    return view[start + 1 : stop]


def _time(view: bytes, member: Member, what: str) -> datetime:
    tag, _, start, stop = member
    return time(view, start, stop, tag, what)
