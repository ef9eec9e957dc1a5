"""Is the log whole: every event hashed again, every link followed, every number in its place.

Lives here: the check, over rows and over a file. Not here: what a broken chain leads to
(`append` locks recording). What the chain cannot show by itself, the loss of its newest events,
shows against the centre's acknowledgements.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.errors import LogDamaged, WireMalformed
from edge.wire.event import Event, EventKind, genesis
from verify.moment import TimeQuality

COLUMNS = "seq, kind, at, quality, context, outcome, reason, tag, prev, hash, body, sealed"
CHECKED_AT_START = 64  # events


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: number and hash of its last event, 0 and the genesis hash for none."""

    seq: int
    hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a check found. `events` were whole before `first_bad_seq`; `why` is one sentence."""

    ok: bool
    events: int
    first_bad_seq: int | None
    why: str | None

    def __bool__(self) -> bool:
        raise TypeError("ask a LogReport for .ok")


def event_of(row: Sequence[Any], terminal: str, epoch: str) -> Event:
    """Return the event in a row of COLUMNS. Raises LogDamaged."""
    try:
        seq, kind, at, quality, context, outcome, reason, tag, prev, digest, body, sealed = row
        return Event(
            terminal=terminal,
            epoch=epoch,
            seq=seq,
            kind=EventKind(kind),
            at=at,
            quality=TimeQuality(quality),
            context=context,
            outcome=outcome,
            reason=reason,
            tag=tag,
            body=body,
            sealed=sealed,
            prev=prev,
            hash=digest,
        )
    except (WireMalformed, ValueError, TypeError) as error:
        raise LogDamaged(
            f"Event {row[0]} of the log has not its form.",
            next_step="Keep the file as it is and run `tramthe log verify`.",
        ) from error


def check_rows(rows: Iterable[Sequence[Any]], terminal: str, epoch: str, start: Head) -> LogReport:
    """Return what is found following `rows` (of COLUMNS, in order) on from `start`."""
    head = start
    for row in rows:
        why = _fault_of(row, terminal, epoch, head)
        if why is not None:
            return LogReport(False, head.seq, head.seq + 1, why)
        head = Head(row[0], row[9])
    return LogReport(True, head.seq, None, None)


def _fault_of(row: Sequence[Any], terminal: str, epoch: str, head: Head) -> str | None:
    if row[0] != head.seq + 1:
        return f"Event {head.seq + 1} is missing."
    try:
        event = event_of(row, terminal, epoch)
    except LogDamaged as error:
        return error.message
    if event.computed_hash() != event.hash:
        return f"Event {event.seq} was altered: its hash does not fit."
    if event.prev != head.hash:
        return f"Event {event.seq} does not follow from the one before it."
    return None


def check_log(connection: sqlite3.Connection) -> LogReport:
    """Check every event and every acknowledged head. Raises sqlite3.Error."""
    named = connection.execute("SELECT terminal, epoch FROM log").fetchone()
    if named is None:
        return LogReport(True, 0, None, None)
    terminal, epoch = named
    rows = connection.execute(f"SELECT {COLUMNS} FROM event ORDER BY seq")  # noqa: S608 -- constant
    report = check_rows(rows, terminal, epoch, Head(0, genesis(terminal, epoch)))
    return _check_acknowledged(connection, report) if report.ok else report


def check_tail(connection: sqlite3.Connection, terminal: str, epoch: str) -> LogReport:
    """Check the last CHECKED_AT_START events and the acknowledged heads. Raises sqlite3.Error."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM event ORDER BY seq DESC LIMIT ?",  # noqa: S608 -- constant
        (CHECKED_AT_START,),
    ).fetchall()[::-1]
    start = Head(0, genesis(terminal, epoch))
    if rows and rows[0][0] > 1 and len(rows) == CHECKED_AT_START:
        start = Head(rows[0][0] - 1, rows[0][8])
    report = check_rows(rows, terminal, epoch, start)
    return _check_acknowledged(connection, report) if report.ok else report


def _check_acknowledged(connection: sqlite3.Connection, report: LogReport) -> LogReport:
    row = connection.execute(
        "SELECT MIN(a.high_water) FROM acknowledgement a"
        " LEFT JOIN event e ON e.seq = a.high_water WHERE a.high_water > 0"
        " AND (e.seq IS NULL OR (a.head IS NOT NULL AND e.hash IS NOT a.head))"
    ).fetchone()
    if row[0] is None:
        return report
    why = f"Event {row[0]} is not the one that the centre acknowledged, or is missing."
    return LogReport(False, report.events, row[0], why)


def verify_file(path: Path) -> LogReport:
    """Check a whole log file without changing it.

    A file that cannot be read as a log gives a report too, never an exception.
    """
    if not path.is_file():
        return LogReport(False, 0, None, "There is no log at this place.")
    try:
        with closing(open_read_only(path)) as connection:
            return check_log(connection)
    except sqlite3.Error as error:
        return LogReport(False, 0, None, f"The file cannot be read as a log ({error}).")


def open_read_only(path: Path) -> sqlite3.Connection:
    """Return a connection that never writes. Raises sqlite3.Error."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
