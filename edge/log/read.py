"""Reading the log: rows to events, beside the writer and never in its way.

SQLite's module crashes where one thread closes a connection that another one reads from: whoever
closes it does so within `resting`.

Not here: opening bodies (`append` holds the keys), checking the chain (`chain`).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edge.errors import LogDamaged, WireMalformed
from edge.log.chain import COLUMNS, event_of
from edge.log.epochs import Epoch, epoch_number, seq_of, span
from edge.log.fault import SQLITE_ERRORS, of_sqlite
from edge.wire import canonical
from edge.wire.ack import Ack
from edge.wire.event import Event

EVENTS = (
    f"SELECT {COLUMNS} FROM event"  # noqa: S608 -- constants
    " WHERE place BETWEEN :first AND :last ORDER BY place LIMIT :most"
)
IN_CONTEXT = (
    f"SELECT {COLUMNS} FROM event"  # noqa: S608 -- constants
    " WHERE place BETWEEN :first AND :last AND context = :context ORDER BY place LIMIT :most"
)
CONTEXT = "SELECT context, opened, closed, last, exported, counted FROM context"
OPEN_CONTEXTS = f"{CONTEXT} WHERE closed IS NULL ORDER BY opened"
OPENED_UP_TO = f"{CONTEXT} WHERE opened <= :opened ORDER BY opened DESC LIMIT :most"
ONE_CONTEXT = f"{CONTEXT} WHERE context = :context"
LAST_ACK = (
    "SELECT payload, compact FROM acknowledgement WHERE epoch = :epoch ORDER BY id DESC LIMIT 1"
)
ANCHOR = "SELECT anchor FROM receipt WHERE hash = :hash ORDER BY place LIMIT 1"
RECEIPTS = "SELECT place, hash, anchor FROM receipt ORDER BY place"
LACKS_ANCHOR = "SELECT 1 FROM receipt WHERE hash = :hash AND anchor IS NULL LIMIT 1"
UNANCHORED = (
    "SELECT place FROM receipt WHERE anchor IS NULL AND place > :after ORDER BY place LIMIT :most"
)
HEAD = "SELECT place FROM event WHERE place BETWEEN :first AND :last ORDER BY place DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class ContextRow:
    """What the log remembers of a context: places of its events, and from when its age counts."""

    context: str
    opened: int
    closed: int | None
    last: int | None
    exported: int | None
    counted: datetime | None


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt whose event stands at a place: its SHA-256, and the centre's word on it."""

    place: int
    digest: bytes
    anchor: str | None = field(repr=False)


class LogReader:
    """Queries over a read-only connection; safe from any thread. Each raises LogDamaged."""

    def __init__(
        self, connection: sqlite3.Connection, terminal: str, epochs: Sequence[Epoch]
    ) -> None:
        self._connection = connection
        self._terminal = terminal
        self.epochs = tuple(epochs)
        self._lock = threading.Lock()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let no query run: the connection may be closed, and another one taken, within."""
        with self._lock:
            yield

    def take(self, connection: sqlite3.Connection, epochs: Sequence[Epoch]) -> None:
        """Read from another connection from now on; only within `resting`."""
        self._connection = connection
        self.epochs = tuple(epochs)

    def know(self, epochs: Sequence[Epoch]) -> None:
        """Take note of an epoch that began."""
        self.epochs = tuple(epochs)

    def events(self, after: int, limit: int | None) -> tuple[Event, ...]:
        """Return the events beyond the place `after`, in order."""
        return self._events(EVENTS, {"first": after + 1, "last": self._end}, limit)

    def of_context(self, row: ContextRow, after: int, limit: int | None) -> tuple[Event, ...]:
        """Return the events of a context, of whatever epoch, beyond the place `after`."""
        last = self._end if row.last is None else row.last
        values = {"first": max(row.opened, after + 1), "last": last, "context": row.context}
        return self._events(IN_CONTEXT, values, limit)

    def at(self, at: int) -> Event | None:
        """Return the event at a place."""
        found = self._events(EVENTS, {"first": at, "last": at}, 1)
        return found[0] if found else None

    def last_seq(self, epoch: Epoch) -> int:
        """Return the number of an epoch's last event, 0 for none."""
        first, last = span(epoch.number)
        rows = self._all(HEAD, {"first": first, "last": last})
        return seq_of(rows[0][0]) if rows else 0

    def open_contexts(self) -> tuple[ContextRow, ...]:
        """Return the contexts without their closing event, in the order they were opened."""
        return tuple(self._context(row) for row in self._all(OPEN_CONTEXTS, {}))

    def context(self, context: str) -> ContextRow | None:
        """Return a context, None if unknown."""
        rows = self._all(ONE_CONTEXT, {"context": context})
        return self._context(rows[0]) if rows else None

    def opened_up_to(self, row: ContextRow, most: int) -> tuple[ContextRow, ...]:
        """Return a context and those opened before it, the latest first."""
        rows = self._all(OPENED_UP_TO, {"opened": row.opened, "most": most})
        return tuple(self._context(one) for one in rows)

    def last_ack(self, epoch: Epoch) -> Ack | None:
        """Return the newest acknowledgement of an epoch."""
        rows = self._all(LAST_ACK, {"epoch": epoch.number})
        if not rows:
            return None
        payload, compact = rows[0]
        try:
            return Ack.from_payload(canonical.decode(str(payload).encode()), str(compact))
        except WireMalformed as error:
            raise _damaged("An acknowledgement of the log has not its form.") from error

    def lacks_anchor(self, digest: bytes) -> bool:
        """Return whether a receipt of this log has this SHA-256, and no word on it."""
        return bool(self._all(LACKS_ANCHOR, {"hash": digest}))

    def anchor(self, digest: bytes) -> str | None:
        """Return the centre's word on the receipt of this SHA-256."""
        rows = self._all(ANCHOR, {"hash": digest})
        return rows[0][0] if rows else None

    def receipts(self) -> tuple[KeptReceipt, ...]:
        """Return every receipt, in order."""
        return tuple(KeptReceipt(*row) for row in self._all(RECEIPTS, {}))

    def unanchored(self, after: int, limit: int | None) -> tuple[int, ...]:
        """Return the places of receipts on which there is no word, beyond the place `after`."""
        values = {"after": after, "most": -1 if limit is None else limit}
        return tuple(row[0] for row in self._all(UNANCHORED, values))

    def _context(self, row: Sequence[Any]) -> ContextRow:
        context, opened, closed, last, exported, counted = row
        try:
            self.epochs[epoch_number(opened)]
            at = None if counted is None else datetime.fromisoformat(counted)
        except (ValueError, IndexError, TypeError) as error:
            raise _damaged("A context of the log has not its form.") from error
        return ContextRow(context, opened, closed, last, exported, at)

    @property
    def _end(self) -> int:
        return span(self.epochs[-1].number)[1]

    def _events(
        self, query: str, values: Mapping[str, Any], limit: int | None
    ) -> tuple[Event, ...]:
        rows = self._all(query, {**values, "most": -1 if limit is None else limit})
        return tuple(
            event_of(row, self._terminal, self.epochs[epoch_number(row[0])].id) for row in rows
        )

    def _all(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except SQLITE_ERRORS as error:
            raise _damaged(f"The log cannot be read ({of_sqlite(error)}).") from error


def _damaged(message: str) -> LogDamaged:
    return LogDamaged(message, next_step="Keep the file as it is and run `tramthe log verify`.")
