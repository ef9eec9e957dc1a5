"""The log's file: opened for its one writer, or with the reason why it takes nothing.

Lives here: connections, pragmas, the lock that keeps a second writer out, the checks at the
start. Not here: rows (`read`, `append`), schema (`migrations`).

Opening never fails: a terminal with a broken log still starts and says why it is locked. A file
that cannot even be read stands in as an empty log.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from edge.log import migrations
from edge.log.chain import Head, check_tail, open_read_only
from edge.log.fault import LogFault, of_sqlite
from edge.wire.event import ID_SIZE, genesis

BUSY_SECONDS = 5.0
"""How long the writer waits for somebody else's checkpoint."""
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
)


@dataclass(slots=True)
class LogFile:
    """An opened log. `writer` is None where `fault` forbids writing."""

    writer: sqlite3.Connection | None
    reader: sqlite3.Connection
    epoch: str
    head: Head
    fault: LogFault | None
    lock: int | None

    def close(self) -> None:
        """Let the file go."""
        self.reader.close()
        if self.writer is not None:
            self.writer.close()
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None


def open_log(path: Path, terminal: str, rng: Callable[[int], bytes]) -> LogFile:
    """Open or create the log of `terminal` at `path`; never raises for the state of the disk."""
    lock: int | None = None
    writer: sqlite3.Connection | None = None
    fault: LogFault | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock(path)
        writer = _open_writer(path)
        fault = _prepare(writer, terminal, rng)
        _sync_folder(path.parent)
    except OSError as error:
        fault = _of_os(error)
    except sqlite3.Error as error:
        fault = of_sqlite(error)
    if fault is not None and writer is not None:
        writer.close()
        writer = None
    return _with_reader(path, terminal, writer, fault, lock)


def _with_reader(
    path: Path,
    terminal: str,
    writer: sqlite3.Connection | None,
    fault: LogFault | None,
    lock: int | None,
) -> LogFile:
    for open_reader in (open_read_only, _open_immutable):
        try:
            reader = open_reader(path)
        except sqlite3.Error:
            continue
        try:
            named = reader.execute("SELECT terminal, epoch FROM log").fetchone()
            if named is not None and named[0] == terminal:
                return LogFile(writer, reader, named[1], _head(reader, *named), fault, lock)
        except sqlite3.Error as error:
            fault = fault or of_sqlite(error)
        reader.close()
    reader, epoch = _empty(terminal)
    fault = fault or LogFault.DISK_FAILING
    return LogFile(None, reader, epoch, Head(0, genesis(terminal, epoch)), fault, lock)


def _head(reader: sqlite3.Connection, terminal: str, epoch: str) -> Head:
    row = reader.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(row[0], row[1]) if row else Head(0, genesis(terminal, epoch))


def _lock(path: Path) -> int:
    """Take the one writer's lock; it goes with the process, however that ends."""
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _open_writer(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    writer = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
    )
    try:
        for pragma in PRAGMAS:
            writer.execute(pragma)
    except sqlite3.Error:
        writer.close()
        raise
    return writer


def _prepare(
    writer: sqlite3.Connection, terminal: str, rng: Callable[[int], bytes]
) -> LogFault | None:
    db = Database(writer)
    if migrations.is_newer(db):
        return LogFault.NEWER_PROGRAM
    migrations.bring_up_to_date(db)
    writer.execute(
        "INSERT INTO log (one, terminal, epoch) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
        (terminal, rng(ID_SIZE).hex()),
    )
    owner, epoch = writer.execute("SELECT terminal, epoch FROM log").fetchone()
    if owner != terminal:
        return LogFault.OTHER_TERMINAL
    if not check_tail(writer, terminal, epoch).ok:
        return LogFault.CHAIN_BROKEN
    # A page is written for nothing, so that a full disk shows now and not at the first tap.
    writer.execute("UPDATE log SET epoch = epoch")
    return None


def _empty(terminal: str) -> tuple[sqlite3.Connection, str]:
    reader = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrations.bring_up_to_date(Database(reader))
    epoch = "0" * (2 * ID_SIZE)
    reader.execute("INSERT INTO log (one, terminal, epoch) VALUES (1, ?, ?)", (terminal, epoch))
    return reader, epoch


def _open_immutable(path: Path) -> sqlite3.Connection:
    """Read a file in a folder where not even SQLite's side files can be made."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro&immutable=1",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _of_os(error: OSError) -> LogFault:
    match error.errno:
        case errno.EWOULDBLOCK:
            return LogFault.IN_USE
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return LogFault.DISK_FULL
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return LogFault.READ_ONLY
        case _:
            return LogFault.DISK_FAILING
