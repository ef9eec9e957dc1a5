"""The table of contexts, rebuilt from the events that it repeats.

Not here: when that is needed (`rescue`). A context whose opening is missing has no row: its
events are there all the same.
"""

from __future__ import annotations

import sqlite3

from edge.wire.kinds import EventKind

_OPENED = (
    "INSERT INTO context (context, opened)"
    " SELECT context, MIN(place) FROM event WHERE kind = ? GROUP BY context ORDER BY MIN(place)"
)
_CLOSED = (
    "UPDATE context SET closed = (SELECT MIN(place) FROM event"
    " WHERE event.context = context.context AND kind = ?)"
)
_LAST = (
    "UPDATE context SET last = (SELECT MAX(place) FROM event"
    " WHERE event.context = context.context) WHERE closed IS NOT NULL"
)
_EXPORTED = (
    "UPDATE context SET exported = (SELECT MIN(place) FROM event"
    " WHERE event.context = context.context AND kind = ? AND place > context.closed)"
)


def rebuild_contexts(connection: sqlite3.Connection) -> None:
    """Fill the empty table of contexts. Raises sqlite3.Error."""
    connection.execute("CREATE INDEX temporary_context ON event (context, kind, place)")
    connection.execute(_OPENED, (EventKind.CONTEXT_OPENED.value,))
    connection.execute(_CLOSED, (EventKind.CONTEXT_CLOSED.value,))
    connection.execute(_LAST)
    connection.execute(_EXPORTED, (EventKind.EXPORTED.value,))
    connection.execute("DROP INDEX temporary_context")
