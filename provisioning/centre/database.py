"""The connection to the centre's database: SQLite (an office, the demonstration) or PostgreSQL.

Lives here: the engine, what makes a commit durable, transactions, and every failure as an error
of ours. Not here: the tables (`tables`), what is done in a transaction (`store` and others).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from provisioning.centre.tables import POSTGRESQL, SQLITE
from provisioning.errors import CentreStoreUnavailable, OfficeInputInvalid

BUSY_SECONDS = 30.0
"""How long one writer waits for another."""
CONNECT_SECONDS = 10
POOL = 8
"""Connections a process keeps; it works on fewer segments at a time."""
IDLE_SECONDS = 1.0
"""A connection that lay longer is asked whether it still stands before it is used."""
STATEMENT_MILLISECONDS = 60_000
LOCK_MILLISECONDS = 15_000

_DRIVERS = {SQLITE: "pysqlite", POSTGRESQL: "psycopg"}
INSERTS: Mapping[str, Callable[[sa.Table], Any]] = {
    POSTGRESQL: postgresql.insert,
    SQLITE: sqlite.insert,
}
"""By dialect: `insert` with `on_conflict_do_nothing` and `on_conflict_do_update`."""
_WRITES = "tramthe_writes"
_SINCE = "tramthe_since"


class Database:
    """One database. `url` is SQLAlchemy's: `sqlite:///PATH` or `postgresql+psycopg://...`.

    Safe from any thread; connects when first used. Raises OfficeInputInvalid for another engine,
    CentreStoreUnavailable from every method that asks the database.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(_checked(url))
        self._writer = self.engine.execution_options(**{_WRITES: True})
        # SQLite lets its next writer sleep for a guessed while; a lock wakes it at once.
        self._turn: AbstractContextManager[object] = (
            threading.Lock() if self.dialect == SQLITE else nullcontext()
        )
        self._failures = (SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error)

    @property
    def dialect(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @property
    def insert(self) -> Callable[[sa.Table], Any]:
        """Return the engine's own `insert`, which knows what to do on a conflict."""
        return INSERTS[self.dialect]

    def containing(self, column: sa.Column[bytes], needle: bytes) -> sa.ColumnElement[bool]:
        """Return the condition that a column of bytes has these among its own."""
        find: Callable[..., sa.ColumnElement[int]] = (
            sa.func.pg_catalog.position if self.dialect == POSTGRESQL else sa.func.instr
        )
        return find(column, needle) > 0

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection to read from."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except self._failures as error:
            raise _unavailable() from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a transaction that is durable once the block has ended."""
        try:
            with self._turn, self._writer.begin() as connection:
                yield connection
        except self._failures as error:
            raise _unavailable() from error


def _checked(url: str) -> URL:
    try:
        parsed = sa.make_url(url)
        driver = parsed.get_driver_name()
    except ArgumentError as error:
        raise _no_database() from error
    if _DRIVERS.get(parsed.get_backend_name()) != driver:
        raise _no_database()
    if parsed.get_backend_name() == SQLITE and _in_memory(parsed.database):
        raise OfficeInputInvalid(
            "This database lies in memory: what the centre acknowledged would end with it.",
            next_step="Give sqlite:///PATH of a file.",
        )
    return parsed


def _in_memory(database: str | None) -> bool:
    """Whether SQLite would keep this in memory, or takes it for a URI that may say so."""
    return not database or database == ":memory:" or database.startswith("file:")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == SQLITE:
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = sa.create_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "tramthe-centre",
            "options": f"-c statement_timeout={STATEMENT_MILLISECONDS}"
            f" -c lock_timeout={LOCK_MILLISECONDS} -c synchronous_commit=on -c timezone=UTC",
        },
    )
    _ask_after_rest(engine)
    return engine


def _ask_after_rest(engine: Engine) -> None:
    """Let a server that was restarted meanwhile cost a new connection, no error.

    As `pool_pre_ping`, without its question before each segment of a busy evening.
    """

    def rests(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_SINCE] = time.monotonic()

    def returns(connection: Any, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        since = record.info.get(_SINCE)
        if since is None or time.monotonic() - since < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    sa.event.listen(engine, "checkin", rests)
    sa.event.listen(engine, "checkout", returns)


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    """Let us begin transactions ourselves; an acknowledged event survives a power cut."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    """Begin; a writer takes its place at once, so that two segments never interleave."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _no_database() -> OfficeInputInvalid:
    return OfficeInputInvalid(
        "This is no address of a database that the centre can use.",
        next_step="Give sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.",
    )


def _unavailable() -> CentreStoreUnavailable:
    return CentreStoreUnavailable(
        "The centre's database cannot be used.",
        next_step="Check its address, its permissions and the free space on its disk.",
    )
