"""The write-ahead log beside a log: whether SQLite would pass over events that were durable.

Lives here: that one question. Not here: reading the log with SQLite, saving what is left
(`rescue`).

SQLite takes the frames up to the first whose checksum does not hold, and forgets the rest; after
a power cut that is right, because only the transaction then being written can be torn. Two or
more committed transactions behind the break prove damage: they were acknowledged, and going on
would give their numbers a second time.
Source: "WAL-mode File Format", sqlite.org/walformat.html: the index's header in the -shm file.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from edge.log import pages
from edge.log.pages import Frame

WHY = "The newest events stand in a damaged write-ahead log."
TORN = 1
"""Transactions that a power cut can leave half-written."""
MAX_TRIES = 5
"""Against a writer that starts the file anew while we look."""

_INDEX_HEADER_SIZE = 48  # bytes, held twice
_INDEX_VERSION = 3007000


def lost_commits(path: Path) -> int:
    """Return how many durable transactions of the log at `path` SQLite passes over.

    A connection that has read the log must be open. Raises OSError.
    """
    side = path.with_name(path.name + "-wal")
    for _ in range(MAX_TRIES):
        if not side.exists():
            return 0
        data = side.read_bytes()
        header = data[: pages.WAL_HEADER_SIZE]
        taken = _taken(path.with_name(path.name + "-shm"))
        if taken is None:
            return 0
        with side.open("rb") as file:
            if file.read(pages.WAL_HEADER_SIZE) == header:
                return _lost(path, data, taken)
    return 0


def _lost(path: Path, data: bytes, taken: int) -> int:
    header = data[: pages.WAL_HEADER_SIZE]
    size = pages.wal_page_size(header)
    if size is None:
        return _lost_with_header(path, data)
    left = [frame for frame in pages.frames(data, size) if frame.salts == header[16:24]][taken:]
    commits = sum(frame.commits for frame in left)
    return commits if commits > TORN else 0


def _lost_with_header(path: Path, data: bytes) -> int:
    """Count the transactions behind a damaged header that are not in the database already."""
    with path.open("rb") as file:
        size = pages.page_size(file.read(pages.HEADER_SIZE))
        found = list(pages.frames(data, size))
        run: Sequence[Frame] = [f for f in found if f.salts == found[0].salts]
        newest = {frame.page: frame for frame in run}
        for frame in newest.values():
            file.seek((frame.page - 1) * size)
            if frame.page and file.read(size) != data[frame.at : frame.at + size]:
                return sum(frame.commits for frame in run)
    return 0


def _taken(index: Path) -> int | None:
    """Return how many frames SQLite counts as good, None where its index does not say."""
    try:
        with index.open("rb") as file:
            header = file.read(2 * _INDEX_HEADER_SIZE)
    except OSError:
        return None
    if len(header) < 2 * _INDEX_HEADER_SIZE:
        return None
    one, two = header[:_INDEX_HEADER_SIZE], header[_INDEX_HEADER_SIZE:]
    (version,) = struct.unpack_from("=I", one)
    if one != two or version != _INDEX_VERSION:
        return None
    return int(struct.unpack_from("=I", one, 16)[0])
