"""A new log out of what a damaged file, or the image of a dead medium, still holds.

Lives here: the new file and the report on it. Not here: reading bytes (`carve`, `pages`), which
of the rows are events (`choose`). The source is only ever read; what is missing stays missing. The
centre's word on receipts is not looked for: the terminal asks for it again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import CopyFailed, LogDamaged
from edge.log import migrations
from edge.log.carve import Carved, EventRow, carve
from edge.log.chain import COLUMNS, verify_file
from edge.log.choose import BACKWARDS, CANDIDATES, VALUES, Chooser, is_whole
from edge.log.contexts import rebuild_contexts
from edge.log.epochs import seq_of, span
from edge.log.fault import SQLITE_ERRORS
from edge.wire import canonical
from edge.wire.ack import Ack

_STAGE = f"INSERT OR IGNORE INTO candidate ({COLUMNS}) VALUES ({VALUES})"  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class RescuedEpoch:
    """What was found of one epoch. `missing`: runs of numbers, both ends included."""

    epoch: str
    events: int
    last: int
    acknowledged: int
    missing: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RescueReport:
    """What a rescue found. `whole`: nothing is known to be missing.

    `unproven`: places where only damaged events lie, or whose epoch's id was not found; `second`:
    whole events in a place where another one belongs.
    """

    terminal: str
    epochs: tuple[RescuedEpoch, ...]
    pages: int
    unproven: int
    second: int
    whole: bool

    @property
    def events(self) -> int:
        """Return how many events the new log holds."""
        return sum(epoch.events for epoch in self.epochs)

    def to_object(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "terminal": self.terminal,
            "events": self.events,
            "whole": self.whole,
            "pages": self.pages,
            "unproven": self.unproven,
            "second": self.second,
            "epochs": [
                {
                    "epoch": one.epoch,
                    "events": one.events,
                    "last": one.last,
                    "acknowledged": one.acknowledged,
                    "missing": [list(run) for run in one.missing],
                }
                for one in self.epochs
            ],
        }


def rescue(
    source: Path, target: Path, *, terminal: str | None = None, epoch: str | None = None
) -> RescueReport:
    """Write what `source` still holds to a new log at `target` and return what is missing.

    `terminal` and `epoch` (the first one's id) help where the source no longer names them. The
    new log is marked as a copy: put back, it goes on in an epoch of its own. Raises LogDamaged
    where nothing was found, CopyFailed where `target` exists or cannot be written; OSError.
    """
    if target.exists():
        raise CopyFailed(
            f"There is a file at {target} already.", next_step="Name a new file for the result."
        )
    half, staged = (target.with_name(f".{target.name}.{part}") for part in ("new", "rows"))
    try:
        for file in (half, staged):
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with closing(sqlite3.connect(half, isolation_level=None)) as connection:
            connection.execute("ATTACH ? AS staged", (str(staged),))
            report = _fill(connection, source, terminal, epoch)
        half.replace(target)
    except SQLITE_ERRORS as error:
        raise CopyFailed(
            f"The rescued log could not be written ({error}).",
            next_step="Free space where it is to be, or name a file on another disk.",
        ) from error
    finally:
        for left in (half, staged):
            left.unlink(missing_ok=True)
            left.with_name(f"{left.name}-journal").unlink(missing_ok=True)
    return report if verify_file(target).ok else _not_whole(report)


def _fill(
    connection: sqlite3.Connection, source: Path, terminal: str | None, epoch: str | None
) -> RescueReport:
    migrations.bring_up_to_date(migrations.database(connection))
    connection.execute("BEGIN")
    connection.execute(CANDIDATES)

    def stage(row: EventRow) -> None:
        try:
            connection.execute(_STAGE, row)
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError):
            return

    found = carve(source, stage)
    if epoch is not None:
        found.epochs.add((0, epoch, None))
    owner = terminal or _owner(connection, found)
    chooser = Chooser(connection, owner, found)
    names = chooser.names
    if not chooser.keep_events():
        raise LogDamaged(
            "No event of a log was found here.",
            next_step="Give the file log.sqlite, or an image of the medium that held it. Where the"
            " file no longer names its terminal and epoch, give them.",
        )
    chooser.keep_epochs()
    _keep_acknowledgements(connection, owner, names, found)
    rebuild_contexts(connection)
    connection.execute(f"INSERT INTO receipt (place, hash) {migrations.RECEIPTS}")
    connection.execute("INSERT INTO log (one, terminal, copied) VALUES (1, ?, 1)", (owner,))
    epochs = tuple(_epoch(connection, number, name) for number, name in enumerate(names))
    connection.execute("COMMIT")
    return RescueReport(
        terminal=owner,
        epochs=epochs,
        pages=found.pages,
        unproven=chooser.unproven,
        second=chooser.second,
        whole=not chooser.unproven and not any(one.missing for one in epochs),
    )


def _owner(connection: sqlite3.Connection, found: Carved) -> str:
    """Return the terminal under which the most of some rows are whole events."""
    rows = connection.execute(f"{BACKWARDS} LIMIT 1000").fetchall()
    ids = {epoch for _, epoch, _ in found.epochs}

    def proven(terminal: str) -> int:
        return sum(any(is_whole(row, terminal, epoch) for epoch in ids) for row in rows)

    return max(sorted(found.terminals), key=proven, default="")


def _keep_acknowledgements(
    connection: sqlite3.Connection, terminal: str, names: Sequence[str], found: Carved
) -> None:
    for number, high_water, head, payload, compact in sorted(
        found.acknowledgements, key=lambda row: row[:2]
    ):
        ack = Ack.from_payload(canonical.decode(payload.encode()), compact)
        if number < len(names) and (ack.terminal, ack.epoch) == (terminal, names[number]):
            connection.execute(
                "INSERT INTO acknowledgement (epoch, high_water, head, payload, compact)"
                " VALUES (?, ?, ?, ?, ?)",
                (number, high_water, head, payload, compact),
            )


def _epoch(connection: sqlite3.Connection, number: int, name: str) -> RescuedEpoch:
    acked = connection.execute(
        "SELECT MAX(high_water) FROM acknowledgement WHERE epoch = ?", (number,)
    ).fetchone()[0]
    follower = connection.execute(
        "SELECT after FROM epoch WHERE number = ?", (number + 1,)
    ).fetchone()
    missing: list[tuple[int, int]] = []
    events = last = 0
    for (at,) in connection.execute(
        "SELECT place FROM event WHERE place BETWEEN ? AND ? ORDER BY place", span(number)
    ):
        if seq_of(at) > last + 1:
            missing.append((last + 1, seq_of(at) - 1))
        last = seq_of(at)
        events += 1
    known = seq_of(follower[0]) if follower else acked or 0
    if known > last:
        missing.append((last + 1, known))
    return RescuedEpoch(name, events, last, acked or 0, tuple(missing))


def _not_whole(report: RescueReport) -> RescueReport:
    return RescueReport(
        report.terminal, report.epochs, report.pages, report.unproven, report.second, False
    )
