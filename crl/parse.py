"""An X.509 v2 CRL, octets to values: the header at once, the entries one by one.

Lives here: the form of CertificateList and its entries (extensions: `extensions`). The list
body is walked in place, so a list of millions costs no memory beyond its octets (a memoryview
of a mapped file will do), and the part under the signature is hashed during the same walk.
Not here: whether the list may be taken (`rules`), who signed it (the caller), files (`store`).
Source: RFC 5280 section 5.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from crl import limits
from crl.der import Tag, expect, head, integer, malformed, time, too_large, well_formed
from crl.extensions import entry_reason, list_extensions
from crl.rules import Hasher, ListHeader
from crl.status import ReasonCode

_VERSION_2 = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One revoked entry. `reason` is UNSPECIFIED where the list gives none."""

    serial: int
    since: datetime
    reason: ReasonCode


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list whose header has been read; the entries are still octets."""

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
        while at < stop:
            count += 1
            if count > most:
                raise too_large(f"more than {most} entries")
            entry, at = _entry(self._view, at, stop)
            if hasher is not None and at - fed >= limits.HASH_BLOCK:
                hasher.update(self._view[fed:at])
                fed = at
            if entry.reason is ReasonCode.REMOVE_FROM_CRL and self.header.base_number is None:
                raise malformed("removeFromCRL stands outside a delta list")
            yield entry
        if hasher is not None:
            hasher.update(self._view[fed:end])


def parse_header(data: bytes | memoryview) -> ListHeader:
    """Return what a list says besides its entries. Raises as `parse`."""
    return parse(data).header


def parse(data: bytes | memoryview) -> RevocationList:
    """Return the list in `data` (DER), header read and entries still to be walked.

    Raises ListTooLarge, ListMalformed, and ListRefused for a critical extension that is not
    known. Nothing has been trusted: the signature is not checked here.
    """
    view = memoryview(data)
    if len(view) > limits.MAX_LIST:
        raise too_large(f"more than {limits.MAX_LIST} octets")
    start, stop = expect(view, 0, len(view), Tag.SEQUENCE, "the list")
    if stop != len(view):
        raise malformed(f"{len(view) - stop} octets follow it")
    tbs_start, tbs_stop = expect(view, start, stop, Tag.SEQUENCE, "the signed part")
    outer_algorithm, at = _algorithm(view, tbs_stop, stop)
    signature = _signature(view, at, stop)

    at, value_stop = expect(view, tbs_start, tbs_stop, Tag.INTEGER, "the version")
    if integer(view, at, value_stop, 1, "the version") != _VERSION_2:
        raise malformed("its version is not 2")
    algorithm, at = _algorithm(view, value_stop, tbs_stop)
    if algorithm != outer_algorithm:
        raise malformed("its two signature algorithms differ")
    issuer, at = _whole(view, at, tbs_stop, limits.MAX_NAME, "the issuer's name")
    this_update, at = _time(view, at, tbs_stop, "thisUpdate")
    next_update, at = _time(view, at, tbs_stop, "nextUpdate")
    if next_update < this_update:
        raise malformed("nextUpdate lies before thisUpdate")
    entries = (at, at)
    if at < tbs_stop and view[at] == Tag.SEQUENCE:
        entries = expect(view, at, tbs_stop, Tag.SEQUENCE, "revokedCertificates")
        at = entries[1]
    extensions = list_extensions(view, at, tbs_stop)
    if extensions.number is None:
        raise malformed("it has no cRLNumber")
    header = ListHeader(
        number=extensions.number,
        issuer=issuer,
        this_update=this_update,
        next_update=next_update,
        scope=extensions.scope,
        coverage=extensions.coverage,
        indirect=extensions.indirect,
        base_number=extensions.base_number,
        authority_key_id=extensions.authority_key_id,
        signature_algorithm=algorithm,
        signature=signature,
        fingerprint=_fingerprint(view),
    )
    return RevocationList(header, view, (start, tbs_stop), entries)


def _fingerprint(view: memoryview) -> bytes:
    digest = hashlib.sha256()
    for at in range(0, len(view), limits.HASH_BLOCK):
        digest.update(view[at : at + limits.HASH_BLOCK])
    return digest.digest()


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


def _entry(view: memoryview, at: int, end: int) -> tuple[Entry, int]:
    at, stop = expect(view, at, end, Tag.SEQUENCE, "an entry")
    start, at = expect(view, at, stop, Tag.INTEGER, "an entry's serial")
    serial = integer(view, start, at, limits.MAX_SERIAL, "an entry's serial")
    since, at = _time(view, at, stop, "a revocation date")
    if at == stop:
        return Entry(serial, since, ReasonCode.UNSPECIFIED), stop
    start, after = expect(view, at, stop, Tag.SEQUENCE, "crlEntryExtensions")
    if after != stop:
        raise malformed("something follows an entry's extensions")
    return Entry(serial, since, entry_reason(view, start, stop)), stop
