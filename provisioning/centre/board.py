"""Numbers that the processes of one centre share: each writes its own row, whoever asks reads all.

Lives here: memory that is shared by being there before the processes are made. Not here: what the
numbers mean (`metrics`).

A row belongs to a place, not to a process: whoever is started anew in a place counts on, so that
no sum ever goes back while the centre stands.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Sequence

_SIZE = 8  # bytes of a number


class Board:
    """`places` rows of `columns` numbers, all 0. Made before the processes that share it."""

    def __init__(self, places: int, columns: int) -> None:
        self.places = places
        self._columns = columns
        self._numbers = memoryview(mmap.mmap(-1, places * columns * _SIZE)).cast("d")

    def row(self, place: int) -> Sequence[float]:
        """Return what stands in a place now."""
        start = place * self._columns
        return self._numbers[start : start + self._columns].tolist()

    def total(self, column: int) -> float:
        """Return the sum over all places."""
        return sum(self._numbers[column :: self._columns].tolist())

    def writer(self, place: int) -> Writer:
        """Return the way to write in a place, for one process at a time."""
        start = place * self._columns
        return Writer(self._numbers[start : start + self._columns])


class Writer:
    """Writes one row, from any thread of one process."""

    def __init__(self, row: memoryview[float]) -> None:
        self._row = row
        self._lock = threading.Lock()

    def add(self, column: int, more: float = 1.0) -> None:
        """Add to a number."""
        with self._lock:
            self._row[column] += more

    def put(self, column: int, number: float) -> None:
        """Replace a number."""
        with self._lock:
            self._row[column] = number
