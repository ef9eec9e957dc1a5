"""Every bundle that this terminal ever put on a stick or took from one.

Lives here: one small database, to which rows are only added. Not here: what a bundle is
(`edge.wire.bundle`), copying (`courier`).

The ledger is a memory for people: what went when, on which stick. It decides nothing. A bundle
that was taken before is taken again without harm, since each object in it has its own rule
against repetition; so a ledger that is lost loses no event and lets nothing in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.wire.bundle import Bundle, Way
from edge.wire.event import timestamp

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bundle (
    id TEXT PRIMARY KEY, way TEXT NOT NULL, made TEXT NOT NULL, files INTEGER NOT NULL,
    events INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passage (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL REFERENCES bundle (id), at TEXT NOT NULL,
    stick TEXT NOT NULL, by TEXT);
CREATE TRIGGER IF NOT EXISTS bundle_stays BEFORE DELETE ON bundle
    BEGIN SELECT raise(ABORT, 'the ledger is for ever'); END;
CREATE TRIGGER IF NOT EXISTS passage_stays BEFORE DELETE ON passage
    BEGIN SELECT raise(ABORT, 'the ledger is for ever'); END;
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """One time that a bundle went onto a stick or came from one.

    `at` and `made` are RFC 3339; `events` is 0 on the way down; `by` is who did it.
    """

    id: str
    way: Way
    made: str
    files: int
    events: int
    at: str
    stick: str
    by: str | None = None


class CourierLedger:
    """The ledger of one terminal, made at the first bundle. Raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def enter(
        self, bundle: Bundle, at: datetime, *, stick: str, events: int = 0, by: str | None = None
    ) -> bool:
        """Note that a bundle passed; return whether it is new to the ledger."""
        with self._database() as database, database:
            new = database.execute(
                "INSERT OR IGNORE INTO bundle VALUES (?, ?, ?, ?, ?)",
                (bundle.id, bundle.way.value, bundle.at, len(bundle.files), events),
            ).rowcount
            database.execute(
                "INSERT INTO passage (id, at, stick, by) VALUES (?, ?, ?, ?)",
                (bundle.id, timestamp(at), stick, by),
            )
        return new == 1

    def last(self, way: Way) -> Passage | None:
        """Return the newest passage of this way, None where there was none."""
        return next(iter(self.passages(way, most=1)), None)

    def passages(self, way: Way, *, most: int) -> tuple[Passage, ...]:
        """Return the newest passages of this way, the newest first."""
        if not self._path.exists():
            return ()
        with self._database() as database:
            rows = database.execute(
                "SELECT bundle.id, made, files, events, at, stick, by FROM passage"
                " JOIN bundle USING (id) WHERE way = ? ORDER BY number DESC LIMIT ?",
                (way.value, most),
            ).fetchall()
        return tuple(Passage(row[0], way, *row[1:]) for row in rows)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=5.0)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.executescript(_SCHEMA)
            yield database
