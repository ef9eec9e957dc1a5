"""The log's schema, one named step after another; a step and its record are one transaction.

An applied step is never edited. Not here: reading and writing rows (`file`, `read`, `append`).

One file holds the epochs of one terminal; an event's row key is its place (`epochs`). `event`
never changes after the insert, and triggers say so to our own mistakes (not to an attacker: for
that there is the chain, and what the centre acknowledged). The column order keeps the large blobs
last, so that a scan does not read them. `context` and `receipt` repeat what events say, so that
nothing has to be searched for while somebody waits; keys of contexts stand in files of their own
(`keys`).
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

RECEIPTS = "SELECT place, tag FROM event WHERE kind = 'receipt'"
"""Places and hashes of the receipts among all events."""


def database(connection: sqlite3.Connection) -> Database:
    """Return the library's view of a log; no plug-in of the library is let near it."""
    return Database(connection, execute_plugins=False)


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


def m002_epochs(db: Database) -> None:
    """Make room for several epochs; take the keys, kept in files by now, out of the contexts.

    `last`: the last event of a closed context; `exported`: its first export after the closing;
    `counted`: from when its age counts, where that is not its opening. `copied` marks a file
    that was made as a copy of another. The old table of contexts is dropped whole, since a page
    that is freed is zeroed (secure_delete), and one that only lost a column keeps traces.
    """
    for statement in (
        """CREATE TABLE epoch (
            number INTEGER PRIMARY KEY,
            epoch TEXT NOT NULL UNIQUE,
            after INTEGER
        ) STRICT""",
        "INSERT INTO epoch (number, epoch) SELECT 0, epoch FROM log",
        "ALTER TABLE log DROP COLUMN epoch",
        "ALTER TABLE log ADD COLUMN copied INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE event RENAME COLUMN seq TO place",
        """CREATE TABLE context_2 (
            context TEXT PRIMARY KEY,
            opened INTEGER NOT NULL UNIQUE REFERENCES event (place),
            closed INTEGER REFERENCES event (place),
            last INTEGER REFERENCES event (place),
            exported INTEGER REFERENCES event (place),
            counted TEXT
        ) STRICT""",
        """INSERT INTO context_2 (context, opened, closed, last)
            SELECT c.context, c.opened, c.closed, iif(c.closed IS NULL, NULL, e.last)
            FROM context c JOIN (
                SELECT context, max(place) AS last FROM event GROUP BY context
            ) e ON e.context = c.context ORDER BY c.opened""",
        "DROP TABLE context",
        "ALTER TABLE context_2 RENAME TO context",
        "CREATE INDEX context_open ON context (opened) WHERE closed IS NULL",
        "ALTER TABLE acknowledgement ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX acknowledgement_of_epoch ON acknowledgement (epoch)",
    ):
        db.execute(statement)


def m003_receipts(db: Database) -> None:
    """Make room for the centre's word on receipts: `anchor` is null until it comes.

    `hash`: SHA-256 of the receipt, as its event says in `tag`.
    """
    for statement in (
        """CREATE TABLE receipt (
            place INTEGER PRIMARY KEY REFERENCES event (place),
            hash BLOB NOT NULL,
            anchor TEXT
        ) STRICT""",
        f"INSERT INTO receipt (place, hash) {RECEIPTS}",
        "CREATE INDEX receipt_of_hash ON receipt (hash)",
        "CREATE INDEX receipt_unanchored ON receipt (place) WHERE anchor IS NULL",
    ):
        db.execute(statement)


_STEPS = (m001_events, m002_epochs, m003_receipts)
_KNOWN = frozenset(step.__name__ for step in _STEPS)

MIGRATIONS = Migrations("tramthe-log")
for _step in _STEPS:
    MIGRATIONS()(_step)


def is_newer(db: Database) -> bool:
    """Return whether a later program has been at this file."""
    return any(step.name not in _KNOWN for step in MIGRATIONS.applied(db))


def is_older(db: Database) -> bool:
    """Return whether this file is a log that steps are still to be applied to."""
    return bool(MIGRATIONS.applied(db)) and bool(MIGRATIONS.pending(db))


def holds_keys(db: Database) -> bool:
    """Return whether keys still stand in the contexts, as before `m002_epochs`."""
    applied = {step.name for step in MIGRATIONS.applied(db)}
    return m001_events.__name__ in applied and m002_epochs.__name__ not in applied


def bring_up_to_date(db: Database) -> None:
    """Apply what is pending; writes nothing where nothing is. Raises sqlite3.Error."""
    if MIGRATIONS.pending(db):
        MIGRATIONS.apply(db)
