"""Putting events into their table, each once: the one step that differs between the engines.

Lives here: the insertion and the search for clashes. Not here: the transaction and everything
else that a segment changes (`store`).

`fresh` says that nothing is held under these numbers or higher ones, which the caller knows under
the lock on the epoch's row: then PostgreSQL takes the rows by binary COPY straight into the table,
without looking for conflicts. Otherwise they are copied into a temporary table first.
Source: PostgreSQL 15, COPY, "Binary Format".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from provisioning.centre.batch import Batch, EventRow
from provisioning.centre.tables import EVENT, POSTGRESQL

COLUMNS = ("terminal", "epoch", "seq", "hash", "prev", "kind", "at", "received_at", "data")

_NAMES = ", ".join(COLUMNS)
INSERT_SQLITE = f"INSERT OR IGNORE INTO event ({_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 -- constants
COPY_EVENT = f"COPY event ({_NAMES}) FROM STDIN (FORMAT binary)"
_INCOMING = "CREATE TEMPORARY TABLE IF NOT EXISTS incoming (LIKE event) ON COMMIT DELETE ROWS"
_COPY_INCOMING = f"COPY incoming ({_NAMES}) FROM STDIN (FORMAT binary)"
_MOVE = (
    f"INSERT INTO event ({_NAMES}) SELECT {_NAMES} FROM incoming"  # noqa: S608 -- constants
    " ON CONFLICT (terminal, epoch, seq) DO NOTHING"
)

COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
COPY_TAIL = struct.pack("!h", -1)
_SIZE = struct.Struct("!i")
_FIXED = struct.Struct("!iqi32si32si")
_TIME = struct.Struct("!iq")
_EPOCH_2000 = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def insert_events(connection: sa.Connection, batch: Batch, at: str, *, fresh: bool) -> int:
    """Insert the batch's events that are not held; return how many those were."""
    if not batch.events:
        return 0
    if connection.dialect.name != POSTGRESQL:
        return connection.exec_driver_sql(INSERT_SQLITE, sqlite_rows(batch, at)).rowcount
    data = copy_rows(batch, at)
    if fresh:
        _copy(connection, COPY_EVENT, data)
        return len(batch.events)
    connection.exec_driver_sql(_INCOMING)
    _copy(connection, _COPY_INCOMING, data)
    return connection.exec_driver_sql(_MOVE).rowcount


def clashes(connection: sa.Connection, batch: Batch) -> Sequence[EventRow]:
    """Return the batch's events whose number another event has."""
    query = sa.select(EVENT.c.seq, EVENT.c.hash).where(
        EVENT.c.terminal == batch.terminal,
        EVENT.c.epoch == batch.epoch,
        EVENT.c.seq.between(batch.first, batch.last),
    )
    held = {seq: bytes(digest) for seq, digest in connection.execute(query)}
    return [row for row in batch.events if held[row.seq] != row.hash]


def sqlite_rows(batch: Batch, at: str) -> list[tuple[object, ...]]:
    """Return a batch's events in the order of COLUMNS."""
    return [(batch.terminal, batch.epoch, *row[:5], at, row.data) for row in batch.events]


def copy_rows(batch: Batch, at: str) -> bytes:
    """Return a batch's events as PostgreSQL's binary COPY takes them, without head and tail."""
    terminal = batch.terminal.encode()
    start = struct.pack("!hi", len(COLUMNS), len(terminal)) + terminal
    start += _SIZE.pack(16) + bytes.fromhex(batch.epoch)
    received = _time(at)
    parts: list[bytes] = []
    for seq, digest, prev, kind, happened, data in batch.events:
        parts += (
            start,
            _FIXED.pack(8, seq, 32, digest, 32, prev, len(kind)),
            kind.encode(),
            _time(happened),
            received,
            _SIZE.pack(len(data)),
            data,
        )
    return b"".join(parts)


def _time(at: str) -> bytes:
    return _TIME.pack(8, (datetime.fromisoformat(at) - _EPOCH_2000) // _MICROSECOND)


def _copy(connection: sa.Connection, statement: str, rows: bytes) -> None:
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(COPY_HEAD + rows + COPY_TAIL)
