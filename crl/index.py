"""The index of a list: which entries may be a serial's, by one read of one page.

Lives here: the file's form, making it in little memory, asking it. Not here: what an entry says
and whether it is really the serial's (`held` reads that in the list itself).

A record is 8 octets: the entry's offset in the list, then the key of its serial (`columns.key`,
30 bits), both little-endian. 16 bits in the middle of the key choose the page, so that pages fill
evenly whatever the serials look like; within a page nothing is ordered. Pages lie one after the
other, each as long as it happens to be.

Making one: records are dealt out to 256 buckets whenever RUN of them have come together, and this
run is written to a temporary file, bucket by bucket; at the end each bucket is gathered from the
runs and dealt out to its pages. Floating-point numbers are only the carriers: eight octets become
one object, and eight octets again, faster than in any other way. With a key of 30 bits none is an
infinity or no number at all, so the octets stay what they are.

An altered index would say "not revoked". So every page has a digest, and `Table.digest`, over
these and the list's fingerprint, is kept apart from the file by the store.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, BinaryIO

from crl.errors import IndexDamaged
from crl.limits import MAX_INDEX_PAGES
from crl.source import Source

RECORD = 8  # octets
PAGE = 512  # records of a page on average, at most: 4 KB and what chance adds
SMALLER_PAGE = 256  # the same where records are dealt out twice anyway
RUN = 16 * 1024  # records that are dealt out at once: their carriers fit a core's cache
GROUP = 8  # buckets that are gathered with one read a run
DIGEST = 16  # octets of a page's digest: SHA-256, cut off

_FORMAT = b"tramthe-crl-index/1\n"
_MAX_BITS = MAX_INDEX_PAGES.bit_length() - 1
_BUCKET, _WITHIN, _APART = 6, 5, 4
"""Octets of a record: which bucket, which page of it, and what tells a page's records apart."""
_RECORD = struct.Struct("<II")
_HEAD = struct.Struct(f"<{len(_FORMAT)}s32sI")  # format, fingerprint, pages


@dataclass(frozen=True, slots=True)
class Table:
    """Where each page lies and what it must hash to."""

    fingerprint: bytes = field(repr=False)
    """Of the list that the index belongs to."""
    starts: array[int] = field(repr=False)
    """First record of each page, then the count of all records."""
    digests: bytes = field(repr=False)

    @property
    def pages(self) -> int:
        """Return how many pages there are, a power of two."""
        return len(self.starts) - 1

    def encode(self) -> bytes:
        """Return the octets that stand behind the pages."""
        head = _HEAD.pack(_FORMAT, self.fingerprint, self.pages)
        return self.starts.tobytes() + self.digests + head

    @property
    def digest(self) -> bytes:
        """Return SHA-256 over everything that the table says."""
        return hashlib.sha256(self.encode()).digest()


def read_table(source: Source) -> Table:
    """Return the table at the end of an index file. Raises IndexDamaged, OSError."""
    head = source.at(max(0, source.size - _HEAD.size), _HEAD.size)
    if len(head) != _HEAD.size:
        raise damaged("it is cut short")
    form, fingerprint, pages = _HEAD.unpack(head)
    size = 4 * (pages + 1) + DIGEST * pages
    if form != _FORMAT or not 0 < pages <= MAX_INDEX_PAGES or pages & (pages - 1):
        raise damaged("it is in another form")
    body = source.at(source.size - _HEAD.size - size, size) if source.size > size else b""
    if len(body) != size:
        raise damaged("it is cut short")
    starts = array("I", body[: 4 * (pages + 1)])
    if source.size != RECORD * starts[-1] + size + _HEAD.size:
        raise damaged("it is cut short")
    return Table(fingerprint, starts, body[4 * (pages + 1) :])


class Index:
    """An index to be asked, from any thread."""

    def __init__(self, table: Table, source: Source) -> None:
        self._source = source
        self._starts = table.starts
        self._digests = table.digests
        self._mask = table.pages - 1
        self._shift = 24 - self._mask.bit_length()

    def offsets(self, key: int) -> list[int]:
        """Return where in the list entries with this key stand, in order; mostly none or one.

        Raises IndexDamaged for a page that was altered, OSError.
        """
        page = self._page(key >> self._shift & self._mask)
        apart, low = page[_APART::RECORD], key & 0xFF
        found: list[int] = []
        place = apart.find(low)
        while place >= 0:
            offset, other = _RECORD.unpack_from(page, RECORD * place)
            if other == key:
                found.append(offset)
            place = apart.find(low, place + 1)
        return found if len(found) < 2 else sorted(found)

    def check(self) -> None:
        """Return if no page was altered. Raises IndexDamaged, OSError."""
        for number in range(self._mask + 1):
            self._page(number)

    def _page(self, number: int) -> bytes:
        begin, end = self._starts[number], self._starts[number + 1]
        page = self._source.at(RECORD * begin, RECORD * (end - begin))
        if page_digest(page) != self._digests[DIGEST * number : DIGEST * number + DIGEST]:
            raise damaged("a page was altered")
        return page


class IndexWriter:
    """Takes records and leaves an index file; holds a few MB, however many records come.

    `spill` is an empty file, open for reading and writing, for what does not fit.
    """

    def __init__(self, spill: IO[bytes]) -> None:
        self._spill = spill
        self._pending = bytearray()
        self._runs: list[tuple[int, array[int]]] = []
        """Of each run: its first octet in `spill`, and how far into it each bucket reaches."""
        self._spilled = 0  # octets

    def add(self, records: bytes | memoryview) -> None:
        """Take records. Raises OSError."""
        self._pending += records
        whole = len(self._pending) - len(self._pending) % (RECORD * RUN)
        for start in range(0, whole, RECORD * RUN):
            self._flush(self._pending[start : start + RECORD * RUN])
        del self._pending[:whole]

    def finish(self, out: BinaryIO, fingerprint: bytes) -> Table:
        """Write the index to `out` and return its table. Raises OSError."""
        count = (self._spilled + len(self._pending)) // RECORD
        bits = 0
        while count >> bits > (PAGE if bits <= 8 else SMALLER_PAGE) and bits < _MAX_BITS:
            bits += 1
        starts, digests = array("I", [0]), bytearray()
        for records, bounds in self._dealt(bits):
            out.write(records)
            view, begin, before = memoryview(records), 0, starts[-1]
            for end in bounds:
                digests += page_digest(view[begin:end])
                starts.append(before + end // RECORD)
                begin = end
        table = Table(fingerprint, starts, bytes(digests))
        out.write(table.encode())
        return table

    def _dealt(self, bits: int) -> Iterator[tuple[bytes, array[int]]]:
        """Yield the pages in order, some at a time: their octets and where each ends."""
        if not self._runs:  # fewer than RUN records: 6 bits at most
            yield _deal(self._pending, _BUCKET, bits)
            return
        if self._pending:
            self._flush(self._pending)
        for first in range(0, 256, GROUP):
            for gathered in self._gathered(first):
                yield _deal(gathered, _WITHIN, max(0, bits - 8))

    def _gathered(self, first: int) -> Iterator[bytes]:
        """Yield the records of GROUP buckets, bucket by bucket."""
        parts: list[list[bytes]] = [[] for _ in range(GROUP)]
        for start, bounds in self._runs:
            begin = bounds[first - 1] if first else 0
            end = bounds[first + GROUP - 1]
            self._spill.seek(start + begin)
            octets = self._spill.read(end - begin)
            done = 0
            for bucket, part in enumerate(parts, first):
                reached = bounds[bucket] - begin
                part.append(octets[done:reached])
                done = reached
        return map(b"".join, parts)

    def _flush(self, records: bytearray) -> None:
        dealt, bounds = _deal(records, _BUCKET, 8)
        self._spill.seek(self._spilled)
        self._spill.write(dealt)
        self._runs.append((self._spilled, bounds))
        self._spilled += len(dealt)


def page_digest(page: bytes | memoryview) -> bytes:
    """Return what the table keeps of a page."""
    return hashlib.sha256(page).digest()[:DIGEST]


def damaged(why: str) -> IndexDamaged:
    """Return the error for an index that is not what was written."""
    return IndexDamaged(
        f"The index of a revocation list is damaged: {why}.",
        next_step="Import the latest list again; until then nothing is said about its entries.",
    )


def _deal(records: bytes | bytearray, place: int, bits: int) -> tuple[bytes, array[int]]:
    """Return the records in 2 ** `bits` parts, and where each ends, in octets.

    The first bits of the octet at `place` of a record choose its part.
    """
    if not bits:
        return bytes(records), array("I", [len(records)])
    parts: list[list[float]] = [[] for _ in range(1 << bits)]
    put = [parts[octet >> 8 - bits].append for octet in range(256)]
    for octet, carrier in zip(records[place::RECORD], array("d", bytes(records)), strict=True):
        put[octet](carrier)
    dealt: list[float] = []
    bounds = array("I")
    for part in parts:
        dealt += part
        bounds.append(RECORD * len(dealt))
    return struct.pack(f"{len(dealt)}d", *dealt), bounds
