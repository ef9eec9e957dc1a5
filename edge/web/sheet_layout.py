"""Which rows of a closing sheet go on which page of paper.

Lives here: an estimate of heights from text, and the choice of page breaks. Not here: the page
itself (`sheet_page`), sizes of type and rows (the style sheets, of which the numbers here speak).

The estimate errs to the large side: a page that it fills has room left. Where it should err, the
browser breaks the table itself and repeats its head. The place to sign is never alone on a page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

PAGE = 275.0  # mm between the margins of A4 (11 mm above, 10 mm below), less one to be safe
WIDTH = 184.0  # mm
TABLE_HEAD = 5.4  # mm
TURN = 6.0  # mm: the line that ends a page with others to come
KEPT = 20  # rows that stay for the page with the signatures, where there are more pages

_MM_PER_POINT = 25.4 / 72
_LETTERS = (
    (23, " '"), (27, "iljI"), (30, ".:,;"), (39, "fr"), (44, "t()"), (51, "sz/J"), (55, "k"),
    (58, "hnuvxy"), (61, "ce-"), (63, "EFLS"), (65, "abdgopqPT"), (66, "0123456789YZ"),
    (68, "BKR–"), (72, "HUVX"), (73, "DN"), (74, "A"), (78, "CG"), (83, "OQ"), (85, "M"),
    (89, "mw"),
)  # fmt: skip
_WIDTHS = {letter: width / 100 for width, letters in _LETTERS for letter in letters}
"""Parts of the size of type: Be Vietnam Pro and Tram The So, regular."""
_BOLD = 1.04
_UNKNOWN = 1.1
_STROKES = str.maketrans({"đ": "d", "Đ": "D", "ƀ": "b", "Ƀ": "B"})


@dataclass(frozen=True, slots=True)
class Band:
    """Rows `first` to `last` (counted from 0, `last` not included), which stand on one page.

    They stand in columns of `rows` rows, the last one perhaps shorter.
    """

    first: int
    last: int
    rows: int

    @property
    def columns(self) -> tuple[tuple[int, int], ...]:
        """Return (first, last) of each column, at least one."""
        starts = (
            range(self.first, self.last, self.rows) if self.last > self.first else (self.first,)
        )
        return tuple((start, min(start + self.rows, self.last)) for start in starts)


def text_lines(text: str, width: float, points: float, *, bold: bool = False) -> int:
    """Return in how many lines a text of this size stands in `width` mm, at least one."""
    room = width / (points * _MM_PER_POINT * (_BOLD if bold else 1))
    lines, used = 1, 0.0
    for word in text.split(" "):
        wide = _wide(word)
        if used and used + _WIDTHS[" "] + wide > room:
            lines, used = lines + 1, 0.0
        used += wide + (_WIDTHS[" "] if used else 0.0)
        while used > room:  # a word longer than the line is broken
            lines, used = lines + 1, used - room
    return lines


def bands(heights: Sequence[float], *, columns: int, head: float, foot: float) -> tuple[Band, ...]:
    """Return the bands of rows of these heights in mm, one a page, at least one.

    `head` stands above the rows of the first page, `foot` below those of the last.
    """
    found: list[Band] = []
    first, total = 0, len(heights)
    while True:
        room = PAGE - TABLE_HEAD - (0.0 if found else head)
        last = _fill(heights, first, room - foot, columns)
        if last == total:
            return (*found, _band(first, total, columns))
        last = _fill(heights, first, room - TURN, columns)
        kept = min(KEPT, (total - first) // 2)
        last = max(first + 1, min(last, total - kept))
        found.append(_band(first, last, columns))
        first = last


def _fill(heights: Sequence[float], first: int, room: float, columns: int) -> int:
    """Return up to which row the rows from `first` on fit."""
    last = first
    while last < len(heights) and _height(heights, _band(first, last + 1, columns)) <= room:
        last += 1
    return last


def _band(first: int, last: int, columns: int) -> Band:
    return Band(first, last, max(1, -(-(last - first) // columns)))


def _height(heights: Sequence[float], band: Band) -> float:
    return max(sum(heights[first:last]) for first, last in band.columns)


def _wide(word: str) -> float:
    letters = unicodedata.normalize("NFD", word.translate(_STROKES))
    return sum(_WIDTHS.get(c, _UNKNOWN) for c in letters if not unicodedata.combining(c))
