"""Opening a log only to read it: beside its writer, from a read-only disk, of an older schema.

Not here: rows (`read`, `chain`), opening for writing (`file`).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from edge.errors import LogDamaged
from edge.log import migrations
from edge.log.fault import SQLITE_ERRORS


def open_read_only(path: Path) -> sqlite3.Connection:
    """Return a connection that never writes. Raises sqlite3.Error."""
    return _connect(path, "mode=ro")


def open_immutable(path: Path) -> sqlite3.Connection:
    """Read a file in a folder where not even SQLite's side files can be made.

    What stands in the write-ahead log is not seen. Raises sqlite3.Error.
    """
    return _connect(path, "mode=ro&immutable=1")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection to the whole log, at this program's schema, that changes no file.

    An older schema is brought up to date in a copy of its own that vanishes with the connection.
    Raises sqlite3.Error where the file cannot be read as a log; LogDamaged where a newer program
    wrote it, or where its write-ahead log cannot be read from here.
    """
    connection = open_any_form(path)
    try:
        db = migrations.database(connection)
        if migrations.is_newer(db):
            raise LogDamaged(
                "The log was written by a newer program.",
                next_step="Use that version of the program, or a later one.",
            )
        if migrations.is_older(db):
            return _brought_up_to_date(connection)
    except (*SQLITE_ERRORS, LogDamaged):
        connection.close()
        raise
    return connection


def open_any_form(path: Path) -> sqlite3.Connection:
    """Return a connection to a whole database, in whatever form it is, that changes no file.

    Raises sqlite3.Error; LogDamaged where its write-ahead log cannot be read from here.
    """
    connection = open_read_only(path)
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
            raise LogDamaged(
                "The log was being made when the power went, and is not finished.",
                next_step="Start the terminal: it finishes the log by itself.",
            ) from error
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN:
            raise
        side = path.with_name(path.name + "-wal")
        if side.exists() and side.stat().st_size:
            raise LogDamaged(
                "The log's newest events cannot be read from a folder that is read-only.",
                next_step=f"Copy {path.name} and {side.name} to a folder that can be written.",
            ) from error
        return open_immutable(path)
    except SQLITE_ERRORS:
        connection.close()
        raise
    return connection


def _brought_up_to_date(connection: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    try:
        with closing(connection):
            connection.backup(copy)
        migrations.bring_up_to_date(migrations.database(copy))
    except SQLITE_ERRORS:
        copy.close()
        raise
    return copy


def _connect(path: Path, how: str) -> sqlite3.Connection:
    if path.exists() and path.stat().st_size == 0:
        # SQLite would take the write-ahead log beside it for a leftover, and remove it.
        raise sqlite3.DatabaseError("the file is empty")
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
