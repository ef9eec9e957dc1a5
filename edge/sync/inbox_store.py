"""What the terminal has taken of its inbox, and the meetings that it was called to.

Lives here: one small database. Not here: what a message does (`take_inbox`), the roster, which the
holdings keep. Who holds the file reads no name: a called meeting is sealed under a key that
follows from the terminal's own.

A number is taken once for ever. `digest` tells a repetition from another content under the same
number; `subject` says what a message is about, so that of two about the same thing the higher
number counts, in whatever order they came.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import EdgeError, InboxNotKept
from edge.meeting.planned import Planned
from edge.wire import canonical
from edge.wire.event import timestamp
from edge.wire.inbox_call import MAX_LISTED

SHOWN_FOR = timedelta(days=30)
"""How long an alarm stands on the screens, and a called meeting after its hour."""
DONE = "DONE"
OVERTAKEN = "OVERTAKEN"
"""A later number about the same thing was there already."""

_LABEL = b"tramthe-inbox-v1"
_NONCE_SIZE = 12  # bytes, SP 800-38D section 8.2.2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS taken (
    number INTEGER PRIMARY KEY, digest BLOB NOT NULL, subject TEXT, outcome TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS alarm (
    number INTEGER NOT NULL, digest BLOB NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (number, digest));
CREATE TABLE IF NOT EXISTS meeting (
    id TEXT PRIMARY KEY, sealed BLOB NOT NULL, until TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS given_out (only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    last INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One number that came. `outcome`: DONE, OVERTAKEN, or why it was set aside."""

    number: int
    digest: bytes
    outcome: str

    @property
    def aside(self) -> bool:
        """Whether it came and could not be used."""
        return self.outcome not in (DONE, OVERTAKEN)


@dataclass(frozen=True, slots=True)
class Row:
    """What is held of the whole row of numbers."""

    high_water: int
    highest: int
    gaps: tuple[tuple[int, int], ...]
    """(first, last), ascending, the first MAX_LISTED; up to the last number given out."""
    set_aside: tuple[int, ...]
    """Ascending, the first MAX_LISTED."""
    alarms: tuple[int, ...]
    """Under which another content came lately."""


class InboxStore:
    """The database of one terminal; safe from any thread. Raises InboxNotKept."""

    def __init__(
        self, path: Path, wrap_key: bytes, rng: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._path = path
        self._cipher = AESGCM(
            HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_LABEL).derive(wrap_key)
        )
        self._rng = rng
        self._lock = threading.Lock()

    def find(self, number: int) -> Taken | None:
        """Return what is held under a number."""
        with self._database() as database:
            row = database.execute(
                "SELECT number, digest, outcome FROM taken WHERE number = ?", (number,)
            ).fetchone()
        return None if row is None else Taken(*row)

    def overtaken(self, number: int, subject: str) -> bool:
        """Return whether a later number about the same thing was carried out already."""
        with self._database() as database:
            row = database.execute(
                "SELECT 1 FROM taken WHERE subject = ? AND number > ? AND outcome = ?",
                (subject, number, DONE),
            ).fetchone()
        return row is not None

    def take(
        self,
        taken: Taken,
        at: datetime,
        subject: str | None = None,
        *,
        planned: Planned | None = None,
        cancelled: str | None = None,
    ) -> None:
        """Keep that a number came, with the meeting that it calls or takes back; one step."""
        with self._database() as database, database:
            database.execute(
                "INSERT OR REPLACE INTO taken VALUES (?, ?, ?, ?, ?)",
                (taken.number, taken.digest, subject, taken.outcome, timestamp(at)),
            )
            if planned is not None:
                begins = planned.opening.begins or at
                row = (planned.id, self._seal(planned), timestamp(max(begins, at) + SHOWN_FOR))
                database.execute("INSERT OR REPLACE INTO meeting VALUES (?, ?, ?)", row)
            if cancelled is not None:
                database.execute("DELETE FROM meeting WHERE id = ?", (cancelled,))

    def alarm(self, number: int, digest: bytes, at: datetime) -> bool:
        """Keep that another content came under a number; return whether that is new."""
        with self._database() as database, database:
            return (
                database.execute(
                    "INSERT OR IGNORE INTO alarm VALUES (?, ?, ?)", (number, digest, timestamp(at))
                ).rowcount
                == 1
            )

    def given_out(self, last: int) -> None:
        """Remember which number the centre said it gave out last; never lower than before."""
        with self._database() as database, database:
            database.execute(
                "INSERT INTO given_out VALUES (1, ?)"
                " ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
                (last,),
            )

    def row(self) -> Row:
        """Return high water, gaps and what is set aside."""
        with self._database() as database:
            numbers = [n for (n,) in database.execute("SELECT number FROM taken ORDER BY number")]
            last = database.execute("SELECT last FROM given_out").fetchone()
            aside = database.execute(
                "SELECT number FROM taken WHERE outcome NOT IN (?, ?) ORDER BY number LIMIT ?",
                (DONE, OVERTAKEN, MAX_LISTED),
            ).fetchall()
            alarms = database.execute(
                "SELECT DISTINCT number FROM alarm ORDER BY number LIMIT ?", (MAX_LISTED,)
            ).fetchall()
        gaps: list[tuple[int, int]] = []
        before = 0
        ends = [] if last is None or (numbers and numbers[-1] >= last[0]) else [last[0] + 1]
        for number in (*numbers, *ends):
            if number > before + 1:
                gaps.append((before + 1, number - 1))
            before = number
        highest = numbers[-1] if numbers else 0
        return Row(
            high_water=gaps[0][0] - 1 if gaps else highest,
            highest=highest,
            gaps=tuple(gaps[:MAX_LISTED]),
            set_aside=tuple(number for (number,) in aside),
            alarms=tuple(number for (number,) in alarms),
        )

    # Called meetings

    def meetings(self) -> tuple[Planned, ...]:
        """Return the called meetings, soonest first; one that does not open is left out."""
        with self._database() as database:
            rows = database.execute("SELECT id, sealed FROM meeting").fetchall()
        found = [meeting for meeting in (self._open(*row) for row in rows) if meeting is not None]
        return tuple(
            sorted(found, key=lambda one: (one.opening.begins is None, one.opening.begins, one.id))
        )

    def forget_meeting(self, name: str) -> None:
        """Forget a called meeting: it was opened."""
        with self._database() as database, database:
            database.execute("DELETE FROM meeting WHERE id = ?", (name,))

    def tidy(self, now: datetime) -> None:
        """Forget called meetings whose hour is long past, and alarms that were shown for long."""
        with self._database() as database, database:
            database.execute("DELETE FROM meeting WHERE until < ?", (timestamp(now),))
            since = timestamp(now - SHOWN_FOR)
            database.execute("DELETE FROM alarm WHERE at < ?", (since,))

    def _seal(self, planned: Planned) -> bytes:
        nonce = self._rng(_NONCE_SIZE)
        clear = canonical.encode(planned.to_object())
        return nonce + self._cipher.encrypt(nonce, clear, planned.id.encode())

    def _open(self, name: str, sealed: bytes) -> Planned | None:
        try:
            clear = self._cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], name.encode())
            return Planned.from_object(canonical.decode(clear))
        except (InvalidTag, ValueError, EdgeError):
            return None

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with closing(sqlite3.connect(self._path, timeout=5.0)) as database:
                    for pragma in ("journal_mode = DELETE", "synchronous = EXTRA"):
                        database.execute(f"PRAGMA {pragma}")
                    database.execute("PRAGMA secure_delete = ON")
                    database.executescript(_SCHEMA)
                    yield database
            except sqlite3.Error as error:
                raise InboxNotKept(
                    "What the centre sent cannot be kept on this disk.",
                    next_step="Free space on the disk, or replace it; it is fetched again.",
                ) from error
