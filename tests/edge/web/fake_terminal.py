"""A terminal in memory: the seam of the pages filled by a small real class.

It keeps a roster, a meeting and a stage; acts change them as the running service would, without
card, log or clock.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from edge.care.check import Check, attention, fault, ok, unknown
from edge.care.check import State as CareState
from edge.care.desk import DiagnosisDesk
from edge.care.said import say
from edge.care.trouble import Trouble
from edge.errors import MeetingState
from edge.log.scratch import ScratchLog
from edge.meeting.book import MeetingBook
from edge.meeting.desk import MeetingDesk
from edge.meeting.figures import Line, State, figures
from edge.meeting.planned import Planned
from edge.meeting.roster import Category, Person, Roster
from edge.meeting.roster import Standing as Membership
from edge.meeting.sheets import Sheets
from edge.phones.desk import PhoneDesk
from edge.plugged import Stick
from edge.procedure.catalogue import Catalogue, builtin_procedures
from edge.procedure.counter import Counter
from edge.procedure.day import CounterDay
from edge.procedure.desk import CounterDesk
from edge.procedure.handover_desk import HandoverDesk, build
from edge.procedure.sessions import Sessions
from edge.procedure.terminal import Terminal
from edge.stick import StickFault, failed
from edge.stick_desk import StickAct, SticksView
from edge.tap.scene import Scene, SceneState, Stage
from edge.web.terminal import ListAge, MeetingView, PersonRow, ResultRow, StatusView
from verify.freshness import Standing
from verify.moment import Moment, TimeQuality

NOW = datetime(2026, 11, 5, 12, 3, tzinfo=UTC)
"""19:03 in Hà Nội."""
STICKS = SticksView(
    (
        Stick("GÓI-XÃ", Path("/media/pi/GÓI-XÃ"), read_only=False),
        Stick("1A2B-3C4D", Path("/media/pi/1A2B-3C4D"), read_only=True),
    )
)
CHECKS = (
    ok("reader", "ACS ACR1252 Dual Reader (firmware 1.06)"),
    fault(
        "space", say("%(free)s free of %(total)s", free="9 MB", total="29 GB"), Trouble.DISK_FULL
    ),
    attention("temperature", "81 °C", Trouble.HOT),
    unknown("power", say("the board does not tell"), Trouble.NOT_TOLD),
    ok("versions", ("tramthe 0.1.0", "Python 3.13.5", "Linux 6.12.47+rpt-rpi-v8")),
)
"""A diagnosis with one of each state."""
JPEG = b"\xff\xd8\xff\xe0 not really a picture \xff\xd9"


def roster() -> tuple[PersonRow, ...]:
    """Return 14 synthetic people: two of one name, one without a card, one suspended."""
    official = [
        ("1", "Vàng A Dơ", 1979),
        ("2", "Thao A Hờ", 1985),
        ("3", "Hà Văn Khiêm", 1961),
        ("4", "Bùi Thị Nga", 1990),
        ("5", "Nguyễn Thị Hồng Phương Thảo Ngọc", 1988),
        ("6", "Thao Văn Pó", 1973),
        ("7", "Lò Văn Thành", 1984),
        ("8", "Lò Văn Thành", 1958),
        ("9", "Vi Thị Thuỷ", 1992),
        ("10", "Triệu Thị Xuân", 1967),
        ("11", "Y Ƀlĭ Êban", 1981),
        ("12", "Đặng Thị Ánh", 1995),
    ]
    people = [
        PersonRow(i, name, "official", State.NOT_YET, birth_year=y) for i, name, y in official
    ]
    people.append(PersonRow("13", "Sùng A Trư", "probationary", State.NOT_YET, has_card=False))
    people.append(
        PersonRow(
            "14",
            "Hoàng Văn Bạch",
            "official",
            State.NOT_SUMMONED,
            summoned=False,
            standing="suspended",
        )
    )
    return tuple(people)


def _line(row: PersonRow) -> Line:
    standing = Membership(row.standing)
    person = Person(row.id, row.name, Category(row.category), standing=standing)
    return Line(person, row.state, None, None)


def card_list(
    purpose: str, *, days: int, fresh: bool = True, standing: Standing | None = None
) -> ListAge:
    """Return a list of the given age; its standing as of a clock that is known, unless told."""
    known = standing or (Standing.FRESH if fresh else Standing.STALE)
    age = timedelta(days=days)
    return ListAge(purpose, "01a2", NOW - age, age, fresh, known)


class FakeTerminal:
    """Implements `edge.web.terminal.Terminal`. Acts are kept in `acts`."""

    def __init__(self, *, open_meeting: bool = True) -> None:
        self.organisation = "Chi bộ bản Nậm Khoai"
        self.stage = Stage(Scene(SceneState.IDLE, NOW))
        self.acts: list[tuple[str, str]] = []
        self.people = roster()
        self.recent: tuple[ResultRow, ...] = ()
        self.kind: str | None = "regular" if open_meeting else None
        self.broken: Exception | None = None
        self.plugged = SticksView()
        self.phones: PhoneDesk | None = None
        self.calls: tuple[Planned, ...] = ()
        self._handover: HandoverDesk | None = None
        self.checks: tuple[Check, ...] = CHECKS
        self.by_button: list[CareState | None] = []
        self.view = StatusView(
            terminal="99-0417",
            version="0.1.0",
            now=NOW,
            time_quality=TimeQuality.HELD,
            reader="Virtual PCD 00 00",
            reader_waiting_for="card",
            lists=(card_list("card-status", days=6), card_list("certificate", days=6)),
            last_sync=NOW - timedelta(days=6),
            online=False,
            unsent=61,
            log_events=1204,
            locked=None,
        )

    @property
    def desk(self) -> MeetingDesk:
        """Return the acts of a desk without a meeting, over a log that nobody keeps."""
        book = MeetingBook(ScratchLog("99-0417"), None)
        return MeetingDesk(book, lambda: Moment(NOW, TimeQuality.HELD), lambda: None)

    @cached_property
    def diagnosis(self) -> DiagnosisDesk:
        """Return a look at a terminal that is as `checks` say; nobody holds its button."""
        now = lambda: Moment(NOW, TimeQuality.HELD)  # noqa: E731 -- one line, one use
        return DiagnosisDesk(
            "99-0417",
            lambda: iter(self.checks),
            now,
            told=self.stage.refresh,
            by_button=self.by_button.append,
        )

    def support_bundle(self) -> bytes:
        """Return an archive that stands for one."""
        return b"PK"

    def shows_diagnosis(self) -> bool:
        """Whether the button asks for the screen."""
        return self.diagnosis.shown

    def asked_at_counter(self) -> bool:
        """Whether somebody at the counter waits for a card."""
        return self.counter.counter.waiting() is not None

    @cached_property
    def counter(self) -> CounterDesk:
        """Return a counter whose questions wait for cards that a test answers for."""
        log = ScratchLog("99-0417")
        counter = Counter(
            Sessions(lambda: 0.0, os.urandom),
            lambda: Catalogue(builtin_procedures()),
            held=lambda: None,
            fault=lambda: log.fault,
            signs=True,
            now=lambda: Moment(NOW, TimeQuality.HELD),
        )
        return CounterDesk(counter, CounterDay(log), None)

    @property
    def handover(self) -> HandoverDesk:
        """Return the batch of this terminal, over a log that nobody keeps."""
        if self._handover is None:
            log = ScratchLog("99-0417")
            self._handover = build(
                Terminal(
                    profiles=(),
                    log=log,
                    book=MeetingBook(log, None),
                    stage=self.stage,
                    now=lambda: Moment(self.view.now, TimeQuality.HELD),
                    monotonic=lambda: 0.0,
                    changed=self.stage.refresh,
                    test_card=None,
                ),
                log.path.parent,
            )
        return self._handover

    @property
    def sheets(self) -> Sheets:
        """Return the sheets of a terminal that closed no meeting and has no key."""
        log = ScratchLog("99-0417")
        moment = Moment(NOW, TimeQuality.HELD)
        return Sheets(log, MeetingBook(log, None), "99-0417", None, lambda: moment)

    def scene(self) -> Scene:
        """Return the scene on the stage."""
        return self.stage.scene

    def wait_scene(self, after: int, seconds: float) -> Scene:
        """Wait on the stage."""
        return self.stage.wait(after, seconds)

    def meeting(self) -> MeetingView | None:
        """Return the meeting, or raise what a test put into `broken`."""
        if self.broken is not None:
            raise self.broken
        if self.kind is None:
            return None
        here = {p.name for p in self.people if p.here}
        recent = tuple(replace(row, here=row.person in here) for row in self.recent)
        open_still = (SceneState.UNCONFIRMED, False, False)
        return MeetingView(
            organisation=self.organisation,
            kind=self.kind,
            opened_at=NOW - timedelta(minutes=30),
            figures=figures(_line(p) for p in self.people),
            people=self.people,
            recent=recent,
            waiting=tuple(r for r in recent if (r.state, r.withdrawn, r.here) == open_still),
        )

    def status(self) -> StatusView:
        """Return `view`."""
        return self.view

    def begin_phones(self) -> None:
        """Put the Wi-Fi up, where there is one."""
        if self.phones is not None:
            self.phones.begin(None)

    def sticks(self) -> SticksView:
        """Return `plugged`."""
        return self.plugged

    def carry(self, act: StickAct, stick: str, *, by: str | None = None) -> None:
        """Keep that it was asked, or say that there is no such stick."""
        if stick not in {one.name for one in self.plugged.sticks}:
            raise failed(StickFault.GONE)
        self.acts.append((act.value, stick))

    def committee(self) -> tuple[PersonRow, ...]:
        """Return two of the roster."""
        return tuple(replace(p, state=State.NOT_YET) for p in roster() if p.id in ("3", "4"))

    def called(self) -> tuple[Planned, ...]:
        """Return what a test put into `calls`."""
        return self.calls

    def forget_called(self, meeting: str) -> None:
        """Forget a called meeting."""
        self.calls = tuple(one for one in self.calls if one.id != meeting)

    def take_roster(self, roster: Roster) -> None:
        """Keep only that it was asked."""
        self.acts.append(("roster", roster.code))

    def open_meeting(self, kind: str, *, by: str | None = None) -> None:
        """Open a meeting of this kind."""
        if self.kind is not None:
            raise MeetingState("A meeting is open already.", next_step="Close it first.")
        self.kind = kind
        self.acts.append(("open", kind))

    def close_meeting(self, *, by: str | None = None) -> None:
        """Close the meeting."""
        if self.kind is None:
            raise MeetingState("No meeting is open.", next_step="Open one.")
        self.kind = None
        self.acts.append(("close", ""))

    def choose_person(self, person_id: str) -> None:
        """Let the card that waits for a name be accepted."""
        self.acts.append(("choose", person_id))
        if self.scene().state is SceneState.CHOOSE and not self.scene().wrong:
            self.admit(person_id)

    def enter_can(self, digits: str) -> None:
        """Let the card that waits refuse the number."""
        self.acts.append(("can", digits))
        if self.scene().state is SceneState.CHOOSE and not self.scene().wrong:
            self.show(SceneState.CHOOSE, wrong=True, tries_left=2, reason="PASSWORD_WRONG")

    def cancel_choice(self) -> None:
        """Only keep that it was asked."""
        self.acts.append(("cancel", ""))

    def confirm(self, seq: int, *, by: str | None = None) -> None:
        """Make the person of this result present."""
        row = next(r for r in self.recent if r.seq == seq)
        self.acts.append(("confirm", str(seq)))
        self._present(next(p.id for p in self.people if p.name == row.person))

    def admit(self, person_id: str, **scene: object) -> None:
        """Let this person's card be accepted, as the tap thread would."""
        self._present(person_id)
        name = next(p.name for p in self.people if p.id == person_id)
        seq = len(self.recent) + 1
        self.recent = (ResultRow(seq, SceneState.ACCEPTED, NOW, name), *self.recent)
        self.show(
            SceneState.ACCEPTED,
            person=name,
            category="official",
            seq=seq,
            card_present=True,
            **scene,
        )

    def refuse(self, state: SceneState, reason: str, person: str | None = None) -> None:
        """Let a card be turned away; nobody's presence changes."""
        seq = len(self.recent) + 1
        self.recent = (ResultRow(seq, state, NOW, person, reason), *self.recent)
        self.show(state, reason=reason, person=person, seq=seq, card_present=True)

    def show(self, state: SceneState, **fields: object) -> Scene:
        """Put a scene on the stage."""
        return self.stage.show(Scene(state, NOW, **fields))  # type: ignore[arg-type]

    def _present(self, person_id: str) -> None:
        self.people = tuple(
            replace(p, state=State.PRESENT, since=NOW, how="card", counted=p.summoned)
            if p.id == person_id
            else p
            for p in self.people
        )
