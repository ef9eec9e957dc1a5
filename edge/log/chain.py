"""Is the log whole: every event hashed again, every link followed, every number in its place.

Lives here: the check, over rows and over a file. Not here: what a broken chain leads to
(`append` locks recording), what a damaged write-ahead log holds (`wal`). What the chain cannot
show by itself, the loss of its newest events, shows against the centre's acknowledgements.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.errors import LogDamaged, WireMalformed
from edge.log import wal
from edge.log.epochs import SEQ_BITS, Epoch, epoch_number, place, seq_of, span
from edge.log.fault import SQLITE_ERRORS
from edge.log.reading import open_to_read
from edge.wire.event import Event, check_epoch, check_terminal, genesis
from edge.wire.kinds import EventKind
from verify.moment import TimeQuality

COLUMNS = "place, kind, at, quality, context, outcome, reason, tag, prev, hash, body, sealed"
CHECKED_AT_START = 64  # events, and acknowledgements
SLICE = 256  # events read at once by the full check

NEWEST = "SELECT MAX(place) FROM event"
RANGE = f"SELECT {COLUMNS} FROM event WHERE place BETWEEN ? AND ? ORDER BY place"  # noqa: S608 -- constant
NOT_HELD = (
    "SELECT a.epoch, a.high_water"  # noqa: S608 -- constants
    " FROM (SELECT * FROM acknowledgement ORDER BY id DESC LIMIT ?) a"
    f" LEFT JOIN event e ON e.place = (a.epoch << {SEQ_BITS}) + a.high_water"
    " WHERE a.high_water > 0"
    " AND (e.place IS NULL OR (a.head IS NOT NULL AND e.hash IS NOT a.head))"
    " ORDER BY a.epoch, a.high_water"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: number and hash of its last event, 0 and the hash before for none."""

    seq: int
    hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a check found. `why` is one sentence.

    `events` were whole before `first_bad_seq`, which is a number of `epoch`; of a file that
    cannot be read as a log, both are None. `epochs` is how many there are.
    """

    ok: bool
    events: int
    first_bad_seq: int | None
    why: str | None
    epoch: str | None = None
    epochs: int = 1

    def __bool__(self) -> bool:
        raise TypeError("ask a LogReport for .ok")


def read_epochs(connection: sqlite3.Connection) -> tuple[str, tuple[Epoch, ...]] | None:
    """Return the terminal and its epochs, oldest first, None for a log not begun yet.

    Raises sqlite3.Error; LogDamaged where the epochs do not follow each other.
    """
    named = connection.execute("SELECT terminal FROM log").fetchone()
    if named is None:
        return None
    rows = connection.execute("SELECT number, epoch, after FROM epoch ORDER BY number").fetchall()
    try:
        terminal = check_terminal(named[0])
        epochs = tuple(Epoch(number, check_epoch(name), after) for number, name, after in rows)
    except WireMalformed as error:
        raise _damaged("The log names no terminal or epoch of the right form.") from error
    for index, epoch in enumerate(epochs):
        follows = epoch.after is None if index == 0 else _is_of(epoch.after, index - 1)
        if epoch.number != index or not follows:
            raise _damaged("The log's epochs do not follow each other.")
    if not epochs:
        raise _damaged("The log names no epoch.")
    return terminal, epochs


def _is_of(after: object, number: int) -> bool:
    return isinstance(after, int) and epoch_number(after) == number


def event_of(row: Sequence[Any], terminal: str, epoch: str) -> Event:
    """Return the event in a row of COLUMNS. Raises LogDamaged."""
    try:
        at_place, kind, at, quality, context, outcome, reason, tag, prev, digest, body, sealed = row
        return Event(
            terminal=terminal,
            epoch=epoch,
            seq=seq_of(at_place),
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
        raise _damaged(f"Event {seq_of(row[0])} of the log has not its form.") from error


def check_rows(rows: Iterable[Sequence[Any]], terminal: str, epoch: str, start: Head) -> LogReport:
    """Return what is found following `rows` (of COLUMNS, in order) of an epoch on from `start`."""
    head = start
    for row in rows:
        why = _fault_of(row, terminal, epoch, head)
        if why is not None:
            return LogReport(False, head.seq, head.seq + 1, why, epoch)
        head = Head(seq_of(row[0]), row[9])
    return LogReport(True, head.seq, None, None, epoch)


def _fault_of(row: Sequence[Any], terminal: str, epoch: str, head: Head) -> str | None:
    if seq_of(row[0]) != head.seq + 1:
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


def start_of(
    connection: sqlite3.Connection, terminal: str, epochs: Sequence[Epoch], number: int
) -> Head:
    """Return what the first event of an epoch has to follow. Raises sqlite3.Error, LogDamaged."""
    after = epochs[number].after
    if after is None:
        return Head(0, genesis(terminal, epochs[number].id))
    if seq_of(after) == 0:
        return Head(0, genesis(terminal, epochs[number - 1].id))
    row = connection.execute("SELECT hash FROM event WHERE place = ?", (after,)).fetchone()
    if row is None:
        raise _damaged("The event that an epoch follows is missing.")
    return Head(0, row[0])


def check_log(
    connection: sqlite3.Connection, pause: Callable[[], None] = lambda: None
) -> LogReport:
    """Check every event of every epoch, and every acknowledged head.

    Reads SLICE events at a time, so that a writer beside it is never held up, and calls `pause`
    in between. Raises sqlite3.Error.
    """
    last = connection.execute(NEWEST).fetchone()[0] or 0
    try:
        found = read_epochs(connection)
        if found is None:
            return LogReport(last == 0, 0, 1 if last else None, "The log has no owner.")
        terminal, epochs = found
        if epoch_number(last) >= len(epochs):
            raise _damaged("The log holds events of an epoch that it does not name.")
        whole = 0
        for epoch in epochs:
            report = _check_epoch(connection, terminal, epochs, epoch, pause)
            if not report.ok:
                return _of_all(report, whole, len(epochs))
            whole += report.events
    except LogDamaged as error:
        return LogReport(False, 0, 1, error.message)
    report = LogReport(True, whole, None, None, epochs[-1].id, len(epochs))
    return _check_acknowledged(connection, report, epochs, None)


def _check_epoch(
    connection: sqlite3.Connection,
    terminal: str,
    epochs: Sequence[Epoch],
    epoch: Epoch,
    pause: Callable[[], None],
) -> LogReport:
    head = start_of(connection, terminal, epochs, epoch.number)
    end = span(epoch.number)[1]
    while True:
        query = (place(epoch.number, head.seq + 1), end, SLICE)
        rows = connection.execute(f"{RANGE} LIMIT ?", query).fetchall()
        if not rows:
            return LogReport(True, head.seq, None, None, epoch.id)
        if head.seq == 0 and (rows[0][1] == EventKind.EPOCH_BEGUN) is (epoch.number == 0):
            why = "The epoch's first event does not say how the epoch began."
            return LogReport(False, 0, 1, why, epoch.id)
        report = check_rows(rows, terminal, epoch.id, head)
        if not report.ok:
            return report
        head = Head(seq_of(rows[-1][0]), rows[-1][9])
        pause()


def _of_all(report: LogReport, before: int, epochs: int) -> LogReport:
    return LogReport(
        report.ok,
        before + report.events,
        report.first_bad_seq,
        report.why,
        report.epoch,
        epochs,
    )


def check_tail(connection: sqlite3.Connection, terminal: str, epochs: Sequence[Epoch]) -> LogReport:
    """Check the last CHECKED_AT_START events and acknowledged heads of the newest epoch.

    Raises sqlite3.Error, LogDamaged.
    """
    epoch = epochs[-1]
    first, end = span(epoch.number)
    last = connection.execute(NEWEST).fetchone()[0] or 0
    if epoch_number(last) > epoch.number:
        raise _damaged("The log holds events of an epoch that it does not name.")
    start = max(first, last - CHECKED_AT_START + 1)
    rows = connection.execute(RANGE, (start, end)).fetchall()
    head = start_of(connection, terminal, epochs, epoch.number)
    if start > first and rows:
        head = Head(seq_of(start) - 1, rows[0][8])
    report = check_rows(rows, terminal, epoch.id, head)
    return (
        _check_acknowledged(connection, report, epochs, CHECKED_AT_START) if report.ok else report
    )


def _check_acknowledged(
    connection: sqlite3.Connection,
    report: LogReport,
    epochs: Sequence[Epoch],
    newest: int | None,
) -> LogReport:
    """Compare the heads that the centre acknowledged: all, or the `newest` so many.

    Of an epoch that another follows, only up to the last common event: beyond it, the centre
    holding something else is why the other began.
    """
    rows = connection.execute(NOT_HELD, (-1 if newest is None else newest,))
    for number, high_water in rows:
        common = epochs[number + 1].after if number + 1 < len(epochs) else None
        if common is None or high_water <= seq_of(common):
            why = f"Event {high_water} is not the one that the centre acknowledged, or is missing."
            named = epochs[number].id if number < len(epochs) else None
            return LogReport(False, report.events, high_water, why, named, len(epochs))
    return report


def verify_file(path: Path, pause: Callable[[], None] = lambda: None) -> LogReport:
    """Check a whole log file without changing it.

    A file that cannot be read as a log gives a report too, never an exception.
    """
    if not path.is_file():
        return LogReport(False, 0, None, "There is no log at this place.")
    try:
        with closing(open_to_read(path)) as connection:
            report = check_log(connection, pause)
            if report.ok and wal.lost_commits(path):
                return LogReport(False, report.events, report.events + 1, wal.WHY, report.epoch)
            return report
    except LogDamaged as error:
        return LogReport(False, 0, None, error.message)
    except (*SQLITE_ERRORS, OSError) as error:
        return LogReport(False, 0, None, f"The file cannot be read as a log ({error}).")


def _damaged(message: str) -> LogDamaged:
    return LogDamaged(message, next_step="Keep the file as it is and run `tramthe log verify`.")
