"""An evening of a cell of forty, as the printed sheet shows it; every name is made up.

Run as a program (`python -m tests.edge.meeting.evening`) it writes the golden form anew: only
after the form of a sheet changed on purpose, with a new version.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from edge.meeting.attendance import Attendance, Fact, FactKind, fold
from edge.meeting.opening import Opening
from edge.meeting.quorum import PRESETS, Preset, QuorumRule
from edge.meeting.roster import Category, Person, Roster, Standing
from edge.meeting.rules import Kind
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_build import Confirmation, Ending, build
from edge.meeting.sheet_json import to_bytes
from edge.meeting.sheet_parts import (
    CardList,
    Knowledge,
    Later,
    MeetingId,
    ReadAloud,
    Supplement,
)
from edge.wire.kinds import AbsenceOutcome, HandReason
from verify.freshness import Standing as ListStanding
from verify.moment import TimeQuality

GOLDEN = Path(__file__).parent / "golden" / "sheet.json"
EVENING = datetime(2026, 11, 5, 12, tzinfo=UTC)
"""19:00 in Vietnam."""
MEETING = MeetingId("99-0417", "0f" * 16, date(2026, 11, 5), 1)
CLOSED = EVENING + timedelta(minutes=107)

_CATEGORY = {"CT": Category.OFFICIAL, "DB": Category.PROBATIONARY, "TT": Category.TEMPORARY}
_STANDING = {"mien": Standing.EXEMPT, "noi-khac": Standing.ELSEWHERE, "-": Standing.SUSPENDED}
_HAND = {
    "PROBATIONARY": HandReason.PROBATIONARY,
    "NOT_EXCHANGED": HandReason.NOT_EXCHANGED,
    "FORGOTTEN": HandReason.FORGOTTEN,
}

PEOPLE = """
Lò Văn An;CT;18:47 | Vi Thị Ánh;CT;18:52 | Giàng A Bua;CT;18:55 | Hà Thị Bình;CT;mien
Lương Văn Bun;CT;18:49 | Phạm Bá Chiến;CT;18:58 | Cút Văn Chơn;CT;18:51 NOT_EXCHANGED
Lò Thị Dợ;CT;18:53 | Vàng A Dơ;CT;vang | Bùi Văn Dũng;CT;18:56 | Hà Văn Đại;CT;18:50
Sùng Thị Già;DB;18:57 PROBATIONARY | Lò Văn Hặc;CT;18:59 | Vi Văn Hoan;CT;18:54
Phạm Thị Hoa;CT;noi-khac | Thao A Hờ;CT;19:21 | Lương Thị Huệ;TT;18:57 | Hà Văn Khiêm;CT;vang
Triệu Văn Lâm;CT;18:48 | Lò Thị Liên;DB;18:58 PROBATIONARY | Giàng A Lử;CT;19:00
Vi Thị Mai;CT;18:55 | Bùi Thị Nga;CT;19:06 | Nguyễn Thị Hồng Phương Thảo Ngọc;CT;19:04
Lương Văn Ơn;CT;18:59 | Lò Thị Pâng;CT;18:45 | Thao Văn Pó;CT;khong
Hà Văn Quyết;CT;19:02 FORGOTTEN | Vàng A Sình;CT;19:06 TOUCH | Phạm Bá Sơn;CT;-
Cút Thị Tâm;CT;18:52 | Lò Văn Thành 1961;CT;18:56 | Lò Văn Thành 1984;CT;19:08
Hà Văn Thuận;CT;18:40 | Vi Thị Thuỷ;CT;vang | Bùi Văn Toản;CT;mien
Sùng A Trư;DB;19:09 PROBATIONARY | Lương Thị Vân;CT;18:58 | Triệu Thị Xuân;CT;19:18
Giàng Thị Y;CT;19:01
"""


def at(text: str) -> datetime:
    """Return a time of that evening, `18:47` in Vietnam."""
    hour, minute = text.split(":")
    return EVENING + timedelta(hours=int(hour) - 19, minutes=int(minute))


def _person(index: int, name: str, category: str, says: str) -> Person:
    first, _, last = name.rpartition(" ")
    born = f"{last}-03-01" if last.isdigit() else "1970-01-02"
    return Person(
        id=f"p{index}",
        name=first if last.isdigit() else name,
        category=_CATEGORY[category],
        birth=born,
        number=f"{990_000_000 + index}",
        personal_number=f"{99_000_000_000 + index:012}",
        can=f"{100_000 + index}",
        standing=_STANDING.get(says, Standing.ACTIVE),
        post="bí thư" if name == "Hà Văn Thuận" else None,
    )


def _fact(seq: int, person: Person, says: str) -> Fact | None:
    tag = person.id.encode()
    if says == "vang":
        away = AbsenceOutcome.EXCUSED
        return Fact(seq, FactKind.ABSENCE, EVENING, person.id, tag, False, reason="ốm", away=away)
    time, _, how = says.partition(" ")
    if ":" not in time:
        return None
    if how in _HAND:
        kind, reason = FactKind.HAND_ENTRY, _HAND[how].value
        return Fact(seq, kind, at(time), person.id, tag, False, reason=reason)
    kind = FactKind.CONFIRMED if how == "TOUCH" else FactKind.CHECK_IN
    return Fact(seq, kind, at(time), person.id, tag, counts=True)


def arrived(
    person: Person, time: str, kind: FactKind = FactKind.CHECK_IN, *, seq: int = 900
) -> Fact:
    """Return the fact of somebody who came."""
    return Fact(seq, kind, at(time), person.id, person.id.encode(), counts=True)


def _made() -> tuple[tuple[Person, ...], Attendance]:
    said = [one.strip().split(";") for one in PEOPLE.replace("\n", "|").split("|") if one.strip()]
    people = tuple(_person(i, *fields) for i, fields in enumerate(said, start=1))
    found = [
        _fact(seq, person, fields[2])
        for seq, (person, fields) in enumerate(zip(people, said, strict=True), start=2)
    ]
    return people, fold(fact for fact in found if fact is not None)


MEMBERS, ATTENDANCE = _made()


def person_id(name: str) -> str:
    """Return the roster id of this name."""
    return next(person.id for person in MEMBERS if person.name == name)


ROSTER = Roster(
    organisation="Chi bộ bản Nậm Khoai",
    code="99168053000004",
    people=MEMBERS,
    parent="Đảng bộ xã Pha Hín",
)
RECOGNITION: QuorumRule = PRESETS[Preset.RECOGNITION][0]
OPENING = Opening(
    Kind.REGULAR,
    title="tháng 11/2026",
    place="nhà văn hoá bản Nậm Khoai",
    begins=EVENING,
    late_minutes=15,
    quorums=(QuorumRule(Preset.RECOGNITION, RECOGNITION.base, 2, 3, strict=False, topic="Mục 5"),),
    chair=person_id("Hà Văn Thuận"),
    secretary=person_id("Lò Thị Pâng"),
)
HAND_ENTRIES = frozenset(
    presence.seq for presence in ATTENDANCE.present.values() if presence.how == "hand"
)
ENDING = Ending(
    opened=at("18:35"),
    closed=CLOSED,
    signed=CLOSED,
    announced=ReadAloud(at("19:10"), {"members": 40, "summoned": 36, "present": 30}),
    confirmed=Confirmation(at("20:46"), person_id("Hà Văn Thuận"), HAND_ENTRIES),
)
KNOWLEDGE = Knowledge(
    cards=CardList("418", datetime(2026, 10, 30, 1, tzinfo=UTC), ListStanding.FRESH),
    time=TimeQuality.HELD,
    checked=datetime(2026, 10, 30, 2, 30, tzinfo=UTC),
)


def the_sheet(
    *,
    opening: Opening = OPENING,
    roster: Roster = ROSTER,
    attendance: Attendance = ATTENDANCE,
    ending: Ending = ENDING,
    knowledge: Knowledge = KNOWLEDGE,
    supplement: Supplement | None = None,
    practice: bool = False,
) -> Sheet:
    """Return the evening's sheet, or one that differs in something."""
    return build(
        MEETING,
        opening,
        roster,
        attendance,
        ending,
        knowledge,
        supplement=supplement,
        practice=practice,
    )


SUPPLEMENT = Supplement(
    number=1,
    of=bytes(range(32)),
    later=(
        Later(at("20:58"), FactKind.CHECK_IN, "Thao Văn Pó"),
        Later(at("21:03"), FactKind.ANNULLED, "Vàng A Sình", "BY_MISTAKE"),
        Later(at("21:04"), FactKind.HAND_ENTRY, "Vàng A Sình", "FORGOTTEN"),
    ),
)


FAMILIES = ("Bùi", "Cút", "Giàng", "Hà", "Lò", "Lương", "Nguyễn", "Phạm", "Sùng", "Vi", "Y")
MIDDLES = ("A", "Bá", "Thị", "Thị Hồng", "Thị Minh", "Văn", "Xuân")
GIVEN = ("An", "Bình", "Chiến", "Dũng", "Đại", "Hoa", "Lâm", "Mai", "Ngọc", "Thuỷ", "Trang", "Vân")


def crowd(count: int, *, before: str = "", how: FactKind = FactKind.CHECK_IN) -> Sheet:
    """Return the sheet of `count` people who all came, their names after `before`."""
    people = tuple(
        Person(f"p{n}", f"{before}{_name(n)}", Category.OFFICIAL, birth="1970-01-01")
        for n in range(count)
    )
    facts = [
        Fact(n, how, EVENING + timedelta(seconds=9 * n), p.id, p.id.encode(), True, reason="LOST")
        for n, p in enumerate(people, start=2)
    ]
    return the_sheet(
        opening=replace(OPENING, chair="p0", secretary="p1"),
        roster=replace(ROSTER, people=people),
        attendance=fold(facts),
        ending=replace(ENDING, confirmed=None),
    )


def _name(n: int) -> str:
    n, given = divmod(n, len(GIVEN))
    n, middle = divmod(n, len(MIDDLES))
    return f"{FAMILIES[n % len(FAMILIES)]} {MIDDLES[middle]} {GIVEN[given]}"


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_bytes(to_bytes(the_sheet()))
