"""Files cut short and flipped bits: recording locks and keeps every byte, or nothing is lost.

Lives here: the sweep over offsets. Not here: what is left of such a file (`edge.log.rescue`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from edge.errors import RecordingLocked
from edge.log.pages import FRAME_HEADER_SIZE, PAGE_SIZE
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from tests.edge.log.made import check_in, copy_log, fill, make_log, moment
from tests.torture.disk import refusal

EVENTS = 40
FRAME = FRAME_HEADER_SIZE + PAGE_SIZE


def make(folder: Path) -> tuple[Path, Path, tuple[Event, ...]]:
    """Return a log closed in good order, one as a power cut leaves it, and the events of both."""
    log = make_log(folder / "log.sqlite")
    fill(log, EVENTS - 3)
    for number in range(2):
        log.append(EventKind.FAULT, context=None, at=moment(number), reason="CLOCK_BEHIND")
    events = log.events()
    cut = copy_log(log.path, folder / "cut.sqlite")
    log.close()
    return log.path, cut, events


def sweep(folder: Path, step: int) -> Counter[str]:
    """Damage copies of both logs at every `step`th place; return how each came out."""
    folder.mkdir()
    closed, cut, events = make(folder)
    outcomes: Counter[str] = Counter()
    for source, side in ((closed, ""), (cut, ""), (cut, "-wal")):
        name = "write-ahead log" if side else f"database, {source.stem}"
        for number, (how, data) in enumerate(damaged(_bytes(source, side), step, side)):
            place = folder / f"{source.stem}{side}-{number}"
            place.mkdir()
            copy = copy_log(source, place / "log.sqlite")
            copy.with_name(copy.name + side).write_bytes(data)
            (place / "log.sqlite.lock").write_text(events[0].epoch)
            outcomes[f"{name}: {how}, {judged(copy, events)}"] += 1
            for file in place.iterdir():
                file.unlink()
            place.rmdir()
    return outcomes


def damaged(data: bytes, step: int, side: str) -> Iterator[tuple[str, bytes]]:
    """Yield copies cut short and with one bit flipped.

    The newest frames of a write-ahead log are left alone: what a power cut does to a transaction
    that nobody acknowledged yet cannot be told from damage, and the centre knows the rest.
    """
    end = len(data) - 4 * FRAME if side else len(data)
    for at in range(0, end, step):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        yield "flipped", bytes(flipped)
    if not side:
        for at in range(0, end, step):
            yield "cut", data[:at]


def judged(path: Path, events: tuple[Event, ...]) -> str:
    """Open a damaged log as a terminal does; return `locked` or `whole`, assert what must hold."""
    before = {side: _bytes(path, side) for side in ("", "-wal")}
    log = make_log(path)
    if log.fault is not None:
        error = refusal(lambda: fill(log, 1))
        assert isinstance(error, RecordingLocked)
        assert error.next_step
        log.close()
        assert {side: _bytes(path, side) for side in ("", "-wal")} == before
        return "locked"
    assert log.events() == events, "events were lost and nothing said so"
    error = refusal(lambda: check_in(log, (*log.open_contexts(), "00" * 16)[0], 99))
    if error is None:
        assert log.verify().ok
    else:
        assert error.next_step
    log.close()
    return "nothing lost" if error is None else "locked at the first tap"


def _bytes(path: Path, side: str) -> bytes:
    file = path.with_name(path.name + side)
    return file.read_bytes() if file.exists() else b""
