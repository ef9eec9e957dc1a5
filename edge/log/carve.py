"""Rows of a log found in bytes: the file, its write-ahead log, or a whole medium's image.

Lives here: from pages to rows that look like a log's, wherever they lie. Not here: the file
format (`pages`), which rows are true (`rescue`: an event proves itself by its hash).

No table is walked, since the page that leads to others may be the damaged one: every page that
looks like a leaf is read. Where the bytes do not begin as a database, they are taken for an image
in which the file's pages lie somewhere, each whole.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.errors import WireMalformed
from edge.log import pages
from edge.log.pages import MAGIC, Bytes, Fetch, Row, Value
from edge.wire import canonical
from edge.wire.ack import Ack
from edge.wire.kinds import EventKind

MAX_BASES = 64  # places in an image where a database begins
EventRow = tuple[Any, ...]
"""A row of `edge.log.chain.COLUMNS`, nothing checked but the kind."""

_REST = 10  # columns of an event besides its place and kind
_KINDS = frozenset(kind.value for kind in EventKind)


@dataclass(slots=True)
class Carved:
    """What was found besides events."""

    terminals: set[str] = field(default_factory=set)
    epochs: set[tuple[int, str, int | None]] = field(default_factory=set)
    """Number, id, place of the last common event."""
    acknowledgements: set[tuple[int, int, bytes | None, str, str]] = field(
        default_factory=set, repr=False
    )
    """Epoch's number, high water, head, payload, compact."""
    pages: int = 0
    """Pages that were looked at."""


def carve(path: Path, take: Callable[[EventRow], None]) -> Carved:
    """Return what the bytes at `path`, and a write-ahead log beside it, hold.

    `take` is given each row that looks like an event, in no order and some more than once.
    Raises OSError.
    """
    found = Carved()
    with ExitStack() as stack:
        data = _mapped(path, stack)
        side = path.with_name(path.name + "-wal")
        wal = _mapped(side, stack) if side.is_file() else b""
        size = pages.page_size(bytes(data[: pages.HEADER_SIZE]))
        framed = {frame.page: frame.at for frame in pages.frames(wal, size)} if wal else {}
        bases = _bases(data, size)

        def in_wal(number: int) -> bytes | None:
            at = framed.get(number)
            return None if at is None else bytes(wal[at : at + size])

        for page, first, fetch in _pages(data, size, bases):
            found.pages += 1
            _sort(page, first, (fetch, in_wal), found, take)
        for frame in pages.frames(wal, size) if wal else ():
            found.pages += 1
            page = bytes(wal[frame.at : frame.at + size])
            _sort(page, frame.page == 1, (in_wal, _from(data, 0, size)), found, take)
    return found


def _mapped(path: Path, stack: ExitStack) -> Bytes:
    file = stack.enter_context(path.open("rb"))
    if file.seek(0, 2) == 0:
        return b""
    return stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _bases(data: Bytes, size: int) -> list[int]:
    """Return where a database begins in an image, [0] for a file that is one or is too damaged."""
    if data[: len(MAGIC)] == MAGIC:
        return [0]
    bases: list[int] = []
    at = data.find(MAGIC)
    while at >= 0 and len(bases) < MAX_BASES:
        if at % size == 0:
            bases.append(at)
        at = data.find(MAGIC, at + 1)
    return bases or [0]


def _pages(data: Bytes, size: int, bases: list[int]) -> Iterator[tuple[bytes, bool, Fetch]]:
    """Yield every page, whether a database begins with it, and how pages beside it are found."""
    base = 0
    for at in range(0, len(data) - size + 1, size):
        page = bytes(data[at : at + size])
        first = at in bases or at == 0
        base = at if first else base
        yield page, first, _from(data, base, size)


def _from(data: Bytes, base: int, size: int) -> Fetch:
    def fetch(number: int) -> bytes | None:
        at = base + (number - 1) * size
        page = bytes(data[at : at + size]) if number > 0 else b""
        return page if len(page) == size else None

    return fetch


def _sort(
    page: bytes,
    first: bool,
    ways: Sequence[Fetch],
    found: Carved,
    take: Callable[[EventRow], None],
) -> None:
    """Sort the rows of a page by the columns of the log's tables, of whatever schema."""
    for fetch in ways:
        for row in pages.rows(page, fetch, first=first):
            match row.values:
                case (None, str() as kind, *rest) if len(rest) == _REST and kind in _KINDS:
                    take((row.key, *row.values[1:]))
                case _:
                    _keep(row, found)


def _keep(row: Row, found: Carved) -> None:
    match row.values:
        case (None, str() as terminal, str() as epoch) if len(epoch) == 32:
            found.terminals.add(terminal)
            found.epochs.add((0, epoch, None))
        case (None, str() as epoch, None | int() as after) if len(epoch) == 32 and row.key >= 0:
            found.epochs.add((row.key, epoch, after))
        case (None, str() as terminal) | (None, str() as terminal, int()):
            found.terminals.add(terminal)
        case (None, int(), None | bytes(), str(), str(), *_):
            _keep_acknowledgement(row.values, found)


def _keep_acknowledgement(values: tuple[Value, ...], found: Carved) -> None:
    _, high_water, head, payload, compact = values[:5]
    number = values[5] if len(values) > 5 else 0
    if (
        isinstance(number, int)
        and isinstance(high_water, int)
        and (head is None or isinstance(head, bytes))
        and isinstance(payload, str)
        and isinstance(compact, str)
    ):
        try:
            ack = Ack.from_payload(canonical.decode(payload.encode()), compact)
        except WireMalformed:
            return
        found.acknowledgements.add((number, high_water, head, payload, compact))
        found.terminals.add(ack.terminal)
        found.epochs.add((number, ack.epoch, None))
