"""What counters take of the running terminal: its log, its reader's parts, its clocks.

Lives here: one value, so that the service names these once. Not here: what is built of them
(`desk`, `handover_desk`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.log.append import EventLog
from edge.meeting.book import MeetingBook
from edge.tap.scene import Stage
from reader.profile import CardProfile
from verify.moment import Moment


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal, as whoever waits for a card beside a meeting knows it."""

    profiles: tuple[CardProfile, ...]
    log: EventLog
    book: MeetingBook
    stage: Stage
    now: Callable[[], Moment]
    monotonic: Callable[[], float]
    changed: Callable[[], None]
    test_card: str | None
