"""The one writer: an event is on the disk when `commit` returns, or recording is locked.

Lives here: transactions, the head of the chain, the fault. Not here: what is in an event
(`append`), how the file is opened (`file`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge.errors import RecordingLocked
from edge.log.chain import COLUMNS, Head
from edge.log.epochs import Epoch, place
from edge.log.fault import SQLITE_ERRORS, TRANSIENT, LogFault, locked, of_sqlite
from edge.log.file import LogFile, of_os, open_log
from edge.wire.event import Event

_INSERT = f"INSERT INTO event ({COLUMNS}) VALUES ({', '.join('?' * 12)})"  # noqa: S608 -- constants
_EPOCH = "INSERT INTO epoch (number, epoch, after) VALUES (?, ?, ?)"
_NOT_COPIED = "UPDATE log SET copied = 0"

Statement = tuple[str, tuple[Any, ...]]


class LogWriter:
    """Writes to the log of one terminal; the caller holds the lock."""

    def __init__(
        self, path: Path, terminal: str, rng: Callable[[int], bytes], *, durable: bool
    ) -> None:
        self._path = path
        self.terminal = terminal
        self._rng = rng
        self._durable = durable
        self._file: LogFile
        self.reopen()

    def reopen(self) -> None:
        """Open the file (again); the fault is what is wrong now."""
        self._file = open_log(self._path, self.terminal, self._rng, durable=self._durable)
        self.epochs: tuple[Epoch, ...] = self._file.epochs
        self.copied: bool = self._file.copied
        self.head: Head = self._file.head
        self.fault: LogFault | None = self._file.fault

    def close(self) -> None:
        """Let the file go; further writing is refused."""
        self._file.close(tidy=self.fault is None)
        self.fault = self.fault or LogFault.CLOSED

    @property
    def epoch(self) -> Epoch:
        """Return the newest epoch, which is written to."""
        return self.epochs[-1]

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

    def commit(self, events: Sequence[Event], *also: Statement) -> None:
        """Write events of the newest epoch, and statements with them, in one transaction.

        Raises RecordingLocked; then they may count as not recorded.
        """
        number = self.epochs[-1].number
        if len(events) == 1 and not also:
            self.run((_INSERT, _row(events[0], number)))
        else:
            rows = [(_INSERT, _row(event, number)) for event in events]
            self.run(("BEGIN IMMEDIATE", ()), *rows, *also, ("COMMIT", ()))
        self.head = Head(events[-1].seq, events[-1].hash)

    def begin_epoch(self, epoch: Epoch, first: Event) -> None:
        """Write the first event of a new epoch, and the epoch with it. Raises RecordingLocked."""
        self.run(
            ("BEGIN IMMEDIATE", ()),
            (_EPOCH, (epoch.number, epoch.id, epoch.after)),
            (_INSERT, _row(first, epoch.number)),
            (_NOT_COPIED, ()),
            ("COMMIT", ()),
        )
        self.epochs = (*self.epochs, epoch)
        self.copied = False
        self.head = Head(first.seq, first.hash)

    def run(self, *statements: Statement) -> None:
        """Execute statements; one alone is its own transaction. Raises RecordingLocked."""
        self.require()
        writer = self._file.writer
        if writer is None:
            raise locked(LogFault.CLOSED)
        try:
            for text, values in statements:
                writer.execute(text, values).fetchall()
        except SQLITE_ERRORS as error:
            raise self._failed(writer, error) from error

    def failed(self, error: OSError) -> RecordingLocked:
        """Lock recording for a file beside the log that could not be written."""
        self.fault = of_os(error)
        return locked(self.fault)

    def _failed(self, writer: sqlite3.Connection, error: Exception) -> RecordingLocked:
        self.fault = of_sqlite(error)
        if writer.in_transaction:
            try:
                writer.execute("ROLLBACK")
            except SQLITE_ERRORS:
                self.fault = LogFault.DISK_FAILING
        return locked(self.fault)


def _row(event: Event, number: int) -> tuple[Any, ...]:
    return (
        place(number, event.seq),
        event.kind._value_,
        event.at,
        event.quality._value_,
        event.context,
        event.outcome,
        event.reason,
        event.tag,
        event.prev,
        event.hash,
        event.body,
        event.sealed,
    )
