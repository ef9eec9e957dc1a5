"""The log's schema, one named step after another; a step and its record are one transaction.

An applied step is never edited. Not here: reading and writing rows (`file`, `read`, `append`).

One file holds one epoch of one terminal, so the event's number is the row's key. `event` never
changes after the insert, and triggers say so to our own mistakes (not to an attacker: for that
there is the chain, and what the centre acknowledged). The column order keeps the large blobs
last, so that a scan does not read them.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations


def m001_events(db: Database) -> None:
    """Create the epoch, its events, its contexts and the centre's acknowledgements."""
    for statement in (
        """CREATE TABLE log (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            terminal TEXT NOT NULL,
            epoch TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE event (
            seq INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            at TEXT NOT NULL,
            quality TEXT NOT NULL,
            context TEXT,
            outcome TEXT,
            reason TEXT,
            tag BLOB,
            prev BLOB NOT NULL,
            hash BLOB NOT NULL,
            body BLOB,
            sealed BLOB
        ) STRICT""",
        """CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
            BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
        """CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
            BEGIN SELECT RAISE(ABORT, 'events are never removed'); END""",
        """CREATE TABLE context (
            context TEXT PRIMARY KEY,
            opened INTEGER NOT NULL UNIQUE REFERENCES event (seq),
            closed INTEGER REFERENCES event (seq),
            wrapped BLOB
        ) STRICT""",
        """CREATE TABLE acknowledgement (
            id INTEGER PRIMARY KEY,
            high_water INTEGER NOT NULL,
            head BLOB,
            payload TEXT NOT NULL,
            compact TEXT NOT NULL
        ) STRICT""",
    ):
        db.execute(statement)


_STEPS = (m001_events,)
_KNOWN = frozenset(step.__name__ for step in _STEPS)

MIGRATIONS = Migrations("tramthe-log")
for _step in _STEPS:
    MIGRATIONS()(_step)


def is_newer(db: Database) -> bool:
    """Return whether a later program has been at this file."""
    return any(step.name not in _KNOWN for step in MIGRATIONS.applied(db))


def bring_up_to_date(db: Database) -> None:
    """Apply what is pending; writes nothing where nothing is. Raises sqlite3.Error."""
    if MIGRATIONS.pending(db):
        MIGRATIONS.apply(db)
