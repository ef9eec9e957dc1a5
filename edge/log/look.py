"""A log looked at by a person: rows one by one, whatever is wrong with some, and sums.

Lives here: reading a log file without being its terminal. Not here: printing (the command line),
the check (`chain`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import LogDamaged
from edge.log.chain import RANGE, event_of, read_epochs
from edge.log.epochs import Epoch, seq_of, span
from edge.log.fault import SQLITE_ERRORS
from edge.log.keys import KeyFiles, Keyring
from edge.log.read import LogReader
from edge.log.reading import open_to_read
from edge.log.view import LogView
from edge.wire.event import Event

SLICE = 256  # events read at once
LOCAL_DAY = "+7 hours"
"""Asia/Ho_Chi_Minh, as a modifier of SQLite's dates; without daylight saving since 1975."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that has not its form."""

    epoch: str
    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class EpochSums:
    """One epoch in numbers. `acknowledged` is the centre's high water."""

    epoch: str
    events: int
    last: int
    acknowledged: int

    @property
    def unsent(self) -> int:
        """Return how many events wait for their acknowledgement."""
        return max(0, self.last - self.acknowledged)


@dataclass(frozen=True, slots=True)
class Sums:
    """A log in numbers, without a name in them. Days are those of Viet Nam."""

    terminal: str
    epochs: tuple[EpochSums, ...]
    kinds: Mapping[str, int]
    outcomes: Mapping[str, int]
    """By kind and outcome, `check-in ADMITTED`."""
    days: Mapping[str, int]
    qualities: Mapping[str, int]
    contexts: int
    open_contexts: int
    keys: int
    """Contexts whose key lives on this disk."""


class Look:
    """An opened log. Each method raises LogDamaged where the file cannot be read on."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        terminal: str,
        epochs: tuple[Epoch, ...],
        wrap_key: bytes | None,
    ) -> None:
        self.terminal = terminal
        self.epochs = epochs
        self._files = KeyFiles(path)
        self._connection = connection
        ring = Keyring(self._files, wrap_key, terminal)
        self.view = LogView(terminal, ring, LogReader(connection, terminal, epochs))

    def events(self, epoch: Epoch, after: int = 0) -> Iterator[Event | Unreadable]:
        """Yield the events of an epoch above number `after`, oldest first."""
        first, end = span(epoch.number)
        at = first - 1 + after
        while True:
            rows = self._all(f"{RANGE} LIMIT ?", (at + 1, end, SLICE))
            for row in rows:
                try:
                    yield event_of(row, self.terminal, epoch.id)
                except LogDamaged as error:
                    yield Unreadable(epoch.id, seq_of(row[0]), error.message)
            if len(rows) < SLICE:
                return
            at = rows[-1][0]

    def sums(self) -> Sums:
        """Return the log in numbers."""
        contexts = self._all("SELECT COUNT(*), COUNT(*) - COUNT(closed) FROM context", ())[0]
        return Sums(
            terminal=self.terminal,
            epochs=tuple(self._sums_of(epoch) for epoch in self.epochs),
            kinds=self._counts("kind"),
            outcomes=self._counts("kind || ' ' || outcome"),
            days=self._counts(f"date(at, '{LOCAL_DAY}')"),
            qualities=self._counts("quality"),
            contexts=contexts[0],
            open_contexts=contexts[1],
            keys=len(self._files.contexts()),
        )

    def _sums_of(self, epoch: Epoch) -> EpochSums:
        query = "SELECT COUNT(*), MAX(place) FROM event WHERE place BETWEEN ? AND ?"
        events, last = self._all(query, span(epoch.number))[0]
        acked = self._all(
            "SELECT high_water FROM acknowledgement WHERE epoch = ? ORDER BY id DESC LIMIT 1",
            (epoch.number,),
        )
        return EpochSums(epoch.id, events, seq_of(last or 0), acked[0][0] if acked else 0)

    def _counts(self, what: str) -> dict[str, int]:
        query = f"SELECT {what}, COUNT(*) FROM event WHERE {what} IS NOT NULL GROUP BY 1 ORDER BY 1"  # noqa: S608 -- constants
        return dict(self._all(query, ()))

    def _all(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except SQLITE_ERRORS as error:
            raise LogDamaged(
                f"The log cannot be read on ({error}).",
                next_step="Keep it as it is and run `tramthe log rescue`.",
            ) from error


@contextmanager
def look_at(path: Path, wrap_key: bytes | None = None) -> Iterator[Look]:
    """Open a log file to look at, unchanged, also beside a terminal that writes to it.

    `wrap_key`: the terminal's own 32 bytes, to open bodies with. Raises LogDamaged; SealBroken
    for a wrap key of another size.
    """
    try:
        connection = open_to_read(path)
    except SQLITE_ERRORS as error:
        raise _no_log(f"This is not a terminal's log ({error}).") from error
    with closing(connection):
        try:
            named = read_epochs(connection)
        except SQLITE_ERRORS as error:
            raise _no_log(f"This is not a terminal's log ({error}).") from error
        if named is None:
            raise _no_log("This is not a terminal's log: it names no terminal.")
        yield Look(path, connection, *named, wrap_key)


def _no_log(message: str) -> LogDamaged:
    return LogDamaged(
        message,
        next_step="Give log.sqlite of a terminal. If this is one, it is damaged: keep it as it is"
        " and run `tramthe log rescue`.",
    )
