"""A terminal's log, its sealed batch and the book over both, at a time that a test sets."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from edge.log.append import EventLog
from edge.procedure.handover import Standing, State
from edge.procedure.handover_batch import Card
from edge.procedure.handover_book import HandoverBook
from edge.procedure.handover_list import ListPreview
from edge.procedure.handover_view import HandoverView, Seen
from edge.sealed import SealedFile, batch_file
from edge.wire.event import Event
from edge.wire.kinds import HandoverReason
from tests.edge.log.made import SEAL, TERMINAL, WRAP_KEY
from verify.moment import Moment, TimeQuality
from verify.verdict import Outcome

from .batch_made import AT, AYUN, DO, HOC, KHOAI, MAI, holder_of, verdict

BY = "pin:officer"


def listed(*cards: Card) -> ListPreview:
    """Return a list of these cards, by default of all three."""
    return ListPreview((KHOAI, HOC), cards or (AYUN, DO, MAI), (), ())


class HandoverDesk:
    """One terminal; `again` is the same after a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = AT
        self.told = 0
        self.again()

    def again(self) -> None:
        """Start anew over the same files."""
        if hasattr(self, "log"):
            self.log.close()
        self.open_log()
        self.file: SealedFile = batch_file(self.folder)
        self.book = HandoverBook(self.log, self.file, self.now, self._tell)

    def open_log(self) -> None:
        """Open the log alone."""
        path = self.folder / "log.sqlite"
        self.log = EventLog(path, TERMINAL, WRAP_KEY, (SEAL.kid, SEAL.public))

    def now(self) -> Moment:
        return Moment(self.at, TimeQuality.SYNCHRONISED)

    def wait(self, **span: int) -> datetime:
        """Let time pass."""
        self.at += timedelta(**span)
        return self.at

    def begin(self, *cards: Card, citizen_card: bool = False) -> None:
        """Begin a batch of these cards."""
        self.book.begin("Đợt 2", listed(*cards), citizen_card=citizen_card, by=BY)

    @property
    def view(self) -> HandoverView:
        view = self.book.view()
        assert view is not None
        return view

    def standing(self, card: Card) -> Standing:
        return self.view.standings[card.id]

    def state(self, card: Card) -> State:
        return self.standing(card).state

    def lay(self, card: Card, outcome: Outcome = Outcome.ACCEPTED, **said: str) -> Seen:
        """Lay somebody's new chip; `said` is what it says otherwise than the list."""
        return self.book.laid(verdict(holder_of(card, **said), outcome), by=BY)

    def show(self, card: Card, outcome: Outcome = Outcome.ACCEPTED) -> Seen:
        """Lay somebody's citizen card."""
        return self.book.laid(verdict(holder_of(card), outcome, "cccd"), by=BY)

    def deliver(self, card: Card) -> None:
        """Do all the steps of one card."""
        self.lay(card)
        self.book.hand_over(card.id, HandoverReason.COLLECTED, papers=True, by=BY)

    def last(self) -> tuple[Event, dict[str, object]]:
        """Return the last event of the log and its opened body."""
        event = self.log.events()[-1]
        return event, self.log.body(event)

    @property
    def today(self) -> date:
        return self.view.today

    def _tell(self) -> None:
        self.told += 1
