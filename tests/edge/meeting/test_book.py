"""The book over a real log: what each act writes, refuses, and what is there after a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.errors import MeetingState
from edge.log.append import EventLog
from edge.log.scratch import ScratchLog
from edge.meeting.attendance import How
from edge.meeting.book import MeetingBook
from edge.meeting.figures import State
from edge.meeting.opening import Opening, default
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.roster import Category, Person, Roster, Standing
from edge.meeting.rules import Kind
from edge.meeting.sitting import Entry, Sitting
from edge.wire.kinds import AbsenceOutcome, AnnulReason, EventKind, HandReason
from tests.edge.log.made import SEAL, TERMINAL, WRAP_KEY
from verify.moment import Moment, TimeQuality

T = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
DO = Person("r1", "Lò Thị Dợ", Category.OFFICIAL, number="991000001", can="073594")
QUYET = Person("r2", "Hà Văn Quyết", Category.OFFICIAL, number="991000002")
TRU = Person("r3", "Sùng A Trư", Category.PROBATIONARY)
BINH = Person("r4", "Hà Thị Bình", Category.OFFICIAL, standing=Standing.EXEMPT)
ROSTER = Roster("Chi bộ bản Nậm Khoai", "99168053000004", (DO, QUYET, TRU, BINH), "Đảng bộ xã")


def at(minute: int = 0) -> Moment:
    """Return a moment of the evening."""
    return Moment(T + timedelta(minutes=minute), TimeQuality.SYNCHRONISED)


class Evening:
    """A terminal's log and its book; `again` is the terminal after a power cut."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "log.sqlite"
        self._start()

    def again(self) -> None:
        """Start anew over the same file."""
        self.log.close()
        self._start()

    def _start(self) -> None:
        self.log = EventLog(self._path, TERMINAL, WRAP_KEY, (SEAL.kid, SEAL.public))
        self.book = MeetingBook(self.log, ROSTER, lambda: ScratchLog(TERMINAL))
        self.book.resume()

    def tap(self, person: Person, minute: int) -> Entry:
        """Record an admitted card."""
        return self.book.check_in(
            at=at(minute), outcome="ADMITTED", reason=None, person=person,
            person_key=person.person_key, body={"chip": person.id},
        )  # fmt: skip

    @property
    def sitting(self) -> Sitting:
        return self.book.require()

    def state(self, person: Person) -> State:
        """Return how somebody stands."""
        return next(line.state for line in self.sitting.lines if line.person.id == person.id)


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """Return a terminal with an open monthly meeting, called for T."""
    made = Evening(tmp_path)
    made.book.open(default(Kind.REGULAR, begins=T), at(-20))
    yield made
    made.log.close()


def test_entry_by_hand(evening: Evening) -> None:
    """Present, by hand, with its reason, and as late or not as the secretary says."""
    evening.book.hand_entry("r3", HandReason.PROBATIONARY, at(40), late=False)
    evening.book.hand_entry("r2", HandReason.FORGOTTEN, at(41), late=True)
    assert (evening.state(TRU), evening.state(QUYET)) == (State.PRESENT, State.LATE)
    presence = evening.sitting.attendance.of_person("r3")
    assert presence is not None
    assert (presence.how, presence.reason) == (How.HAND, "PROBATIONARY")
    assert [entry.person_id for entry in evening.sitting.by_hand] == ["r3", "r2"]


def test_entry_by_hand_of_somebody_here(evening: Evening) -> None:
    """The same person by card and by hand is one person: refused, saying so."""
    evening.tap(DO, -5)
    with pytest.raises(MeetingState) as caught:
        evening.book.hand_entry("r1", HandReason.FORGOTTEN, at(), late=False)
    assert caught.value.next_step


def test_the_card_after_the_hand(evening: Evening) -> None:
    """A card of somebody entered by hand finds the same pseudonym."""
    evening.book.hand_entry("r1", HandReason.FORGOTTEN, at(), late=False)
    tag = evening.book.tag(DO.person_key)
    presence = evening.book.presence(tag)
    assert presence is not None
    assert presence.how is How.HAND


def test_absence_before_and_at_the_desk(evening: Evening) -> None:
    """The words stay sealed in the body; coming all the same makes present."""
    evening.book.absence("r2", AbsenceOutcome.EXCUSED, at(-15), note="Ốm nặng", before=True)
    assert evening.state(QUYET) is State.EXCUSED
    assert evening.sitting.attendance.absences["r2"].reason == "Ốm nặng"
    assert not any(b"\xe1\xbb\x90m" in event.to_bytes() for event in evening.log.events())
    evening.tap(QUYET, 1)
    assert evening.state(QUYET) is State.PRESENT


def test_absence_of_somebody_here(evening: Evening) -> None:
    """What is so is not overwritten: the presence is annulled first."""
    evening.tap(DO, 0)
    with pytest.raises(MeetingState):
        evening.book.absence("r1", AbsenceOutcome.EXCUSED, at())


def test_a_guest(evening: Evening) -> None:
    """Put on this meeting's list, counted apart, named in the sealed event alone."""
    guest = evening.book.add("  Đinh  Thị Lan ", Category.GUEST, at())
    evening.book.hand_entry(guest.id, HandReason.GUEST, at(), late=False)
    assert guest.name == "Đinh Thị Lan"
    assert evening.sitting.figures.guests == 1
    assert ROSTER.by_id(guest.id) is None
    second = evening.book.add("Người Khác", Category.OBSERVER, at())
    assert second.id != guest.id


@pytest.mark.parametrize(
    ("name", "category"),
    [("", Category.GUEST), ("x" * 501, Category.GUEST), ("A", Category.OFFICIAL)],
)
def test_somebody_who_cannot_be_added(evening: Evening, name: str, category: Category) -> None:
    """No member comes onto a list at the desk."""
    with pytest.raises(MeetingState):
        evening.book.add(name, category, at())


def test_leaving_early_and_coming_back(evening: Evening) -> None:
    """A departure ends a presence, the next card begins it again."""
    evening.tap(DO, 0)
    evening.book.depart(DO, at(30), body={"profile": "dang-vien"})
    assert evening.state(DO) is State.LEFT_EARLY
    with pytest.raises(MeetingState):
        evening.book.depart(DO, at(31), reason=HandReason.FORGOTTEN)
    evening.tap(DO, 40)
    assert evening.state(DO) is State.PRESENT


@pytest.mark.parametrize("act", ["tap", "hand", "absence", "departure"])
def test_annulled(evening: Evening, act: str) -> None:
    """Whatever it was, its effect is gone, and both events stay in the log."""
    match act:
        case "tap":
            entry = evening.tap(DO, 0)
        case "hand":
            entry = evening.book.hand_entry("r1", HandReason.LOST, at(), late=False)
        case "absence":
            entry = evening.book.absence("r1", AbsenceOutcome.EXCUSED, at())
        case _:
            evening.tap(DO, 0)
            entry = evening.book.depart(DO, at(5), reason=HandReason.FORGOTTEN)
    before = len(evening.log.events())
    evening.book.annul(entry.seq, AnnulReason.WRONG_PERSON, at(10), note="nhầm")
    wanted = State.PRESENT if act == "departure" else State.NOT_YET
    assert evening.state(DO) is wanted
    assert len(evening.log.events()) == before + 1
    with pytest.raises(MeetingState):
        evening.book.annul(entry.seq, AnnulReason.OTHER, at(11))


def test_annulling_what_is_not_there(evening: Evening) -> None:
    """An event of another kind, or none."""
    with pytest.raises(MeetingState):
        evening.book.annul(1, AnnulReason.OTHER, at())


def test_amended_while_open(evening: Evening) -> None:
    """Officers and quorum are elected at the opening; the kind stays."""
    rules = (PRESETS[Preset.RECOGNITION][0],)
    changed = replace(evening.sitting.opening, chair="r1", secretary="r2", quorums=rules)
    evening.book.amend(changed, at())
    assert evening.sitting.opening == changed
    assert evening.sitting.figures.quorums[0].of == 2
    with pytest.raises(MeetingState):
        evening.book.amend(replace(changed, kind=Kind.CONFERENCE), at())


def test_figures_read_aloud_do_not_move(evening: Evening) -> None:
    """What was announced stays as it was read, whoever comes later."""
    evening.tap(DO, 0)
    evening.book.announce(at(10))
    evening.tap(QUYET, 20)
    announced = evening.sitting.announced
    assert announced is not None
    assert (announced.figures["present"], evening.sitting.figures.present) == (1, 2)


def test_the_chair_confirms_all_entries_by_hand(evening: Evening) -> None:
    """Those that stand; one that was annulled is not among them."""
    kept = evening.book.hand_entry("r3", HandReason.PROBATIONARY, at(), late=False)
    gone = evening.book.hand_entry("r2", HandReason.FORGOTTEN, at(), late=False)
    evening.book.annul(gone.seq, AnnulReason.BY_MISTAKE, at())
    evening.book.confirm_by_hand(at(90), by="r1")
    confirmed = evening.sitting.confirmed
    assert confirmed is not None
    assert (confirmed.by, confirmed.entries) == ("r1", frozenset({kept.seq}))


def test_everything_is_there_after_a_power_cut(evening: Evening) -> None:
    """The meeting that was open is open again, with all that was done to it."""
    evening.tap(DO, 0)
    evening.book.hand_entry("r3", HandReason.PROBATIONARY, at(), late=False)
    evening.book.absence("r2", AbsenceOutcome.EXCUSED, at(), note="Ốm")
    guest = evening.book.add("Đinh Thị Lan", Category.GUEST, at())
    evening.book.hand_entry(guest.id, HandReason.GUEST, at(), late=False)
    evening.book.amend(replace(evening.sitting.opening, chair="r1"), at(1))
    evening.book.announce(at(2))
    evening.book.confirm_by_hand(at(3), by="r1")
    before = evening.sitting
    evening.again()
    after = evening.sitting
    assert (after.opening, after.lines, after.entries) == (
        before.opening, before.lines, before.entries,
    )  # fmt: skip
    assert (after.announced, after.confirmed) == (before.announced, before.confirmed)


def test_a_closed_meeting_can_be_looked_at(evening: Evening) -> None:
    """As it ended, from what is written; whoever did not come is absent without a reason."""
    evening.tap(DO, 0)
    context = evening.sitting.context
    ended = evening.book.close(at(100))
    assert evening.book.sitting is None
    past = evening.book.past(context)
    assert past.closed_at == ended.closed_at == at(100).at
    assert (past.lines, past.figures.unexcused) == (ended.lines, 2)


def test_practice_never_counts(tmp_path: Path) -> None:
    """Nothing of it stands in the log, nothing is left of its folder, the next meeting is real."""
    made = Evening(tmp_path)
    made.book.open(default(Kind.REGULAR), at(), practice=True)
    assert made.sitting.practice
    made.tap(DO, 1)
    assert made.sitting.present == 1
    made.book.close(at(5))
    assert made.log.events() == ()
    made.book.open(default(Kind.REGULAR), at(6))
    assert made.log.events()[0].kind is EventKind.CONTEXT_OPENED
    assert made.book.past(made.sitting.context).practice is False
    made.log.close()


def test_practice_goes_with_the_power(tmp_path: Path) -> None:
    """After a power cut there is no meeting."""
    made = Evening(tmp_path)
    made.book.open(default(Kind.REGULAR), at(), practice=True)
    made.again()
    assert made.book.sitting is None
    made.log.close()


def test_a_terminal_without_practice(tmp_path: Path) -> None:
    """Says so."""
    log = EventLog(tmp_path / "log.sqlite", TERMINAL, WRAP_KEY, (SEAL.kid, SEAL.public))
    with pytest.raises(MeetingState):
        MeetingBook(log, ROSTER).open(Opening(Kind.REGULAR), at(), practice=True)
    log.close()


@pytest.mark.parametrize("person_id", ["r9", ""])
def test_somebody_not_on_the_list(evening: Evening, person_id: str) -> None:
    """Refused, pointing to the list."""
    with pytest.raises(MeetingState):
        evening.book.hand_entry(person_id, HandReason.LOST, at(), late=False)


def test_a_wish_to_correct_the_roster(evening: Evening) -> None:
    """Goes up in a sealed event and changes nothing here."""
    before = evening.sitting.lines
    evening.book.correct("r1", {"name": "Lò Thị Dợ (Em)"}, at())
    assert evening.sitting.lines == before
    assert evening.log.events()[-1].kind is EventKind.CORRECTION
    with pytest.raises(MeetingState):
        evening.book.correct("r1", {}, at())
