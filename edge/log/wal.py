"""The write-ahead log beside a log: whether SQLite would pass over events that were durable.

Lives here: that one question. Not here: reading the log with SQLite, saving what is left
(`rescue`).

SQLite takes the frames up to the first whose checksum does not hold, and forgets the rest; after
a power cut that is right, because only the transaction then being written can be torn. Two or
more committed transactions behind the break prove damage: they were acknowledged, and going on
would give their numbers a second time.

Only the write-ahead log itself is opened here. Database and index carry SQLite's locks, and to
close such a file drops the locks of the whole process ("How To Corrupt An SQLite Database File",
section 2.2).
"""

from __future__ import annotations

from pathlib import Path

from edge.log import pages

WHY = "The newest events stand in a damaged write-ahead log."
TORN = 1
"""Transactions that a power cut can leave half-written."""
MAX_TRIES = 5
"""Against a writer that starts the file anew while we look."""


def lost_commits(path: Path) -> int:
    """Return how many durable transactions of the log at `path` SQLite passes over.

    Raises OSError.
    """
    side = path.with_name(path.name + "-wal")
    for _ in range(MAX_TRIES):
        if not side.exists():
            return 0
        data = side.read_bytes()
        with side.open("rb") as file:
            if file.read(pages.WAL_HEADER_SIZE) == data[: pages.WAL_HEADER_SIZE]:
                return lost_in(data)
    return 0


def lost_in(data: bytes) -> int:
    """Return how many durable transactions in a write-ahead log's bytes SQLite passes over."""
    header = data[: pages.WAL_HEADER_SIZE]
    size = pages.wal_page_size(header)
    if size is None:  # then SQLite passes over all of it
        found = list(pages.frames(data, pages.PAGE_SIZE))
        return sum(frame.commits for frame in found if frame.salts == found[0].salts)
    own = [frame for frame in pages.frames(data, size) if frame.salts == header[16:24]]
    left = own[pages.good_frames(data, size) :]
    commits = sum(frame.commits for frame in left)
    return commits if commits > TORN else 0
