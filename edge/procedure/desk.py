"""The counter of a running terminal: its parts put together once, at the first question.

Lives here: which part gets what. Not here: any rule. Most terminals never stand on a counter:
nothing of this is loaded before somebody asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from edge.holdings import Holdings
from edge.identity.key import TerminalIdentity
from edge.layout import StateLayout
from edge.log.append import EventLog
from edge.meeting.book import MeetingBook
from edge.meeting.sheet_jws import terminal_signer
from edge.procedure.catalogue import CatalogueFiles
from edge.procedure.counter import MEETING, Counter, Held
from edge.procedure.day import CounterDay
from edge.procedure.errand import CounterErrand, Tools
from edge.procedure.sessions import Sessions
from edge.tap.errand import Errand
from edge.tap.photo import portrait
from edge.tap.scene import Stage
from verify.moment import Moment
from verify.pipeline import verify_file


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the counter takes of the running terminal."""

    name: str
    layout: StateLayout
    holdings: Holdings
    identity: TerminalIdentity | None
    log: EventLog
    book: MeetingBook
    stage: Stage
    now: Callable[[], Moment]
    monotonic: Callable[[], float]
    changed: Callable[[], None]
    test_card: str | None


@dataclass(frozen=True, slots=True)
class CounterDesk:
    """The counter, as pages and the tap loop see it."""

    counter: Counter
    day: CounterDay
    _tools: Tools | None
    """None where there is nothing to sign a receipt with: no question is asked then."""

    def anchor(self, receipt: bytes) -> str | None:
        """Return the centre's word on the receipt of this SHA-256, None before it came.

        Raises LogDamaged.
        """
        return self.day.anchor(receipt)

    def errand(self) -> Errand | None:
        """Return what a card laid now is for, None where nobody asks at the counter."""
        waiting = None if self._tools is None else self.counter.waiting()
        if waiting is None or self._tools is None:
            return None
        return CounterErrand(waiting, self._tools)


def build(terminal: Terminal) -> CounterDesk:
    """Return the counter of this terminal."""
    sessions = Sessions(terminal.monotonic, os.urandom, terminal.changed)
    profiles = terminal.holdings.profiles
    files = CatalogueFiles(terminal.layout.delivered, [one.name for one in profiles])
    tools = _tools(terminal, sessions)
    counter = Counter(
        sessions,
        files.current,
        held=lambda: _held(terminal.book),
        fault=lambda: terminal.log.fault,
        signs=tools is not None,
        now=terminal.now,
    )
    day = CounterDay(terminal.log) if tools is None else tools.day
    return CounterDesk(counter, day, tools)


def _tools(terminal: Terminal, sessions: Sessions) -> Tools | None:
    identity = terminal.identity
    if identity is None or identity.certificate is None:
        return None
    return Tools(
        day=CounterDay(terminal.log),
        sessions=sessions,
        stage=terminal.stage,
        profiles=terminal.holdings.profiles,
        sign=terminal_signer(identity.key, identity.certificate),
        terminal=terminal.name,
        check_late=verify_file,
        photo=portrait,
        now=terminal.now,
        monotonic=terminal.monotonic,
        rng=os.urandom,
        test_card=terminal.test_card,
    )


def _held(book: MeetingBook) -> Held | None:
    sitting = book.sitting
    return None if sitting is None else Held(MEETING, sitting.opened_at)
