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

from crl import limits
from crl.der import (
    Tag,
    expect,
    head,
    integer,
    malformed,
    moment_of,
    time,
    too_large,
    well_formed,
)
from crl.extensions import (
    ONLY_REASON,
    REASONS,
    ListExtensions,
    entry_extensions,
    list_extensions,
)
from crl.rules import Hasher, ListHeader
from crl.source import Memory, Source
from crl.status import ReasonCode

_VERSION_2 = 1
_UTC_TIME = b"\x17\x0d"
_SEQUENCE, _INTEGER = int(Tag.SEQUENCE), int(Tag.INTEGER)
_UNSPECIFIED = ReasonCode.UNSPECIFIED
_PADDING = (0x00, 0xFF)
_SHORTEST = limits.MIN_ENTRY
_WITHOUT_REASON = 17  # octets of an entry's contents beside the serial's own
_WITH_REASON = _WITHOUT_REASON + len(ONLY_REASON) + 1
PLAIN = 2 + 2 + limits.MAX_SERIAL + 15 + len(ONLY_REASON) + 1
"""Octets of the longest entry that `plain_entry` reads."""
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


@dataclass(frozen=True, slots=True)
class Outline:
    """What a list says besides its entries, and where its parts lie: (start, stop) in octets."""

    header: ListHeader
    size: int
    signed: tuple[int, int]
    """TBSCertList, with its identifier and length."""
    entries: tuple[int, int]
    """The contents of revokedCertificates."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list in memory whose outline has been read; the entries are still octets."""

    header: ListHeader
    _view: memoryview = field(repr=False)
    _signed: tuple[int, int] = field(repr=False)
    _entries: tuple[int, int] = field(repr=False)

    def entries(
        self, hasher: Hasher | None = None, *, most: int = limits.MAX_ENTRIES
    ) -> Iterator[Entry]:
        """Yield the entries in the list's order, each checked as it is reached.

        A `hasher` has taken in the whole TBSCertList once the last entry was yielded, not
        before. Raises ListMalformed, ListTooLarge (more entries than `most`), and ListRefused for
        a critical entry extension that is not known.
        """
        fed, end = self._signed
        at, stop = self._entries
        count = 0
        issuer: bytes | None = None
        while at < stop:
            count += 1
            if count > most:
                raise too_large(f"more than {most} entries")
            entry, at = read_entry(self._view, at, stop, self.header)
            if hasher is not None and at - fed >= limits.HASH_BLOCK:
                hasher.update(self._view[fed:at])
                fed = at
            issuer = entry.issuer or issuer  # section 5.3.3: it holds until another is named
            yield entry if issuer is None else replace(entry, issuer=issuer)
        if hasher is not None:
            hasher.update(self._view[fed:end])


def parse_header(data: bytes | memoryview) -> ListHeader:
    """Return what a list says besides its entries. Raises as `outline`."""
    return outline(Memory(data)).header


def parse(data: bytes | memoryview) -> RevocationList:
    """Return the list in `data` (DER), its entries still to be walked. Raises as `outline`."""
    found = outline(Memory(data))
    return RevocationList(found.header, memoryview(data), found.signed, found.entries)


def outline(source: Source) -> Outline:
    """Return the outline of the list (DER) that fills `source`.

    Raises ListTooLarge, ListMalformed, ListRefused for a critical extension that is not known,
    OSError. Nothing has been trusted: the signature is not checked here.
    """
    if source.size > limits.MAX_LIST:
        raise too_large(f"more than {limits.MAX_LIST} octets")
    # What lies behind the prefix is never looked at: each part has its cap, and all fit in.
    view = memoryview(source.at(0, _PREFIX))
    start, stop = expect(view, 0, source.size, Tag.SEQUENCE, "the list")
    if stop != source.size:
        raise malformed(f"{source.size - stop} octets follow it")
    tbs_start, tbs_stop = expect(view, start, stop, Tag.SEQUENCE, "the signed part")
    at, value_stop = expect(view, tbs_start, tbs_stop, Tag.INTEGER, "the version")
    if integer(view, at, value_stop, 1, "the version") != _VERSION_2:
        raise malformed("its version is not 2")
    algorithm, at = _algorithm(view, value_stop, tbs_stop)
    issuer, at = _whole(view, at, tbs_stop, limits.MAX_NAME, "the issuer's name")
    this_update, at = _time(view, at, tbs_stop, "thisUpdate")
    next_update, at = _time(view, at, tbs_stop, "nextUpdate")
    if next_update < this_update:
        raise malformed("nextUpdate lies before thisUpdate")
    entries = (at, at)
    if at < tbs_stop and view[at] == Tag.SEQUENCE:
        entries = expect(view, at, tbs_stop, Tag.SEQUENCE, "revokedCertificates")
        at = entries[1]
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


def read_entry(view: memoryview, at: int, end: int, header: ListHeader) -> tuple[Entry, int]:
    """Return the entry at `at`, as a list of `header` may have it, and the offset behind it.

    Raises ListMalformed, ListTooLarge, ListRefused for a critical extension that is not known.
    """
    plain = plain_entry(bytes(view[at : min(end, at + PLAIN)]))
    if plain is not None and plain[0].reason is not ReasonCode.REMOVE_FROM_CRL:
        return plain[0], at + plain[1]
    return walk_entry(view, at, end, header)


def plain_entry(octets: bytes) -> tuple[Entry, int] | None:
    """Return the entry that `octets` begin with and its size, if it is like nearly all are.

    That is: lengths of one octet, a UTCTime, a reason code or no extension. None otherwise.
    """
    if len(octets) < _SHORTEST or octets[0] != _SEQUENCE or octets[2] != _INTEGER:
        return None
    length, size = octets[1], octets[3]
    stop, time_at = length + 2, size + 4
    has_reason = length - size == _WITH_REASON
    if (
        not (has_reason or length - size == _WITHOUT_REASON)
        or len(octets) < stop
        or not 0 < size <= limits.MAX_SERIAL
        or octets[time_at : time_at + 2] != _UTC_TIME
        or (octets[4] in _PADDING and size > 1 and octets[4] ^ octets[5] < 0x80)
    ):
        return None
    since = moment_of(Tag.UTC_TIME, octets[time_at + 2 : time_at + 15])
    reason: ReasonCode | None = _UNSPECIFIED
    if has_reason:
        told = octets[time_at + 15 : stop - 1] == ONLY_REASON
        reason = REASONS.get(octets[stop - 1]) if told else None
    if since is None or reason is None:
        return None
    return Entry(int.from_bytes(octets[4:time_at], "big", signed=True), since, reason), stop


def walk_entry(view: memoryview, at: int, end: int, header: ListHeader) -> tuple[Entry, int]:
    """Do as `read_entry`, value by value."""
    at, stop = expect(view, at, end, Tag.SEQUENCE, "an entry")
    start, at = expect(view, at, stop, Tag.INTEGER, "an entry's serial")
    serial = integer(view, start, at, limits.MAX_SERIAL, "an entry's serial")
    since, at = _time(view, at, stop, "a revocation date")
    if at == stop:
        return Entry(serial, since, ReasonCode.UNSPECIFIED), stop
    start, after = expect(view, at, stop, Tag.SEQUENCE, "crlEntryExtensions")
    if after != stop:
        raise malformed("something follows an entry's extensions")
    reason, issuer = entry_extensions(view, start, stop)
    if reason is ReasonCode.REMOVE_FROM_CRL and header.base_number is None:
        raise malformed("removeFromCRL stands outside a delta list")
    if issuer is not None and not header.point.indirect:
        raise malformed("certificateIssuer stands outside an indirect list")
    return Entry(serial, since, reason, issuer), stop


def _tail(source: Source, at: int, tbs_stop: int) -> tuple[ListExtensions, bytes, bytes]:
    """Return what stands from `at`, behind the entries, to the end of the list."""
    if source.size - at > _TAIL:
        raise too_large(f"more than {_TAIL} octets behind the entries")
    view = memoryview(source.at(at, source.size - at))
    if len(view) != source.size - at:
        raise malformed("it is cut short")
    extensions = list_extensions(view, 0, tbs_stop - at)
    algorithm, behind = _algorithm(view, tbs_stop - at, len(view))
    return extensions, algorithm, _signature(view, behind, len(view))


def _whole(view: memoryview, at: int, end: int, cap: int, what: str) -> tuple[bytes, int]:
    """Return a SEQUENCE as it stands, and the offset behind it; depth and size are bounded."""
    start, stop = expect(view, at, end, Tag.SEQUENCE, what)
    if stop - at > cap:
        raise too_large(f"{what} has more than {cap} octets")
    well_formed(view, start, stop, limits.MAX_DEPTH, what)
    return bytes(view[at:stop]), stop


def _algorithm(view: memoryview, at: int, end: int) -> tuple[bytes, int]:
    return _whole(view, at, end, limits.MAX_ALGORITHM, "a signature algorithm")


def _signature(view: memoryview, at: int, end: int) -> bytes:
    start, stop = expect(view, at, end, Tag.BIT_STRING, "the signature")
    if stop != end:
        raise malformed("something follows the signature")
    if stop - start > limits.MAX_SIGNATURE:
        raise too_large(f"a signature of more than {limits.MAX_SIGNATURE} octets")
    if stop - start < 2 or view[start] != 0:
        raise malformed("the signature is empty or not a whole number of octets")
    return bytes(view[start + 1 : stop])


def _time(view: memoryview, at: int, end: int, what: str) -> tuple[datetime, int]:
    tag, start, stop = head(view, at, end)
    return time(view, start, stop, tag, what), stop
