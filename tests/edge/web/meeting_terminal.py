"""A terminal in memory over a real book and a real log: what pages do to a meeting, it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from edge.log.scratch import ScratchLog
from edge.meeting.book import MeetingBook
from edge.meeting.desk import MeetingDesk
from edge.meeting.opening import Opening, default
from edge.meeting.roster import Category, Person, Roster, Standing
from edge.meeting.rules import Kind
from edge.meeting.sheet_jws import terminal_signer
from edge.meeting.sheets import Sheets
from edge.views import meeting_view
from edge.web.terminal import MeetingView
from edge.wire.event import Event
from verify.moment import Moment, TimeQuality

from .fake_terminal import NOW, FakeTerminal

TERMINAL = "99-0417"
KEY = ec.generate_private_key(ec.SECP256R1())


def standing_roster() -> Roster:
    """Return six called people, one of them probationary, one exempt and one suspended."""
    people = (
        Person("1", "Hà Văn Thuận", Category.OFFICIAL, post="bí thư", committee=True),
        Person("2", "Lò Thị Pâng", Category.OFFICIAL),
        Person("3", "Cút Văn Chơn", Category.OFFICIAL),
        Person("4", "Vàng A Sình", Category.OFFICIAL),
        Person("5", "Thao Văn Pó", Category.OFFICIAL),
        Person("6", "Sùng A Trư", Category.PROBATIONARY),
        Person("7", "Hà Thị Bình", Category.OFFICIAL, standing=Standing.EXEMPT),
        Person("8", "Phạm Bá Sơn", Category.OFFICIAL, standing=Standing.SUSPENDED),
    )
    return Roster("Chi bộ bản Nậm Khoai", "99168053000004", people, parent="Đảng bộ xã Pha Hín")


class MeetingTerminal(FakeTerminal):
    """The terminal of the other page tests with a book behind its desk."""

    def __init__(self, roster: Roster | None) -> None:
        super().__init__(open_meeting=False)
        self.log = ScratchLog(TERMINAL)
        self.at = NOW
        self.book = MeetingBook(self.log, roster, lambda: ScratchLog(TERMINAL))
        self._desk = MeetingDesk(self.book, self.now, self.stage.refresh)

    def now(self) -> Moment:
        """Return the time that the test has made it."""
        return Moment(self.at, TimeQuality.HELD)

    def later(self, minutes: int) -> None:
        """Let time pass."""
        self.at += timedelta(minutes=minutes)
        self.view = replace(self.view, now=self.at)

    @property
    def desk(self) -> MeetingDesk:
        """Return the acts of the desk."""
        return self._desk

    @property
    def sheets(self) -> Sheets:
        """Return the sheets of this terminal's meetings."""
        return Sheets(self.log, self.book, TERMINAL, terminal_signer(KEY), self.now)

    def meeting(self) -> MeetingView | None:
        """Return the open meeting as the service shows it."""
        sitting = self.book.sitting
        return None if sitting is None else meeting_view(sitting)

    def open_meeting(self, kind: str, *, by: str | None = None) -> None:
        """Open a meeting of this kind, as the service does."""
        self.desk.acting(by).open(default(Kind(kind), begins=self.at))

    def close_meeting(self, *, by: str | None = None) -> None:
        """Close the open meeting."""
        self.desk.acting(by).close()

    def confirm(self, seq: int, *, by: str | None = None) -> None:
        """Record by one touch."""
        self.desk.acting(by).confirm(seq)

    def take_roster(self, roster: Roster) -> None:
        """Use it from the next meeting on."""
        self.book.replace_roster(roster)

    def begin(self, opening: Opening | None = None) -> None:
        """Open a meeting."""
        self.desk.open(opening or default(Kind.REGULAR, begins=self.at))

    def tap(self, person_id: str, outcome: str = "ADMITTED") -> int:
        """Record a card of this person and return its place."""
        person = self.book.require().roster.by_id(person_id)
        assert person is not None
        entry = self.book.check_in(
            at=self.now(),
            outcome=outcome,
            reason=None if outcome == "ADMITTED" else "CARD_STATUS_STALE",
            person=person,
            person_key=f"roster:{person_id}",
            body={},
        )
        return entry.seq

    def events(self) -> list[Event]:
        """Return what is in the log."""
        contexts = [state.context for state in self.log.contexts()]
        return [event for context in contexts for event in self.log.events(context=context)]


@contextmanager
def running(roster: Roster | None) -> Iterator[MeetingTerminal]:
    """Yield such a terminal and let its log go afterwards."""
    terminal = MeetingTerminal(roster)
    try:
        yield terminal
    finally:
        terminal.log.close()
