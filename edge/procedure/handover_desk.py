"""The batch of a running terminal: its parts put together once, when its page is first asked for.

Lives here: which part gets what, and when a card is the batch's. Not here: any other rule. Most
terminals hand over no cards: nothing of this is loaded before a page of a counter is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.meeting.book import MeetingBook
from edge.procedure.handover_book import HandoverBook
from edge.procedure.handover_errand import HandoverDoor, HandoverErrand
from edge.procedure.terminal import Terminal
from edge.sealed import batch_file
from edge.tap.errand import Errand
from edge.tap.photo import portrait
from verify.pipeline import verify_file


@dataclass(frozen=True, slots=True)
class HandoverDesk:
    """The batch, as pages and the tap loop see it."""

    book: HandoverBook
    door: HandoverDoor
    _errand: HandoverErrand
    _meeting: MeetingBook

    @property
    def held(self) -> bool:
        """Whether an open meeting has the reader."""
        return self._meeting.list_of_meeting is not None

    def errand(self) -> Errand | None:
        """Return what a card laid now is for, None while it is not the batch's."""
        mine = self.door.open and not self.held and self.book.batch is not None
        return self._errand if mine else None


def build(terminal: Terminal, folder: Path) -> HandoverDesk:
    """Return the batch of this terminal, with the day that was open when the power went.

    `folder`: where sealed lists lie.
    """
    book = HandoverBook(terminal.log, batch_file(folder), terminal.now, terminal.changed)
    door = HandoverDoor(terminal.monotonic)
    errand = HandoverErrand(
        book=book,
        door=door,
        stage=terminal.stage,
        profiles=terminal.profiles,
        check_late=verify_file,
        photo=portrait,
        now=terminal.now,
        monotonic=terminal.monotonic,
        test_card=terminal.test_card,
    )
    return HandoverDesk(book, door, errand, terminal.book)
