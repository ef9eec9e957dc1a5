"""Revocation lists under the fuzzer: form, one pass against entry by entry, the store's files.

Each raises CrlError for what it refuses, and AssertionError for a promise that was broken.
"""

from __future__ import annotations

import hashlib
import json
import struct
from contextlib import suppress
from datetime import UTC

from crl import columns, index, ingest, limits, plain, runs, state
from crl import parse as crl_parse
from crl.errors import CrlError
from crl.index import RECORD
from crl.rules import Hasher, ListHeader
from crl.source import Memory
from reader import tlv
from tests.fuzz import seeds_lists

MAX_ENTRIES = 5000  # of a list, so that no single input takes long
_RECORD = struct.Struct("<II")  # offset, key
STATE_FORMAT = json.loads(state.encode([]))["format"]
SMALL_CHUNK = 2 * limits.MAX_ENTRY  # octets


def read_list(data: bytes) -> None:
    """Read a list to its end; what was hashed on the way is the signed part as it stands."""
    parsed = crl_parse.parse(data)
    running = hashlib.sha256()
    for entry in parsed.entries(running, most=MAX_ENTRIES):
        assert entry.since.tzinfo is UTC
    signed = tlv.parse_one(tlv.unwrap(data, 0x30))[0].to_bytes()
    assert running.digest() == hashlib.sha256(signed).digest()


def one_pass(data: bytes) -> None:
    """Take a list in one pass and entry by entry: both ways take and refuse the same."""
    parsed = crl_parse.parse(data)
    walked = hashlib.sha256()
    refused: CrlError | None = None
    entries: list[crl_parse.Entry] = []
    try:
        entries.extend(parsed.entries(walked))
    except CrlError as error:
        refused = error
    for chunk in (limits.CHUNK, SMALL_CHUNK):
        records = bytearray()
        digest = hashlib.sha256()
        try:
            count = _pass(data, chunk, digest, records)
        except CrlError:
            assert refused is not None, "refused in one pass, and not entry by entry"
            continue
        assert refused is None, "taken in one pass, and not entry by entry"
        assert count == len(entries)
        assert digest.digest() == walked.digest()
        pairs = [_RECORD.unpack_from(records, at) for at in range(0, len(records), RECORD)]
        keys_of = [columns.key(columns.serial_octets(entry.serial)) for entry in entries]
        assert sorted(key for _, key in pairs) == sorted(keys_of)
        assert len({offset for offset, _ in pairs}) == count
    if refused is not None:
        raise refused


def _pass(data: bytes, chunk: int, hasher: Hasher, records: bytearray) -> int:
    """Go over the list in chunks of this size, so that their seams are met too."""
    source = Memory(data)
    found = crl_parse.outline(source)
    whole = limits.CHUNK
    try:
        limits.CHUNK = chunk
        return ingest.ingest(found, source, hasher, records.extend)
    finally:
        limits.CHUNK = whole


def store_files(data: bytes) -> None:
    """Read the store's state with its checksum made right, or else an index: damaged, or whole."""
    try:
        lists = json.loads(data)
    except (ValueError, RecursionError):
        read = index.read_table(Memory(data))
        asked = index.Index(read, Memory(data))
        for number in range(0, 1 << columns.KEY_BITS, 1 << columns.KEY_BITS - 4):
            asked.offsets(number)
        return
    text = json.dumps(lists, sort_keys=True, separators=(",", ":")).encode()
    whole = {"lists": lists, "sha256": hashlib.sha256(text).hexdigest(), "format": STATE_FORMAT}
    held = state.decode(json.dumps(whole).encode())
    assert state.decode(state.encode(held.values())) == held


def many_at_once(data: bytes) -> None:
    """Check entries many at once, and one by one: at once nothing passes that one by one fails."""
    batches, end = runs.cut(bytearray(data), len(data), 0)
    walked: list[tuple[int, int]] = []
    for batch in batches:
        walked += [(offset, batch.stride) for offset in batch.offsets()]
        assert all(data[at : at + batch.stride] == octets for at, octets in batch.entries())
        for header in seeds_lists.list_headers():
            _one_by_one(batch, header)
            _by_pattern(batch, header)
    place = 0
    for offset, stride in sorted(walked):
        assert offset == place, "an entry was left out, or taken twice"
        place += stride
    assert place == end


def _one_by_one(batch: runs.Batch, header: ListHeader) -> None:
    octets = memoryview(batch.octets())
    with suppress(CrlError):
        crl_parse.read_entry(octets, 0, batch.stride, header)
        form = columns.form_of(bytes(octets[: batch.stride]))
        delta = header.base_number is not None
        if form is None or not columns.all_of_form(batch.octets(), len(batch), form, delta=delta):
            return
        wanted = b""
        for offset, entry in batch.entries():
            _walk(entry, header)
            wanted += columns.record(offset, entry[form.serial : form.serial + form.size])
        found = columns.records(batch.octets(), batch.offsets(), form)
        assert found == wanted, "a serial has another record in its column"


def _by_pattern(batch: runs.Batch, header: ListHeader) -> None:
    """Require that what matches the pattern is what the walk finds."""
    delta = header.base_number is not None
    for _, entry in batch.entries():
        if plain.all_plain(entry, delta=delta):
            assert crl_parse.plain_entry(entry) == (_walk(entry, header), len(entry))


def _walk(entry: bytes, header: ListHeader) -> crl_parse.Entry:
    try:
        found, stop = crl_parse.walk_entry(entry, 0, len(entry), header)
    except CrlError as error:
        raise AssertionError("passed at once, and not by itself") from error
    assert stop == len(entry)
    return found
