"""Rows `tap-at-1m` and `tap-at-1m-p99`: a tap in a terminal that is full, against an empty one.

Lives here: both terminals side by side, the tap loop of the product over recorded cards, wall time
from the card's laying to its event on the disk. Not here: CPU of a tap (`tap`).
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from edge.log.append import EventLog
from edge.log.chain import COLUMNS, Head
from edge.log.compose import Fact, compose
from edge.meeting.book import MeetingBook
from edge.meeting.opening import default
from edge.meeting.roster import Category, Person, Roster
from edge.meeting.rules import Kind
from edge.tap.errand import TapResult
from edge.tap.flow import TapLoop
from edge.tap.inputs import InputBox
from edge.tap.scene import Scene, SceneState, Stage
from edge.wire.kinds import EventKind
from provisioning import people
from provisioning.office.centre_keys import create_centre_keys
from reader.apdu import CardConnection
from reader.evidence import NeedsPassword
from reader.read import Reading, read
from reader.watch import CardLaid, CardLifted, WatchEvent
from tests.bench.measure import Row
from tests.bench.recording import AT, Stand, prepare
from verify.pipeline import verify_file

EVENTS = 1_000_000
ROSTER = 10_000
TAPPED = 5_000  # of them, in the open meeting
TAPS = 400  # measured in each terminal
WARM_UP = 20
BETWEEN = 60.0  # seconds of the loop's clock from one tap to the next
BATCH = 20_000  # rows of one transaction
GOAL = 1.2
DESCRIPTION = (
    "Wall time from a card's laying to its event on the disk (edge.tap.flow over a recorded card, "
    f"real judging, real log), {TAPS} taps by turns: a terminal with {EVENTS:,} events and a "
    f"roster of {ROSTER:,}, {TAPPED:,} of them here / one with a new log and a roster of 16"
)


class _Field:
    """A reader's field on which the recorded card lies and leaves by turns."""

    def __init__(self) -> None:
        self.next: list[WatchEvent] = []

    def next_event(self, timeout: float) -> WatchEvent | None:
        """Return the next event."""
        return self.next.pop(0) if self.next else None

    def close(self) -> None:
        """Do nothing."""


@dataclass
class _Terminal:
    """One terminal with an open meeting."""

    stand: Stand
    book: MeetingBook
    results: list[TapResult]

    def __post_init__(self) -> None:
        self._field = _Field()
        self._later = 0.0
        clock = lambda: time.monotonic() + self._later  # noqa: E731 -- one line, one use
        self._inputs = InputBox(clock)
        self._loop = TapLoop(
            watcher=self._field,
            read=self._read,
            judge=self.stand.holdings.judge,
            check_late=verify_file,
            photo=lambda _: None,
            book=self.book,
            stage=Stage(Scene(SceneState.IDLE, AT.at)),
            inputs=self._inputs,
            now=lambda: AT,
            monotonic=clock,
            profiles=self.stand.holdings.profiles,
            on_result=self.results.append,
        )

    def _read(
        self, card: CardConnection, profiles: Any, password: Any, **_: Any
    ) -> Reading | NeedsPassword:
        given = self.stand.card
        return read(card, profiles, password, known=given.known, rng=given.rng())

    def tap(self) -> float:
        """Lay the card, lift it; return the seconds until its event was on the disk."""
        self._later += BETWEEN
        self._inputs.typed(self.stand.card.password.value)
        self._field.next = [CardLaid(self.stand.card.card(), "bench"), CardLifted()]
        before = len(self.results)
        self._loop.step(0)
        self._loop.step(0)
        if len(self.results) != before + 1 or self.results[-1].seq is None:
            raise RuntimeError("the tap was not recorded")
        return self.results.pop().seconds


@cache
def _both(build: Path) -> tuple[Row, Row]:
    """Measure median and 99th percentile on the disk that holds `build`."""
    with (
        tempfile.TemporaryDirectory(dir=build) as folder,
        _terminal(Path(folder) / "empty", full=False) as empty,
        _terminal(Path(folder) / "full", full=True) as full,
    ):
        for _ in range(WARM_UP):
            empty.tap()
            full.tap()
        pairs = [(full.tap(), empty.tap()) for _ in range(TAPS)]
    ours, bare = ([pair[i] for pair in pairs] for i in (0, 1))
    return _row("tap-at-1m", ours, bare, 50), _row("tap-at-1m-p99", ours, bare, 99)


def _row(name: str, ours: list[float], bare: list[float], percentile: int) -> Row:
    figure, base = (statistics.quantiles(x, n=100)[percentile - 1] * 1000 for x in (ours, bare))
    quotients = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    low, _, high = statistics.quantiles(quotients, n=4)
    what = "median" if percentile == 50 else f"{percentile}th percentile"
    return Row(
        name, f"{DESCRIPTION}; {what}.", round(figure, 3), "ms", round(base, 3),
        round(figure / base, 3), GOAL, (round(low, 3), round(high, 3)), TAPS,
    )  # fmt: skip


ROWS: dict[str, Callable[[Path], Row]] = {
    "tap-at-1m": lambda build: _both(build)[0],
    "tap-at-1m-p99": lambda build: _both(build)[1],
}


@contextmanager
def _terminal(folder: Path, *, full: bool) -> Iterator[_Terminal]:
    folder.mkdir()
    stand = prepare(folder, party=True)
    centre = create_centre_keys(os.urandom)
    wrap, seal = os.urandom(32), (centre.seal_kid, centre.seal_public)
    path = folder / "log.sqlite"
    if full:
        with closing(EventLog(path, "bench", wrap, seal)) as log:
            epoch, head = log.epoch, log.head()
        _fill(path, epoch, head)
    with closing(EventLog(path, "bench", wrap, seal)) as log:
        if log.fault is not None:
            raise RuntimeError(f"the log is locked: {log.fault}")
        book = MeetingBook(log, _roster(ROSTER if full else len(people.ROSTER.people)))
        book.open(default(Kind.REGULAR, begins=AT.at), AT)
        for person in book.require_list().people[-TAPPED:] if full else ():
            book.check_in(
                at=AT, outcome="ADMITTED", reason=None, person=person,
                person_key=person.person_key, body={"chip": person.id},
            )  # fmt: skip
        yield _Terminal(stand, book, [])


def _roster(size: int) -> Roster:
    """Return the demonstration's people and as many others as are wanted."""
    others = (
        Person(f"b{n}", f"Người Thứ {n}", Category.OFFICIAL, number=f"{n:09}")
        for n in range(size - len(people.ROSTER.people))
    )
    return Roster("Đại hội", people.ROSTER.code, (*people.ROSTER.people, *others))


def _fill(path: Path, epoch: str, head: Head) -> None:
    """Write events that are about no meeting, chained as they should be, many at once."""
    insert = f"INSERT INTO event ({COLUMNS}) VALUES ({', '.join('?' * 12)})"  # noqa: S608 -- constants
    numbers = count(1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for _ in range(EVENTS // BATCH):
            connection.execute("BEGIN")
            for _ in range(BATCH):
                next(numbers)
                fact = Fact(EventKind.FAULT, AT, reason="PCSC_ABSENT")
                event = compose(fact, "bench", epoch, head, rng=os.urandom)
                head = Head(event.seq, event.hash)
                connection.execute(
                    insert,
                    (
                        event.seq, event.kind.value, event.at, event.quality.value, None, None,
                        event.reason, None, event.prev, event.hash, None, None,
                    ),
                )  # fmt: skip
            connection.execute("COMMIT")
