"""Which of the rows that were carved are events, and which of two belongs in a place.

Lives here: choosing, over a table of candidates. Not here: finding them (`carve`), the new log
and its report (`rescue`).

An event proves itself: its hash covers every field, with terminal and epoch. So a row whose hash
holds is an event, wherever it was found; of two whole ones in one place, the one that its
successor follows is the log's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from edge.errors import LogDamaged, WireMalformed
from edge.log.carve import Carved, EventRow
from edge.log.chain import COLUMNS, event_of
from edge.log.epochs import SEQ_BITS, epoch_number, place, span

VALUES = ", ".join("?" * 12)
CANDIDATES = (
    "CREATE TABLE staged.candidate (place INTEGER, hash BLOB, prev BLOB,"
    f" {', '.join(c for c in COLUMNS.split(', ') if c not in ('place', 'hash', 'prev'))},"
    " PRIMARY KEY (place, hash)) WITHOUT ROWID"
)
BACKWARDS = f"SELECT {COLUMNS} FROM candidate ORDER BY place DESC"  # noqa: S608 -- constants

_KEEP = f"INSERT INTO event ({COLUMNS}) VALUES ({VALUES})"  # noqa: S608 -- constants
_KEEP_EPOCH = "INSERT INTO epoch (number, epoch, after) VALUES (?, ?, ?)"
_NUMBERS = f"SELECT DISTINCT place >> {SEQ_BITS} FROM candidate WHERE place > 0"  # noqa: S608 -- constant
_OF_EPOCH = (
    f"SELECT {COLUMNS} FROM candidate"  # noqa: S608 -- constants
    " WHERE place BETWEEN ? AND ? ORDER BY place"
)
_FOLLOWED = "SELECT 1 FROM candidate WHERE place = ? AND hash = ?"
_LINKED = (
    "SELECT e.place FROM event e JOIN event f ON e.hash = f.prev"
    " WHERE f.place = ? AND e.place < f.place"
)


def is_whole(row: EventRow, terminal: str, epoch: str) -> bool:
    """Return whether a row is a whole event of this terminal and epoch."""
    try:
        event = event_of(row, terminal, epoch)
    except (LogDamaged, WireMalformed):
        return False
    return event.computed_hash() == event.hash


class Chooser:
    """Chooses among the candidates, from the last place to the first.

    `names`: the epochs' ids, as far as they are known without a hole; what comes behind a hole
    cannot be placed. `unproven`: places where rows lie and none is whole; `second`: whole events
    in a place where another one belongs.
    """

    def __init__(self, connection: sqlite3.Connection, terminal: str, found: Carved) -> None:
        self._connection = connection
        self._terminal = terminal
        self._epochs = sorted(found.epochs, key=lambda epoch: epoch[:2])
        self.names: list[str] = []
        self.unproven = 0
        self.second = 0
        self._find_names()

    def _find_names(self) -> None:
        numbers = {number for (number,) in self._connection.execute(_NUMBERS)}
        for number in range(max(numbers, default=-1) + 1):
            claimed = [name for at, name, _ in self._epochs if at == number]
            name = self._proven_name(number) if number in numbers else None
            name = name or next(iter(claimed), None)
            if name is None or (number == 0 and not numbers):
                return
            self.names.append(name)

    def _proven_name(self, number: int) -> str | None:
        """Return the id under which some event of the epoch is whole, trying its own first."""
        names = [name for at, name, _ in self._epochs if at == number]
        names += [name for at, name, _ in self._epochs if at != number]
        for row in self._connection.execute(_OF_EPOCH, span(number)):
            for name in names:
                if is_whole(row, self._terminal, name):
                    return name
        return None

    def keep_events(self) -> int:
        """Keep one whole event for each place that has any, and return how many were kept."""
        after: EventRow | None = None
        kept = 0
        for rows in self._places():
            number = epoch_number(rows[0][0])
            name = self.names[number] if 0 <= number < len(self.names) else None
            whole = [row for row in rows if name and is_whole(row, self._terminal, name)]
            if not whole:
                self.unproven += 1
                continue
            chosen = self._choose(whole, after)
            self.second += len(whole) - 1
            self._connection.execute(_KEEP, chosen)
            after = chosen
            kept += 1
        return kept

    def _places(self) -> Iterator[list[EventRow]]:
        rows: list[EventRow] = []
        for row in self._connection.execute(BACKWARDS):
            if rows and rows[0][0] != row[0]:
                yield rows
                rows = []
            rows.append(row)
        if rows:
            yield rows

    def _choose(self, whole: Sequence[EventRow], after: EventRow | None) -> EventRow:
        """Return the event that the next one follows; at an end, one that follows another."""
        if after is not None and after[0] == whole[0][0] + 1:
            return next((row for row in whole if row[9] == after[8]), whole[0])
        for row in whole:
            if self._connection.execute(_FOLLOWED, (row[0] - 1, row[8])).fetchone():
                return row
        return whole[0]

    def keep_epochs(self) -> None:
        """Keep the epochs, each with its link to the one before."""
        for number, name in enumerate(self.names):
            self._connection.execute(_KEEP_EPOCH, (number, name, self._after(number, name)))

    def _after(self, number: int, name: str) -> int | None:
        if number == 0:
            return None
        for at, known, after in self._epochs:
            if (at, known) == (number, name) and after is not None:
                return after
        row = self._connection.execute(_LINKED, (place(number, 1),)).fetchone()
        return place(number - 1, 0) if row is None else int(row[0])
