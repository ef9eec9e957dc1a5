"""What the processes do while they are killed; each act says on a pipe what it has done.

Lives here: the acts, and their table. A further act is a function of the same form, put into
ACTS. Not here: killing (`kills`), the comparison (`ledger`).

An act runs until it is killed. It tells a thing only after the product told it: an event is told
when the call that records it has returned.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from edge.log.append import EventLog
from edge.log.backup import back_up
from edge.log.forget import destroy_due
from edge.log.keys import KeyFiles
from edge.log.restore import restore
from edge.wire.event import Event
from edge.wire.kinds import EpochReason, EventKind
from tests.edge.log.made import (
    NAME,
    NUMBER,
    START,
    make_log,
    moment,
    receipt,
    verification,
)
from tests.edge.log.past_logs import SCHEMAS, past_log
from tests.edge.log.test_roster_parts import people
from tests.torture.draw import Draw
from tests.torture.ledger import LOG


class Teller:
    """Writes lines into the pipe; one is short enough to arrive whole or not at all."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def __call__(self, **said: Any) -> None:
        """Tell one thing."""
        os.write(self._pipe, json.dumps(said, separators=(",", ":")).encode() + b"\n")

    def events(self, events: Sequence[Event], **more: Any) -> None:
        """Tell events, some at a time."""
        told = [(event.epoch, event.seq, event.hash.hex()) for event in events]
        for at in range(0, len(told), 20):
            self(events=told[at : at + 20])
        if more:
            self(**more)


@dataclass(frozen=True)
class Act:
    """`run` works in the folder until it is killed; `prepare` makes a fresh folder ready."""

    run: Callable[[Path, Teller, Draw], NoReturn]
    prepare: Callable[[Path, Draw], None] = lambda _folder, _draw: None
    fresh: bool = False
    """Each time in a folder of its own."""


def opened(folder: Path, tell: Teller) -> EventLog:
    """Open the log as a terminal does at its start, and tell that it is ready."""
    log = make_log(folder / LOG)
    if log.fault is not None:
        tell(fault=log.fault)
    tell(ready=True)
    return log


def open_meeting(log: EventLog, tell: Teller, count: int) -> str:
    """Open a meeting of so many people."""
    before = log.head().seq
    context = log.open_context({"kind": "regular"}, moment(), people(count))
    events = log.events(context)
    tell.events(events, opened=context)
    if len(events) != log.head().seq - before:
        tell(fault="events of an opening are missing")
    return context


def tap(log: EventLog, tell: Teller, context: str, draw: Draw) -> None:
    """Record one card: sometimes with the evidence that an unconfirmed one carries."""
    person = f"{NUMBER}{draw.below(40)}"
    more = {"evidence": "x" * draw.below(30_000)} if draw.below(6) == 0 else {}
    event = log.append(
        EventKind.CHECK_IN,
        context=context,
        at=moment(draw.below(3600) - 1800),
        outcome="ADMITTED",
        person_key=person,
        body={"name": NAME, "number": person, **more},
    )
    tell.events([event])


def taps(folder: Path, tell: Teller, draw: Draw) -> NoReturn:
    """One card after another in an open meeting, which goes on after each death."""
    log = opened(folder, tell)
    contexts = log.open_contexts()
    context = contexts[-1] if contexts else open_meeting(log, tell, 40)
    while True:
        tap(log, tell, context, draw)


def evenings(folder: Path, tell: Teller, draw: Draw) -> NoReturn:
    """Meetings from opening to the destruction of their keys, small and large."""
    log = opened(folder, tell)
    files = KeyFiles(folder / LOG)
    for context in log.open_contexts():
        tell.events([log.close_context(context, moment(1))], closed=context)
    while True:
        context = open_meeting(log, tell, (0, 3, 40, 1500)[draw.below(4)])
        for _ in range(draw.below(4)):
            tap(log, tell, context, draw)
        tell.events([log.close_context(context, moment(60))], closed=context)
        event = log.append(
            EventKind.EXPORTED, context=context, at=moment(61), outcome="CSV", body={}
        )
        tell.events([event])
        wrapped = {one: (files.read(one) or b"").hex() for one in files.contexts()}
        for gone in destroy_due(log, moment(61 + 24 * 3600)):
            tell(destroyed={gone: wrapped[gone]})


def counter(folder: Path, tell: Teller, draw: Draw) -> NoReturn:
    """Receipts at a counter; the centre's word on them comes some at a time."""
    log = opened(folder, tell)
    days = log.open_contexts()
    day = days[-1] if days else log.open_context({"kind": "counter"}, moment())
    tell.events(log.events(day, limit=1), opened=day)
    while True:
        for number in range(1 + draw.below(4)):
            of = verification(log, day, number)
            tell.events([of, receipt(log, day, of)])
        lacking = log.unanchored(limit=1 + draw.below(6))
        found = [log.events(after=place - 1, limit=1)[0].tag or b"" for place in lacking]
        words = {tag: f"e30.{tag.hex()}.{draw.below(1000)}" for tag in found}
        log.record_anchors(words)
        for tag, word in words.items():
            tell(anchors={tag.hex(): word})


def migrations(folder: Path, tell: Teller, draw: Draw) -> NoReturn:
    """Bring a log of an earlier program up to date, and go on with it."""
    log = opened(folder, tell)
    (context,) = log.open_contexts()
    tell.events(log.events(), opened=context)
    while True:
        tap(log, tell, context, draw)


def old_log(folder: Path, draw: Draw) -> None:
    """Make a log of some past schema, with a write-ahead log that still holds part of it."""
    past_log(SCHEMAS[draw.below(len(SCHEMAS))], folder / LOG)


def copies(folder: Path, tell: Teller, draw: Draw) -> NoReturn:
    """Copy the log while it is written to, put copies back, begin epochs."""
    stick = folder / "stick"
    if not (folder / LOG).exists() and stick.is_dir():  # killed while one was put back
        restore(newest(stick), folder / LOG)
    log = opened(folder, tell)
    contexts = log.open_contexts()
    context = contexts[-1] if contexts else open_meeting(log, tell, 3)
    while True:
        for _ in range(1 + draw.below(5)):
            tap(log, tell, context, draw)
        copy = stick / back_up(log.path, stick, START, keys=True).file
        tell(copy=str(copy))
        if draw.below(4) == 0:
            epoch = log.begin_epoch(EpochReason.ACK_AHEAD, moment(90))
            tell.events([event for event in log.events() if event.epoch == epoch])
        elif draw.below(4) == 0:  # nothing was recorded since the copy, so nothing is lost
            log.close()
            restore(copy, log.path)
            log = opened(folder, tell)
        for old in stick.glob("*"):
            if old.stem != copy.stem and old.suffix != ".key":
                old.unlink(missing_ok=True)


def newest(stick: Path) -> Path:
    """Return the copy whose manifest was written last."""
    manifest = max(stick.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return manifest.with_suffix(".sqlite")


ACTS: dict[str, Act] = {
    "tap": Act(taps),
    "close": Act(evenings),
    "counter": Act(counter),
    "migration": Act(migrations, old_log, fresh=True),
    "copy": Act(copies),
}
