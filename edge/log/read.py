"""Reading the log: rows to events, beside the writer and never in its way.

Not here: opening bodies (`append` holds the keys), checking the chain (`chain`).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from typing import Any

from edge.errors import LogDamaged
from edge.log.chain import COLUMNS, event_of
from edge.log.fault import of_sqlite
from edge.wire import canonical
from edge.wire.ack import Ack
from edge.wire.event import Event

_IN_CONTEXT = "context = :context AND seq >= (SELECT opened FROM context WHERE context = :context)"


class LogReader:
    """Queries over a read-only connection; safe from any thread. Each raises LogDamaged."""

    def __init__(self, connection: sqlite3.Connection, terminal: str, epoch: str) -> None:
        self._connection = connection
        self._terminal = terminal
        self._epoch = epoch
        self._lock = threading.Lock()

    def events(
        self, context: str | None, after: int, limit: int | None, tag: bytes | None = None
    ) -> tuple[Event, ...]:
        """Return events above number `after` in order; all, or those of a context and tag."""
        where = ["seq > :after"]
        if context is not None:
            where.append(_IN_CONTEXT)
        if tag is not None:
            where.append("tag = :tag")
        values = {
            "after": after,
            "context": context,
            "tag": tag,
            "most": -1 if limit is None else limit,
        }
        query = (
            f"SELECT {COLUMNS} FROM event WHERE {' AND '.join(where)}"  # noqa: S608 -- constants
            " ORDER BY seq LIMIT :most"
        )
        return tuple(event_of(r, self._terminal, self._epoch) for r in self._all(query, values))

    def open_contexts(self) -> tuple[str, ...]:
        """Return the contexts without their closing event, in the order they were opened."""
        rows = self._all("SELECT context FROM context WHERE closed IS NULL ORDER BY opened", {})
        return tuple(row[0] for row in rows)

    def context(self, context: str) -> tuple[bool, bytes | None] | None:
        """Return whether it is closed and its wrapped key (None: destroyed); None if unknown."""
        rows = self._all(
            "SELECT closed, wrapped FROM context WHERE context = :context", {"context": context}
        )
        return (rows[0][0] is not None, rows[0][1]) if rows else None

    def last_ack(self) -> Ack | None:
        """Return the newest acknowledgement."""
        rows = self._all(
            "SELECT payload, compact FROM acknowledgement ORDER BY id DESC LIMIT 1", {}
        )
        if not rows:
            return None
        return Ack.from_payload(canonical.decode(rows[0][0].encode()), rows[0][1])

    def _all(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise LogDamaged(
                f"The log cannot be read ({of_sqlite(error)}).",
                next_step="Keep the file as it is and run `tramthe log verify`.",
            ) from error
