"""The one writer: an event is on the disk when `commit` returns, or recording is locked.

Lives here: transactions, the head of the chain, the fault. Not here: what is in an event
(`append`), how the file is opened (`file`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.errors import RecordingLocked
from edge.log.chain import COLUMNS, Head
from edge.log.fault import TRANSIENT, LogFault, locked, of_sqlite
from edge.log.file import LogFile, open_log
from edge.wire.event import Event

_INSERT = f"INSERT INTO event ({COLUMNS}) VALUES ({', '.join('?' * 12)})"  # noqa: S608 -- constants

Statement = tuple[str, tuple[Any, ...]]


class LogWriter:
    """Writes to the log of one terminal; the caller holds the lock."""

    def __init__(self, path: Path, terminal: str, rng: Callable[[int], bytes]) -> None:
        self._path = path
        self._terminal = terminal
        self._rng = rng
        self._file: LogFile
        self.reopen()

    def reopen(self) -> None:
        """Open the file (again); the fault is what is wrong now."""
        self._file = open_log(self._path, self._terminal, self._rng)
        self.head: Head = self._file.head
        self.fault: LogFault | None = self._file.fault

    def close(self) -> None:
        """Let the file go; further writing is refused."""
        self._file.close()
        self.fault = self.fault or LogFault.CLOSED

    @property
    def epoch(self) -> str:
        """Return the random id of the file's epoch."""
        return self._file.epoch

    @property
    def reader(self) -> sqlite3.Connection:
        """Return the connection for reading, replaced by `reopen`."""
        return self._file.reader

    @property
    def passing(self) -> bool:
        """Return whether the fault may have passed, so that opening again is worth a try."""
        return self.fault in TRANSIENT

    def require(self) -> None:
        """Raise RecordingLocked while there is a fault."""
        if self.fault is not None:
            raise locked(self.fault)

    def commit(self, event: Event, also: Statement | None = None) -> None:
        """Write the event, and one statement with it, in one transaction.

        Raises RecordingLocked; then the event may count as not recorded.
        """
        if also is None:
            self.run((_INSERT, _row(event)))
        else:
            self.run(("BEGIN IMMEDIATE", ()), (_INSERT, _row(event)), also, ("COMMIT", ()))
        self.head = Head(event.seq, event.hash)

    def run(self, *statements: Statement) -> None:
        """Execute statements; one alone is its own transaction. Raises RecordingLocked."""
        self.require()
        writer = self._file.writer
        if writer is None:
            raise locked(LogFault.CLOSED)
        try:
            for text, values in statements:
                writer.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(writer, error) from error

    def _failed(self, writer: sqlite3.Connection, error: sqlite3.Error) -> RecordingLocked:
        self.fault = of_sqlite(error)
        if writer.in_transaction:
            try:
                writer.execute("ROLLBACK")
            except sqlite3.Error:
                self.fault = LogFault.DISK_FAILING
        return locked(self.fault)


def _row(event: Event) -> tuple[Any, ...]:
    return (
        event.seq,
        event.kind.value,
        event.at,
        event.quality.value,
        event.context,
        event.outcome,
        event.reason,
        event.tag,
        event.prev,
        event.hash,
        event.body,
        event.sealed,
    )
