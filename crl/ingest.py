"""One pass over a list of any size: every entry checked, the signed part hashed, records made.

Lives here: the pass. A buffer of CHUNK octets is all that is held of the list. Entries of one
length are checked together (`runs`, `columns`); what is not plainly right goes entry by entry
through `parse.read_entry`, whose word is final, so both ways take and refuse the same lists.
Not here: where the octets come from and go to (`source`, `store`), the index (`index`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from crl import columns, limits, runs
from crl.der import malformed, too_large
from crl.parse import Outline, read_entry
from crl.rules import Hasher
from crl.runs import Batch
from crl.source import Source, unreadable

_FEW = 8  # entries; fewer are walked at once


def ingest(
    found: Outline,
    source: Source,
    hasher: Hasher,
    take: Callable[[bytes], None],
    copy: BinaryIO | None = None,
) -> int:
    """Go over the whole list whose outline was read from `source`; return its count of entries.

    `hasher` gets the TBSCertList, `take` records (`columns`), in no
    order, `copy` the whole list. Raises ListMalformed, ListTooLarge, ListRefused,
    ListUnreadable, and OSError where `copy` or `take` cannot write.
    """
    begin, end = found.entries
    walk = _Pass(found, take)
    prefix = _read(source, 0, begin)
    hasher.update(prefix[found.signed[0] :])
    if copy is not None:
        copy.write(prefix)
    buffer = bytearray(min(limits.CHUNK, end - begin))
    view = memoryview(buffer)
    at, kept = begin, 0
    while at < end:
        filled = kept + min(len(buffer) - kept, end - at)
        _fill(source, view[kept:filled], at)
        hasher.update(view[kept:filled])
        if copy is not None:
            copy.write(view[kept:filled])
        at += filled - kept
        batches, used = runs.cut(buffer, filled, at - filled)
        for batch in batches:
            walk.take(batch)
        kept = filled - used
        buffer[:kept] = buffer[used:filled]
    if kept:
        raise malformed("an entry is cut short")
    tail = _read(source, end, found.size - end)
    hasher.update(tail[: found.signed[1] - end])
    if copy is not None:
        copy.write(tail)
    return walk.count


def _read(source: Source, offset: int, size: int) -> bytes:
    octets = bytearray(size)
    _fill(source, memoryview(octets), offset)
    return bytes(octets)


def _fill(source: Source, view: memoryview, offset: int) -> None:
    try:
        got = source.into(view, offset)
    except OSError as error:
        raise unreadable(error) from error
    if got != len(view):
        raise malformed("it is cut short")


class _Pass:
    def __init__(self, found: Outline, take: Callable[[bytes], None]) -> None:
        self._header = found.header
        self._delta = found.header.base_number is not None
        self._take = take
        self.count = 0

    def take(self, batch: Batch) -> None:
        """Check a batch and hand on its records."""
        self.count += len(batch)
        if self.count > limits.MAX_ENTRIES:
            raise too_large(f"more than {limits.MAX_ENTRIES} entries")
        if self._at_once(batch):
            return
        for part in columns.split(batch) if len(batch) >= _FEW else (batch,):
            if not self._at_once(part):
                self._one_by_one(part)

    def _at_once(self, batch: Batch) -> bool:
        if len(batch) < _FEW:
            return False
        octets = batch.octets()
        first = octets[: batch.stride]
        self._read(first)
        form = columns.form_of(first)
        if form is None or not columns.all_of_form(octets, len(batch), form, delta=self._delta):
            return False
        self._take(columns.records(octets, batch.offsets(), form))
        return True

    def _one_by_one(self, batch: Batch) -> None:
        records = [
            columns.record(offset, columns.serial_octets(self._read(entry)))
            for offset, entry in batch.entries()
        ]
        self._take(b"".join(records))

    def _read(self, entry: bytes) -> int:
        found, stop = read_entry(entry, 0, len(entry), self._header)
        if stop != len(entry):
            raise malformed("an entry's length is not in its shortest form")
        return found.serial
