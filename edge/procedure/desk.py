"""The counter of a running terminal: its parts put together once, at the first question.

Lives here: which part gets what. Not here: any rule. Most terminals never stand on a counter:
nothing of this is loaded before somebody asks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edge.identity.key import TerminalIdentity
from edge.meeting.book import MeetingBook
from edge.meeting.sheet_jws import identity_signer
from edge.procedure.catalogue import CatalogueFiles
from edge.procedure.counter import MEETING, Counter, Held
from edge.procedure.day import CounterDay
from edge.procedure.errand import CounterErrand, Tools
from edge.procedure.sessions import Sessions
from edge.procedure.terminal import Terminal
from edge.tap.errand import Errand
from edge.tap.photo import portrait
from verify.pipeline import verify_file


@dataclass(frozen=True, slots=True)
class CounterDesk:
    """The counter, as pages and the tap loop see it."""

    counter: Counter
    day: CounterDay
    _tools: Tools | None
    """None where there is nothing to sign a receipt with: no question is asked then."""

    def errand(self) -> Errand | None:
        """Return what a card laid now is for, None where nobody asks at the counter."""
        waiting = None if self._tools is None else self.counter.waiting()
        if waiting is None or self._tools is None:
            return None
        return CounterErrand(waiting, self._tools)


def build(
    terminal: Terminal, name: str, delivered: Path, identity: TerminalIdentity | None
) -> CounterDesk:
    """Return the counter of this terminal.

    `name`: as receipts say it; `delivered`: folder of what the repository delivered.
    """
    sessions = Sessions(terminal.monotonic, os.urandom, terminal.changed)
    day = CounterDay(terminal.log)
    tools = None
    if identity is not None and identity.certificate is not None:
        tools = Tools(
            day=day,
            sessions=sessions,
            stage=terminal.stage,
            profiles=terminal.profiles,
            sign=identity_signer(lambda: identity.pair),
            terminal=name,
            check_late=verify_file,
            photo=portrait,
            now=terminal.now,
            monotonic=terminal.monotonic,
            rng=os.urandom,
            test_card=terminal.test_card,
        )
    counter = Counter(
        sessions,
        CatalogueFiles(delivered, [one.name for one in terminal.profiles]).current,
        held=lambda: _held(terminal.book),
        fault=lambda: terminal.log.fault,
        signs=tools is not None,
        now=terminal.now,
    )
    return CounterDesk(counter, day, tools)


def _held(book: MeetingBook) -> Held | None:
    sitting = book.sitting
    return None if sitting is None else Held(MEETING, sitting.opened_at)
