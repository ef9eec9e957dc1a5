"""Pages of an SQLite file and of its write-ahead log, read without SQLite.

Lives here: the file format over bytes, as far as rows of tables need it. Not here: which rows are
a log's (`rescue`), what a damaged write-ahead log means (`wal`).
Source: "Database File Format", sqlite.org/fileformat2.html: section 1.3 (header), 1.5 and 1.6
(table leaf pages, overflow), 2.1 (records), 4.1 and 4.2 (write-ahead log).

The bytes may be damaged anywhere: what does not decode is left out, nothing is raised, and every
size that the bytes claim is bounded by the bytes that are there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import mmap

MAGIC = b"SQLite format 3\0"
HEADER_SIZE = 100  # bytes before the first page's own header
PAGE_SIZE = 4096  # bytes; of every file that this program makes
MAX_PAYLOAD = 1024 * 1024  # bytes of one row
WAL_HEADER_SIZE = 32  # bytes
FRAME_HEADER_SIZE = 24  # bytes
MAX_COLUMNS = 64

_TABLE_LEAF = 0x0D
_LEAF_HEADER_SIZE = 8  # bytes
_INTEGER_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

Bytes = bytes | mmap
Value = int | float | str | bytes | None
Fetch = Callable[[int], bytes | None]
"""Return a page by its number, None where there is none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of some table: its key and its columns as stored (an alias of the key is None)."""

    key: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a write-ahead log. `commits` ends a transaction; `at` is its page's offset."""

    page: int
    commits: bool
    salts: bytes
    at: int


def page_size(header: bytes) -> int:
    """Return the page size that a file's first bytes claim, PAGE_SIZE where they are damaged."""
    if len(header) < HEADER_SIZE or header[: len(MAGIC)] != MAGIC:
        return PAGE_SIZE
    size = int.from_bytes(header[16:18], "big")
    size = 65536 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else PAGE_SIZE


def rows(page: bytes, fetch: Fetch, *, first: bool = False) -> Iterator[Row]:
    """Yield the rows of a page that is, or looks like, a leaf of a table; of any other, none.

    `first`: it is the file's first page, whose own header comes after the file's.
    """
    start = HEADER_SIZE if first else 0
    if len(page) < start + _LEAF_HEADER_SIZE or page[start] != _TABLE_LEAF:
        return
    cells = int.from_bytes(page[start + 3 : start + 5], "big")
    array = start + _LEAF_HEADER_SIZE
    for index in range(min(cells, (len(page) - array) // 2)):
        (at,) = struct.unpack_from(">H", page, array + 2 * index)
        row = _row(page, at, fetch)
        if row is not None:
            yield row


def _row(page: bytes, at: int, fetch: Fetch) -> Row | None:
    try:
        size, at = _varint(page, at)
        key, at = _varint(page, at)
        if not 0 < size <= MAX_PAYLOAD:
            return None
        payload = _payload(page, at, size, fetch)
        values = None if payload is None else _record(payload)
    except (IndexError, ValueError, struct.error):
        return None
    if values is None:
        return None
    return Row(key - (1 << 64) if key >> 63 else key, values)


def _payload(page: bytes, at: int, size: int, fetch: Fetch) -> bytes | None:
    """Return a cell's payload with what overflowed, None where a page of it is not there."""
    usable = len(page)
    most = usable - 35
    if size <= most:
        return page[at : at + size] if at + size <= usable else None
    least = (usable - 12) * 32 // 255 - 23
    local = least + (size - least) % (usable - 4)
    local = local if local <= most else least
    if at + local + 4 > usable:
        return None
    parts = [page[at : at + local]]
    number = int.from_bytes(page[at + local : at + local + 4], "big")
    left = size - local
    while left > 0:
        more = fetch(number) if number else None
        if more is None or len(more) != usable:
            return None
        parts.append(more[4 : 4 + left])
        left -= usable - 4
        number = int.from_bytes(more[:4], "big")
    return b"".join(parts)


def _record(payload: bytes) -> tuple[Value, ...] | None:
    end, at = _varint(payload, 0)
    if end > len(payload):
        return None
    values: list[Value] = []
    body = end
    while at < end:
        kind, at = _varint(payload, at)
        value, body = _value(payload, body, kind)
        values.append(value)
        if len(values) > MAX_COLUMNS:
            return None
    return tuple(values) if at == end and body == len(payload) else None


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    """Return a column and where the next one begins. Raises ValueError (also for bad UTF-8)."""
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    size = _INTEGER_SIZES.get(kind, 8 if kind == 7 else (kind - 12) // 2)
    if kind in (10, 11) or at + size > len(payload):
        raise ValueError("no column of this kind or size")
    data = payload[at : at + size]
    if kind in _INTEGER_SIZES:
        return int.from_bytes(data, "big", signed=True), at + size
    if kind == 7:
        return float(struct.unpack(">d", data)[0]), at + size
    return (data.decode() if kind % 2 else data), at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer, unsigned, and what follows it. Raises IndexError."""
    value = 0
    for index in range(8):
        byte = data[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9


def wal_page_size(header: bytes) -> int | None:
    """Return the page size of a write-ahead log, None where its header is damaged."""
    if len(header) < WAL_HEADER_SIZE:
        return None
    magic, version, size = struct.unpack_from(">III", header)
    if magic & ~1 != 0x377F0682 or version != 3007000:
        return None
    checked = _checksum(header[:24], ">" if magic & 1 else "<")
    if checked != struct.unpack_from(">II", header, 24):
        return None
    return int(size)


def frames(data: Bytes, size: int) -> Iterator[Frame]:
    """Yield every frame that a write-ahead log with pages of `size` has room for, unchecked."""
    step = FRAME_HEADER_SIZE + size
    for at in range(WAL_HEADER_SIZE, len(data) - step + 1, step):
        page, after = struct.unpack_from(">II", data, at)
        yield Frame(page, after != 0, bytes(data[at + 8 : at + 16]), at + FRAME_HEADER_SIZE)


def good_frames(data: bytes, size: int) -> int:
    """Return how many frames hold, from the first on: salts and running checksum (section 4.2).

    The header must be whole; pages are of `size`.
    """
    order = ">" if data[3] & 1 else "<"
    salts = data[16:24]
    running = struct.unpack_from(">II", data, 24)
    for number, frame in enumerate(frames(data, size)):
        start = frame.at - FRAME_HEADER_SIZE
        running = _checksum(data[start : start + 8], order, running)
        running = _checksum(data[frame.at : frame.at + size], order, running)
        if frame.salts != salts or running != struct.unpack_from(">II", data, start + 16):
            return number
    return max(0, len(data) - WAL_HEADER_SIZE) // (FRAME_HEADER_SIZE + size)


def _checksum(data: bytes, order: str, start: tuple[int, ...] = (0, 0)) -> tuple[int, int]:
    one, two = start
    for first, second in struct.iter_unpack(f"{order}II", data):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
