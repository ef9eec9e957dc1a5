"""Entries of revocation lists in order, and what changed between two lists, without holding them.

Lives here: a temporary table on disk. Not here: where entries come from (`list_rows`), what is
signed (`signed_list`). A list is sorted by serial and may have millions of entries, which come in
any order.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crl.status import ReasonCode
from provisioning.errors import OfficeInputInvalid
from provisioning.office.signed_list import Entry

NOW = 0
"""The list that is being made."""
_SIZE = 20  # bytes of a serial, the most that RFC 5280 allows
_TABLE = """
CREATE TABLE entries (list INTEGER, serial BLOB, reason INTEGER, since INTEGER,
                      PRIMARY KEY (list, serial)) WITHOUT ROWID
"""
_CHANGED = """
SELECT now.serial, now.reason, now.since FROM entries now
LEFT JOIN entries base ON base.list = ? AND base.serial = now.serial
WHERE now.list = ? AND (base.serial IS NULL OR base.reason <> now.reason
                        OR base.since <> now.since)
UNION ALL
SELECT base.serial, ?, ? FROM entries base
LEFT JOIN entries now ON now.list = ? AND now.serial = base.serial
WHERE base.list = ? AND now.serial IS NULL
ORDER BY 1
"""
_LEFT = """
SELECT base.serial, base.reason, base.since, now.reason FROM entries base
LEFT JOIN entries now ON now.list = ? AND now.serial = base.serial
WHERE base.list = ? AND base.reason <> ? AND (now.reason IS NULL OR now.reason = ?)
ORDER BY 1
"""


class EntryTable:
    """Lists by number; `NOW` is the new one. Made by `entry_table`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._db.execute(_TABLE)

    def fill(self, entries: Iterable[Entry], number: int = NOW) -> None:
        """Take a list's entries, in any order. Raises OfficeInputInvalid for one that repeats."""
        rows = (
            (number, serial.to_bytes(_SIZE, "big"), int(reason), int(since.timestamp()))
            for serial, reason, since in entries
        )
        try:
            with self._db:
                self._db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        except sqlite3.IntegrityError as error:
            raise OfficeInputInvalid(
                "One entry stands there twice.",
                next_step="A card or certificate has one row; correct the rows.",
            ) from error

    def entries(self, number: int = NOW) -> Iterator[Entry]:
        """Yield a list's entries, ascending."""
        select = "SELECT serial, reason, since FROM entries WHERE list = ? ORDER BY serial"
        return self._read(select, number)

    def count(self, number: int = NOW) -> int:
        """Return how many entries a list has."""
        (found,) = self._db.execute(
            "SELECT count(*) FROM entries WHERE list = ?", (number,)
        ).fetchone()
        return int(found)

    def changes(self, base: int, at: datetime) -> Iterator[Entry]:
        """Yield what a delta on list `base` says so that it comes to `NOW`, ascending.

        New and changed entries as they are now; what is off the list by removeFromCRL, since `at`.
        """
        removed, since = int(ReasonCode.REMOVE_FROM_CRL), int(at.timestamp())
        return self._read(_CHANGED, base, NOW, removed, since, NOW, base)

    def lost_since(self, base: int) -> Iterator[int]:
        """Yield what `NOW` lets go of: entries of `base` that were final and are not any more.

        Only certificateHold may come off a list, or turn into another reason (RFC 5280 5.3.1).
        """
        hold = int(ReasonCode.CERTIFICATE_HOLD)
        for serial, *_ in self._db.execute(_LEFT, (NOW, base, hold, hold)):
            yield int.from_bytes(serial, "big")

    def newest(self, number: int = NOW) -> datetime | None:
        """Return the latest date of a list's entries, None where there is none."""
        (found,) = self._db.execute(
            "SELECT max(since) FROM entries WHERE list = ?", (number,)
        ).fetchone()
        return None if found is None else datetime.fromtimestamp(found, UTC)

    def _read(self, select: str, *values: int) -> Iterator[Entry]:
        for serial, reason, since in self._db.execute(select, values):
            at = datetime.fromtimestamp(since, UTC)
            yield int.from_bytes(serial, "big"), ReasonCode(reason), at


@contextmanager
def entry_table() -> Iterator[EntryTable]:
    """Give an empty table, gone afterwards. Raises OSError."""
    with (
        tempfile.TemporaryDirectory(prefix="tramthe-entries-") as folder,
        closing(sqlite3.connect(Path(folder) / "entries.sqlite")) as connection,
    ):
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        yield EntryTable(connection)
