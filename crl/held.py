"""One list in force: its file checked once, its entries looked up where they lie.

Lives here: opening a stored list and its index, and finding a serial exactly. Not here: which
lists are in force (`state`), what several of them say together (`delta`), replacing (`store`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from crl import columns, limits, parse, plain
from crl.errors import (
    IndexDamaged,
    ListMalformed,
    ListRefused,
    ListTooLarge,
    StoreDamaged,
)
from crl.index import Index, damaged, read_table
from crl.parse import Entry, Outline, plain_entry
from crl.rules import ListHeader, Part
from crl.source import Source, open_held
from crl.status import ReasonCode


@dataclass(frozen=True, slots=True)
class HeldList:
    """A list in force; its entries stay on disk. Ask it from any thread."""

    header: ListHeader
    digest: bytes = field(repr=False)
    """Of the TBSCertList, by the signature's own hash; the file was found to have it."""
    _source: Source = field(repr=False)
    _index: Index = field(repr=False)

    def find(self, serial: int) -> Entry | None:
        """Return the entry of a serial, None where the list has none.

        Of several the first that revokes counts. Raises StoreDamaged.
        """
        octets = columns.serial_octets(serial)
        if len(octets) > limits.MAX_SERIAL:
            return None
        key = columns.key(octets)
        taken_off: Entry | None = None
        try:
            for offset in self._index.offsets(key):
                entry = self._entry(offset)
                if entry.serial == serial:
                    if entry.reason is not ReasonCode.REMOVE_FROM_CRL:
                        return entry
                    taken_off = taken_off or entry
                elif columns.key(columns.serial_octets(entry.serial)) != key:
                    raise list_damaged("an entry is not the one that was indexed")
        except OSError as error:
            raise list_damaged(f"its files cannot be read ({error.strerror})") from error
        return taken_off

    def _entry(self, offset: int) -> Entry:
        raw = self._source.at(offset, plain.LONGEST)
        known = plain_entry(raw)
        if known is not None:
            return known[0]
        raw = self._source.at(offset, limits.MAX_ENTRY)
        try:
            entry, _ = parse.read_entry(raw, 0, len(raw), self.header)
        except (ListMalformed, ListTooLarge, ListRefused) as error:
            raise list_damaged(f"an entry is no longer readable ({error.message})") from error
        return entry


def open_list(path: Path, part: Part) -> tuple[Outline, Source]:
    """Return a stored list whose octets are those that were taken. Raises StoreDamaged."""
    source = open_held(path)
    try:
        outline = parse.outline(source)
        digest = hashlib.new(part.hash)
        begin, end = outline.signed
        block = bytearray(limits.CHUNK)
        for at in range(begin, end, limits.CHUNK):
            view = memoryview(block)[: min(limits.CHUNK, end - at)]
            source.into(view, at)
            digest.update(view)
    except (ListMalformed, ListTooLarge, ListRefused) as error:
        raise list_damaged(f"it is no longer readable ({error.message})") from error
    except (OSError, ValueError) as error:
        raise list_damaged("its file cannot be read") from error
    if outline.header.fingerprint != part.fingerprint or digest.digest() != part.digest:
        raise list_damaged("its file fails its checksum")
    return outline, source


def open_index(path: Path, part: Part) -> Index:
    """Return a stored index that belongs to its list. Raises IndexDamaged."""
    try:
        source = open_held(path)
        table = read_table(source)
    except IndexDamaged:
        raise
    except (OSError, StoreDamaged) as error:
        raise damaged("its file cannot be read") from error
    if table.digest != part.index:
        raise damaged("it is not the one that was made for its list")
    return Index(table, source)


def list_damaged(why: str) -> StoreDamaged:
    """Return the error for a stored list that cannot be relied on."""
    return StoreDamaged(
        f"A stored revocation list is damaged: {why}.",
        next_step="Import the latest list again; until then nothing is said about its entries.",
    )
