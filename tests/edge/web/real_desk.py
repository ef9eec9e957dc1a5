"""A terminal whose meeting is a real one: book and desk over a real log, cards laid by the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from edge.log.append import EventLog
from edge.meeting.book import MeetingBook
from edge.meeting.desk import MeetingDesk
from edge.meeting.figures import State
from edge.meeting.opening import default
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.roster import Category, Person, Roster, Standing
from edge.meeting.rules import Kind
from edge.meeting.sitting import Entry, Sitting
from edge.tap.admit import Admission
from edge.tap.scene import SceneState
from edge.views import STATES, meeting_view
from edge.web.terminal import MeetingView
from tests.edge.log.made import SEAL, TERMINAL, WRAP_KEY
from verify.moment import Moment, TimeQuality

from .fake_terminal import NOW, FakeTerminal

_OFFICIAL = Category.OFFICIAL
DO = Person("r1", "Lò Thị Dợ", _OFFICIAL, number="991000001", can="073594")
QUYET = Person("r2", "Hà Văn Quyết", _OFFICIAL, number="991000002", can="073595")
TRU = Person("r3", "Sùng A Trư", Category.PROBATIONARY)
BINH = Person("r4", "Hà Thị Bình", _OFFICIAL, standing=Standing.EXEMPT)
BACH = Person("r5", "Hoàng Văn Bạch", _OFFICIAL, number="991000005", standing=Standing.SUSPENDED)
NGOC = Person("r6", "Nguyễn Thị Hồng Phương Thảo Ngọc", _OFFICIAL, number="991000006", can="073596")
SINH = Person("r7", "Vàng A Sình", _OFFICIAL, number="991000007", can="073597")
PEOPLE = (DO, QUYET, TRU, BINH, BACH, NGOC, SINH)
ROSTER = Roster("Chi bộ bản Nậm Khoai", "99168053000004", PEOPLE)
BEGINS = NOW - timedelta(minutes=30)


class RealDesk(FakeTerminal):
    """A terminal with an open meeting of seven people, one of its rules a quorum.

    `minute` is the time of the terminal, after the hour for which the meeting was called.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.minute = 0
        self.log = EventLog(folder / "log.sqlite", TERMINAL, WRAP_KEY, (SEAL.kid, SEAL.public))
        self.book = MeetingBook(self.log, ROSTER)
        self._acts = MeetingDesk(self.book, self.moment, self.stage.refresh)
        rule = replace(PRESETS[Preset.RECOGNITION][0], topic="mục 5")
        self._acts.open(replace(default(Kind.REGULAR, begins=BEGINS), quorums=(rule,)))

    @property
    def desk(self) -> MeetingDesk:
        """Return the acts of the desk."""
        return self._acts

    def moment(self) -> Moment:
        """Return the terminal's time."""
        return Moment(BEGINS + timedelta(minutes=self.minute), TimeQuality.SYNCHRONISED)

    def meeting(self) -> MeetingView | None:
        """Return the open meeting as pages see it."""
        sitting = self.book.sitting
        return None if sitting is None else meeting_view(sitting)

    def confirm(self, seq: int, *, by: str | None = None) -> None:
        """Record by one touch."""
        self._acts.acting(by).confirm(seq)

    @property
    def sitting(self) -> Sitting:
        """Return the open meeting."""
        return self.book.require()

    def state(self, person: Person) -> State:
        """Return how somebody stands."""
        return next(line.state for line in self.sitting.lines if line.person.id == person.id)

    def lay(
        self,
        person: Person | None,
        admission: Admission = Admission.ADMITTED,
        reason: str | None = None,
        *,
        holder: str | None = None,
    ) -> Entry:
        """Let a card be judged, as the tap thread writes it down and then shows it."""
        entry = self.book.check_in(
            at=self.moment(),
            outcome=admission.value,
            reason=reason,
            person=person,
            person_key=person.person_key if person else None,
            body={"chip": person.id if person else None},
        )
        state = STATES[admission]
        named = state in (SceneState.ACCEPTED, SceneState.ALREADY, SceneState.UNCONFIRMED)
        self.show(
            state,
            person=person.name if person and named else None,
            reason=reason,
            holder=holder,
            seq=entry.seq,
            card_present=True,
        )
        return entry
