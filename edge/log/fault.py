"""Why the log takes no event: stable codes, the sentence of each, and SQLite's errors as codes.

Not here: what the screens say (`edge.web`).
"""

from __future__ import annotations

import sqlite3
from enum import StrEnum, unique

from edge.errors import RecordingLocked


@unique
class LogFault(StrEnum):
    """A reason for locked recording. A code never changes its meaning."""

    DISK_FULL = "LOG_DISK_FULL"
    READ_ONLY = "LOG_READ_ONLY"
    DISK_FAILING = "LOG_DISK_FAILING"
    CHAIN_BROKEN = "LOG_CHAIN_BROKEN"
    KEY_MISSING = "LOG_KEY_MISSING"
    NEWER_PROGRAM = "LOG_NEWER_PROGRAM"
    OTHER_TERMINAL = "LOG_OTHER_TERMINAL"
    NOT_DURABLE = "LOG_NOT_DURABLE"
    IN_USE = "LOG_IN_USE"
    CLOSED = "LOG_CLOSED"
    WIPED = "LOG_WIPED"


TRANSIENT = frozenset({LogFault.DISK_FULL, LogFault.READ_ONLY, LogFault.DISK_FAILING})
"""May pass without a restart; every other fault stays until the log is opened again."""

_SENTENCES = {
    LogFault.DISK_FULL: (
        "The disk is full, so nothing can be recorded.",
        "Free space on the terminal's disk; recording goes on by itself.",
    ),
    LogFault.READ_ONLY: (
        "The log cannot be written: its file or folder is read-only.",
        "Make the data folder writable for the service.",
    ),
    LogFault.DISK_FAILING: (
        "The disk refuses to read or write the log.",
        "Save the log file to another disk and replace the terminal's card.",
    ),
    LogFault.CHAIN_BROKEN: (
        "The log is not whole: an event was altered or is missing.",
        "Keep the file as it is, run `tramthe log verify`, and call the technician.",
    ),
    LogFault.KEY_MISSING: (
        "The key of this meeting's records does not open with this terminal's key.",
        "Restore the terminal's identity folder, or call the technician.",
    ),
    LogFault.NEWER_PROGRAM: (
        "The log was written by a newer program.",
        "Install that version again, or a later one.",
    ),
    LogFault.OTHER_TERMINAL: (
        "The log belongs to another terminal.",
        "Give this terminal its own data folder.",
    ),
    LogFault.NOT_DURABLE: (
        "The log would lie in memory, or in a layer that a restart throws away.",
        "Put the state folder on a disk, or set `volatile_state` to try the terminal out.",
    ),
    LogFault.IN_USE: (
        "Another process is writing this log.",
        "Stop the other terminal service and start this one again.",
    ),
    LogFault.CLOSED: (
        "The log was closed because the service is stopping.",
        "Start the terminal's service again.",
    ),
    LogFault.WIPED: (
        "This terminal was wiped by the office's order: its keys are destroyed.",
        "Take it to the office. To set it up anew, remove its state folder first.",
    ),
}
_CODES = {
    sqlite3.SQLITE_FULL: LogFault.DISK_FULL,
    sqlite3.SQLITE_READONLY: LogFault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: LogFault.READ_ONLY,
    sqlite3.SQLITE_PERM: LogFault.READ_ONLY,
    sqlite3.SQLITE_AUTH: LogFault.READ_ONLY,
    sqlite3.SQLITE_ERROR: LogFault.CHAIN_BROKEN,  # the schema is not as it was made
    sqlite3.SQLITE_CORRUPT: LogFault.CHAIN_BROKEN,
    sqlite3.SQLITE_NOTADB: LogFault.CHAIN_BROKEN,
    sqlite3.SQLITE_CONSTRAINT: LogFault.CHAIN_BROKEN,
    sqlite3.SQLITE_BUSY: LogFault.IN_USE,
    sqlite3.SQLITE_LOCKED: LogFault.IN_USE,
}


SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What the module raises; the second where a damaged schema makes its own message unreadable."""


def of_sqlite(error: Exception) -> LogFault:
    """Return the fault that an error of SQLite (SQLITE_ERRORS) means for recording."""
    if isinstance(error, sqlite3.ProgrammingError):  # the connection was closed meanwhile
        return LogFault.DISK_FAILING
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # text that is none: raised by the module, not by SQLite
        return LogFault.CHAIN_BROKEN
    primary = code & 0xFF
    return _CODES.get(primary, LogFault.DISK_FAILING)


def locked(fault: LogFault) -> RecordingLocked:
    """Return the error that says so and what to do."""
    message, next_step = _SENTENCES[fault]
    return RecordingLocked(message, next_step=next_step, fault=fault.value)
