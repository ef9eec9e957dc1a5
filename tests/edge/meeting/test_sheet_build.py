"""From a meeting that ends to its sheet: who stands where, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.meeting.attendance import Attendance, Fact, FactKind, How, fold
from edge.meeting.figures import figures, lines
from edge.meeting.opening import Opening
from edge.meeting.roster import Category, Person, Roster, Standing
from edge.meeting.rules import Kind
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_build import Confirmation
from edge.meeting.sheet_json import from_object, to_object
from edge.meeting.sheet_parts import Calling, HandEntries, Knowledge, Role, SheetLine
from edge.wire.kinds import HandReason
from verify.moment import TimeQuality

from .evening import (
    ATTENDANCE,
    CLOSED,
    ENDING,
    HAND_ENTRIES,
    MEMBERS,
    OPENING,
    ROSTER,
    arrived,
    at,
    person_id,
    the_sheet,
)


def line_of(sheet: Sheet, name: str) -> SheetLine:
    """Return the only line of this name."""
    (found,) = [line for line in sheet.everybody if line.name == name]
    return found


def with_people(*more: Person, facts: tuple[Fact, ...] = ()) -> tuple[Roster, Attendance]:
    """Return the evening's roster with more people, and who of them is there."""
    present = dict(ATTENDANCE.present) | dict(fold(facts).present)
    roster = replace(ROSTER, people=(*MEMBERS, *more))
    return roster, Attendance(present, ATTENDANCE.absences)


def test_the_sums_are_those_of_board_and_desk() -> None:
    """One count: what the desk showed at the end is what the sheet says."""
    standing = lines(MEMBERS, ATTENDANCE, late_after=OPENING.late_after, closing=True)
    found = the_sheet()
    assert found.figures == figures(standing, OPENING.quorums)
    assert (found.figures.members, found.figures.present, found.figures.rate) == (40, 32, 889)
    assert found.hand == HandEntries(5, 5, at("20:46"), "Hà Văn Thuận")


def test_people_stand_in_the_order_of_given_names() -> None:
    """Letters before tones, as Vietnamese lists have it; two of one name by birth."""
    names = [line.name.rpartition(" ")[2] for line in the_sheet().people]
    assert names[:6] == ["An", "Ánh", "Bình", "Bua", "Bun", "Chiến"]
    assert names[-3:] == ["Vân", "Xuân", "Y"]


def test_the_year_of_birth_stands_only_where_two_share_the_name() -> None:
    """Nobody else's age is on the paper."""
    years = {(line.name, line.birth_year) for line in the_sheet().people if line.birth_year}
    assert years == {("Lò Văn Thành", 1961), ("Lò Văn Thành", 1984)}


def test_a_guest_of_a_members_name_tells_them_apart() -> None:
    """Both carry the year, also across the two lists."""
    guest = Person("them-1", "Lò Văn An", Category.GUEST, birth="1990-05-06")
    roster, attendance = with_people(guest, facts=(arrived(guest, "18:59"),))
    sheet = the_sheet(roster=roster, attendance=attendance)
    years = [line.birth_year for line in sheet.everybody if line.name == "Lò Văn An"]
    assert years == [1970, 1990]


def test_officers_are_marked_in_the_list_and_named_to_sign() -> None:
    """Chair and secretary as the meeting was opened or amended."""
    sheet = the_sheet()
    assert (sheet.chair, sheet.secretary) == ("Hà Văn Thuận", "Lò Thị Pâng")
    assert line_of(sheet, "Hà Văn Thuận").roles == (Role.CHAIR,)
    both = replace(OPENING, secretary=OPENING.chair)
    assert line_of(the_sheet(opening=both), "Hà Văn Thuận").roles == (Role.CHAIR, Role.SECRETARY)


def test_no_officers_and_one_that_is_not_on_the_list() -> None:
    """The places to sign stay empty; somebody unknown is nobody."""
    nobody = the_sheet(opening=replace(OPENING, chair=None, secretary="gone"))
    assert (nobody.chair, nobody.secretary) == (None, None)
    assert all(not line.roles for line in nobody.everybody)


def test_why_by_hand_and_what_was_touched() -> None:
    """A reason's code, and the mark of a card whose standing could not be shown."""
    sheet = the_sheet()
    assert line_of(sheet, "Hà Văn Quyết").reason is HandReason.FORGOTTEN
    assert line_of(sheet, "Vàng A Sình").how is How.TOUCH


def test_a_reason_of_a_later_program() -> None:
    """It is left out; the entry by hand stays."""
    person = MEMBERS[0]
    fact = Fact(2, FactKind.HAND_ENTRY, at("18:47"), person.id, b"t", False, reason="LATER")
    line = the_sheet(attendance=fold([fact]), ending=replace(ENDING, confirmed=None)).people[0]
    assert (line.how, line.reason) == (How.HAND, None)


def test_left_early() -> None:
    """The time of leaving stands beside that of coming."""
    person = MEMBERS[0]
    left = Fact(901, FactKind.DEPARTURE, at("20:10"), person.id, person.id.encode(), counts=False)
    line = the_sheet(attendance=fold([arrived(person, "18:47"), left])).people[0]
    assert (line.at, line.left) == (at("18:47"), at("20:10"))


def test_entries_by_hand_after_the_chair_confirmed() -> None:
    """Those that were not among the confirmed are counted apart."""
    some = frozenset(sorted(HAND_ENTRIES)[:3])
    said = Confirmation(at("20:46"), person_id("Hà Văn Thuận"), some)
    assert the_sheet(ending=replace(ENDING, confirmed=said)).hand.confirmed == 3
    assert the_sheet(ending=replace(ENDING, confirmed=None)).hand == HandEntries(5)


def test_who_was_not_called_and_comes_counts_apart() -> None:
    """Exempt ones count on both sides; those elsewhere or suspended are no part of the rate."""
    away = [p for p in MEMBERS if p.standing is not Standing.ACTIVE]
    facts = tuple(arrived(p, "18:50", seq=900 + n) for n, p in enumerate(away))
    roster, attendance = with_people(facts=facts)
    sheet = the_sheet(roster=roster, attendance=attendance)
    assert (sheet.figures.present, sheet.figures.guests) == (34, 2)
    assert (sheet.figures.exempt, sheet.figures.not_summoned) == (0, 0)
    assert {line_of(sheet, p.name).calling for p in away} == {
        Calling.EXEMPT, Calling.ELSEWHERE, Calling.NOT_CALLED,
    }  # fmt: skip


def test_the_form_says_nothing_of_suspension_or_of_numbers() -> None:
    """No standing, no reason of an absence, no number, no roster id: only `not-called`."""
    form = str(to_object(the_sheet()))
    for person in MEMBERS:
        for secret in (person.number, person.personal_number, f"'{person.id}'", person.can):
            assert secret is not None
            assert secret not in form
    assert "suspended" not in form
    assert "ốm" not in form
    assert "1970" not in form


def test_guests_stand_apart_and_only_where_they_came() -> None:
    """Guests, observers and delegates of a meeting that is not theirs."""
    came = Person("them-1", "Nguyễn Văn Khách", Category.GUEST)
    delegate = Person("them-2", "Trần Thị Đại Biểu", Category.DELEGATE)
    stayed = Person("them-3", "Ma Văn Vắng", Category.OBSERVER)
    facts = (arrived(came, "18:50"), arrived(delegate, "18:52", seq=901))
    roster, attendance = with_people(came, delegate, stayed, facts=facts)
    sheet = the_sheet(roster=roster, attendance=attendance)
    assert [line.name for line in sheet.guests] == ["Trần Thị Đại Biểu", "Nguyễn Văn Khách"]
    assert len(sheet.people) == 40
    assert (sheet.figures.guests, sheet.figures.members) == (2, 40)


def test_a_congress_of_delegates_lists_its_delegates() -> None:
    """Members who only look on are guests; those who stayed at home are not on it."""
    delegates = tuple(Person(f"d{n}", f"Đại Biểu {n}", Category.DELEGATE) for n in range(3))
    member = MEMBERS[0]
    facts = [arrived(p, "18:30", seq=n) for n, p in enumerate((*delegates[:2], member))]
    sheet = the_sheet(
        opening=Opening(Kind.DELEGATES_CONGRESS),
        roster=replace(ROSTER, people=(*MEMBERS, *delegates)),
        attendance=fold(facts),
        ending=replace(ENDING, confirmed=None),
    )
    assert [line.name for line in sheet.people] == [p.name for p in delegates]
    assert [line.name for line in sheet.guests] == [member.name]
    assert (sheet.figures.summoned, sheet.figures.present, sheet.figures.unexcused) == (3, 2, 1)
    assert from_object(to_object(sheet)) == sheet


@pytest.mark.parametrize(
    "name",
    [
        "Nguye\u0302\u0303n Va\u0306n An", "Lò\nVăn\tAn", "Lò \u202eVăn\u200b An", "\u0000\u0007",
        "\ud800", "\u00a0", "x" * 200, "\u0958" * 200, "  Lò  Văn An  ",
    ],
)  # fmt: skip
def test_whatever_a_roster_calls_somebody(name: str) -> None:
    """A sheet is made, its text is printable and survives its form."""
    roster = replace(ROSTER, people=(Person("p1", name, Category.OFFICIAL),), parent=name)
    opening = replace(OPENING, chair="p1")
    sheet = the_sheet(opening=opening, roster=roster, attendance=fold([]))
    assert sheet.people[0].name.isprintable()
    assert sheet.people[0].name.strip() == sheet.people[0].name != ""
    assert from_object(to_object(sheet)) == sheet


def test_a_clock_that_went_back() -> None:
    """It cannot keep a meeting from being closed: its end is not before its beginning."""
    early = replace(
        ENDING, closed=ENDING.opened - timedelta(days=2), signed=ENDING.opened - timedelta(days=3)
    )
    sheet = the_sheet(ending=early)
    assert sheet.opened == sheet.closed == sheet.signed


def test_times_are_kept_to_the_second() -> None:
    """Whatever the log measures."""
    closed = CLOSED + timedelta(microseconds=987_654)
    sheet = the_sheet(ending=replace(ENDING, closed=closed, signed=closed))
    assert sheet.closed == CLOSED
    assert from_object(to_object(sheet)) == sheet


def test_nothing_was_known() -> None:
    """No list, no time: a sheet all the same."""
    sheet = the_sheet(knowledge=Knowledge(None, TimeQuality.FLOOR_ONLY))
    assert from_object(to_object(sheet)) == sheet
