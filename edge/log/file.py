"""The log's file: opened for its one writer, or with the reason why it takes nothing.

Lives here: connections, pragmas, the lock that keeps a second writer out, the checks at the
start. Not here: rows (`read`, `append`), schema (`migrations`).

Opening never fails: a terminal with a broken log still starts and says why it is locked. A file
that cannot even be read stands in as an empty log. Where recording is locked no byte is changed.

The lock file holds the id of the log's first epoch, so that an empty file in the log's place is
not taken for a new terminal's.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from edge.errors import LogDamaged
from edge.files import sync_folder
from edge.log import migrations, wal
from edge.log.chain import Head, check_tail, read_epochs, start_of
from edge.log.epochs import Epoch, seq_of, span
from edge.log.fault import SQLITE_ERRORS, LogFault, of_sqlite
from edge.log.keys import KeyFiles
from edge.log.reading import open_immutable, open_read_only
from edge.storage import outlives_power_cut
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
    """An opened log. `writer` is None where `fault` forbids writing.

    `copied`: the file was made as a copy, so that a new epoch is due before anything is written.
    """

    writer: sqlite3.Connection | None
    reader: sqlite3.Connection
    epochs: tuple[Epoch, ...]
    copied: bool
    head: Head
    fault: LogFault | None
    lock: int | None

    def close(self, *, tidy: bool) -> None:
        """Let the file go; unless `tidy`, each file stays byte for byte as it is.

        The last connection that may write folds the write-ahead log into the database.
        """
        if self.writer is not None and not tidy:
            self.writer.close()
        self.reader.close()
        if self.writer is not None:
            self.writer.close()
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None


def open_log(
    path: Path, terminal: str, rng: Callable[[int], bytes], *, durable: bool = False
) -> LogFile:
    """Open or create the log of `terminal` at `path`; never raises for the state of the disk.

    `durable`: nothing is recorded where the file would not outlive a power cut.
    """
    lock: int | None = None
    writer: sqlite3.Connection | None = None
    fault: LogFault | None = None
    with ExitStack() as guard:  # beside a connection that only reads, nothing tidies up
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = take_lock(path)
            fault = _damage(path, lock, guard)
            if fault is None and durable and not outlives_power_cut(path.parent):
                fault = LogFault.NOT_DURABLE
            if fault is None:
                writer = _open_writer(path)
                fault = _prepare(writer, path, terminal, rng)
            if fault is None and writer is not None:
                _leave_witness(writer, lock)
                sync_folder(path.parent)
        except OSError as error:
            fault = of_os(error)
        except SQLITE_ERRORS as error:
            fault = of_sqlite(error)
        except LogDamaged:
            fault = LogFault.CHAIN_BROKEN
        if fault is not None and writer is not None:
            writer.close()
            writer = None
        return _with_reader(path, terminal, writer, fault, lock)


def take_lock(path: Path) -> int:
    """Take the one writer's lock; it goes with the process, however that ends. Raises OSError."""
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _with_reader(
    path: Path,
    terminal: str,
    writer: sqlite3.Connection | None,
    fault: LogFault | None,
    lock: int | None,
) -> LogFile:
    for open_reader in (open_read_only, open_immutable):
        try:
            reader = open_reader(path)
        except SQLITE_ERRORS:
            continue
        try:
            named = read_epochs(reader)
            if named is not None and named[0] == terminal:
                epochs = named[1]
                copied = bool(reader.execute("SELECT copied FROM log").fetchone()[0])
                head = _head(reader, terminal, epochs)
                return LogFile(writer, reader, epochs, copied, head, fault, lock)
        except SQLITE_ERRORS as error:
            fault = fault or of_sqlite(error)
        except LogDamaged:
            fault = fault or LogFault.CHAIN_BROKEN
        reader.close()
    if writer is not None:
        writer.close()
    reader, epoch = _empty(terminal)
    fault = fault or LogFault.DISK_FAILING
    head = Head(0, genesis(terminal, epoch.id))
    return LogFile(None, reader, (epoch,), False, head, fault, lock)


def _head(reader: sqlite3.Connection, terminal: str, epochs: tuple[Epoch, ...]) -> Head:
    """Return the end of the newest epoch."""
    row = reader.execute(
        "SELECT place, hash FROM event WHERE place BETWEEN ? AND ? ORDER BY place DESC LIMIT 1",
        span(epochs[-1].number),
    ).fetchone()
    if row is None:
        return start_of(reader, terminal, epochs, epochs[-1].number)
    return Head(seq_of(row[0]), row[1])


def _damage(path: Path, lock: int, guard: ExitStack) -> LogFault | None:
    """Look at the files before SQLite mends what it takes for an interrupted write."""
    if not path.exists() or path.stat().st_size == 0:
        return LogFault.CHAIN_BROKEN if os.fstat(lock).st_size else None
    if not path.with_name(path.name + "-wal").exists():
        return None  # a log that was being made has a journal instead, which only a writer undoes
    connection = guard.enter_context(closing(open_read_only(path)))
    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    return LogFault.CHAIN_BROKEN if wal.lost_commits(path) else None


def _open_writer(path: Path) -> sqlite3.Connection:
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    writer = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
    )
    try:
        for pragma in PRAGMAS:
            writer.execute(pragma)
    except SQLITE_ERRORS:
        writer.close()
        raise
    return writer


def _prepare(
    writer: sqlite3.Connection, path: Path, terminal: str, rng: Callable[[int], bytes]
) -> LogFault | None:
    db = migrations.database(writer)
    if migrations.is_newer(db):
        return LogFault.NEWER_PROGRAM
    files = KeyFiles(path)
    if migrations.holds_keys(db):
        for context, wrapped in writer.execute(
            "SELECT context, wrapped FROM context WHERE wrapped IS NOT NULL"
        ):
            files.keep(context, wrapped)
    migrations.bring_up_to_date(db)
    named = read_epochs(writer)
    if named is None:
        named = _begin(writer, terminal, rng(ID_SIZE).hex())
    owner, epochs = named
    if owner != terminal:
        return LogFault.OTHER_TERMINAL
    if not check_tail(writer, terminal, epochs).ok:
        return LogFault.CHAIN_BROKEN
    # A page is written for nothing, so that a full disk shows now and not at the first tap.
    writer.execute("UPDATE log SET terminal = terminal")
    _empty_wal(writer)
    files.sweep({row[0] for row in writer.execute("SELECT context FROM context")})
    return None


def _empty_wal(writer: sqlite3.Connection) -> None:
    """Take everything into the database, unless somebody reads just now: then at the next start.

    What a step of the schema took out of the database is then nowhere any more.
    """
    writer.execute("PRAGMA busy_timeout = 0").fetchall()
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    writer.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}").fetchall()


def _begin(writer: sqlite3.Connection, terminal: str, epoch: str) -> tuple[str, tuple[Epoch, ...]]:
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO log (one, terminal) VALUES (1, ?)", (terminal,))
    writer.execute("INSERT INTO epoch (number, epoch) VALUES (0, ?)", (epoch,))
    writer.execute("COMMIT")
    return terminal, (Epoch(0, epoch, None),)


def _leave_witness(writer: sqlite3.Connection, lock: int) -> None:
    (epoch,) = writer.execute("SELECT epoch FROM epoch WHERE number = 0").fetchone()
    if os.pread(lock, len(epoch), 0) != epoch.encode():
        os.pwrite(lock, epoch.encode(), 0)
        os.fsync(lock)


def _empty(terminal: str) -> tuple[sqlite3.Connection, Epoch]:
    reader = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrations.bring_up_to_date(migrations.database(reader))
    _, epochs = _begin(reader, terminal, "0" * (2 * ID_SIZE))
    return reader, epochs[0]


def of_os(error: OSError) -> LogFault:
    """Return the fault that an error of the operating system means for recording."""
    match error.errno:
        case errno.EWOULDBLOCK:
            return LogFault.IN_USE
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return LogFault.DISK_FULL
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return LogFault.READ_ONLY
        case _:
            return LogFault.DISK_FAILING
