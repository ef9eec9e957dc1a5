"""What a sheet says, in the words of the drawn one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from edge.meeting import sheet_terms as terms
from edge.meeting import sheet_words as words
from edge.meeting.attendance import FactKind, How, fold
from edge.meeting.figures import State
from edge.meeting.opening import Opening
from edge.meeting.quorum import PRESETS, Base, Preset, QuorumResult, QuorumRule
from edge.meeting.roster import Category, Standing
from edge.meeting.rules import Kind
from edge.meeting.sheet_build import Confirmation
from edge.meeting.sheet_parts import (
    Calling,
    CardList,
    Knowledge,
    Later,
    ReadAloud,
    Role,
    SheetLine,
)
from edge.wire.kinds import AbsenceOutcome, AnnulReason, HandReason
from verify.freshness import Standing as ListStanding
from verify.moment import TimeQuality

from .evening import ENDING, KNOWLEDGE, OPENING, ROSTER, SUPPLEMENT, at, the_sheet

DAY = date(2026, 11, 5)


def test_the_drawn_sheet() -> None:
    """Head, sums and small print read as drawn."""
    sheet = the_sheet()
    assert words.heading(sheet) == "Biên bản điểm danh"
    assert words.organisation_code(sheet) == "99.168.053.000.004"
    assert words.place_and_day(sheet) == "Pha Hín, ngày 05 tháng 11 năm 2026"
    assert words.meeting_title(sheet) == "Sinh hoạt thường kỳ tháng 11/2026"
    assert words.hours(sheet) == ("Khai mạc 19:00, kết thúc 20:47, tại nhà văn hoá bản Nậm Khoai.")
    assert words.sums(sheet) == (
        ("Tổng số đảng viên", "40"), ("Tổng số triệu tập", "36"), ("Có mặt", "32"),
        ("Tỷ lệ dự", "88,9 %"), ("Vắng có lý do", "3"), ("Vắng không lý do", "1"),
        ("Được miễn", "2"), ("Không triệu tập khác", "2"),
    )  # fmt: skip
    assert words.key(sheet) == (
        "CT: đảng viên chính thức. DB: đảng viên dự bị. TT: sinh hoạt tạm thời tại chi bộ. "
        "Chỉ ghi giờ: điểm danh bằng thẻ."
    )
    assert words.by_hand(sheet) == "điểm danh thủ công, 5 người, chủ trì đã xác nhận lúc 20:46."
    assert [words.quorum(result) for result in sheet.figures.quorums] == [
        "Mục 5, công nhận đảng viên chính thức: 29 trên 33 đảng viên chính thức có mặt, cần 22."
    ]
    assert words.unknown(sheet) == (
        "thẻ báo mất sau 30/10/2026 (danh sách số 418); giờ chính xác (đồng hồ giữ từ 30/10)."
    )


def test_every_code_has_its_word() -> None:
    """No state, category, reason, way or kind is without one."""
    assert set(terms.KINDS) == set(Kind)
    assert set(terms.CATEGORIES) == set(terms.SHORT_CATEGORIES) == set(Category)
    assert set(terms.STATES) == set(State) - {State.NOT_YET}
    assert set(terms.REASONS) == set(HandReason)
    assert set(terms.WAYS) == set(How)
    assert set(terms.ROLES) == set(Role)
    assert set(terms.TOPICS) == set(Preset) - {Preset.OWN}
    assert set(terms.BASES) == set(Base)
    assert set(terms.UNCALLED) == set(Calling) - {Calling.CALLED}
    assert set(terms.QUALITIES) == set(TimeQuality) - {TimeQuality.SYNCHRONISED}
    assert set(terms.LISTS) == set(ListStanding) - {ListStanding.FRESH}
    for kind in FactKind:
        assert words.later(Later(at("21:00"), kind, "A"))
    for code in AbsenceOutcome:
        said = words.later(Later(at("21:00"), FactKind.ABSENCE, "A", code.value))
        assert said in terms.STATES.values()
    for reason in (*AnnulReason, *HandReason):
        said = words.later(Later(at("21:00"), FactKind.ANNULLED, "A", reason.value))
        assert said.startswith("Huỷ lượt điểm danh: ")


def _line(**fields: object) -> SheetLine:
    plain = SheetLine("A", None, Category.OFFICIAL, Calling.CALLED, State.EXCUSED)
    here = {"state": State.PRESENT, "at": at("18:47"), "how": How.CARD}
    return replace(plain, **(here | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, ("18:47", "")),
        ({"how": How.TOUCH}, ("18:47", "chưa đủ căn cứ xác thực")),
        ({"how": How.HAND}, ("18:47", "tay")),
        ({"how": How.HAND, "reason": HandReason.LOST}, ("18:47", "tay: mất thẻ")),
        ({"state": State.LATE}, ("18:47", "đến muộn")),
        (
            {"state": State.LEFT_EARLY, "left": at("20:10"), "roles": (Role.SECRETARY,)},
            ("18:47", "về sớm 20:10, thư ký"),
        ),
        ({"at": at("18:47") + timedelta(days=1)}, ("18:47 ngày 06/11", "")),
        ({"calling": Calling.EXEMPT}, ("18:47", "được miễn")),
        ({"calling": Calling.ELSEWHERE}, ("18:47", "sinh hoạt nơi khác")),
        ({"calling": Calling.NOT_CALLED}, ("18:47", "không triệu tập")),
        ({"calling": Calling.NOT_CALLED, "category": Category.GUEST}, ("18:47", "")),
    ],
)
def test_somebody_who_came(fields: dict[str, object], says: tuple[str, str]) -> None:
    """The time, and below it how and what else is to be known."""
    assert words.standing(_line(**fields), DAY) == says


@pytest.mark.parametrize(
    ("state", "calling", "says"),
    [
        (State.EXCUSED, Calling.CALLED, ("Vắng có lý do", "")),
        (State.UNEXCUSED, Calling.CALLED, ("Vắng không lý do", "")),
        (State.EXEMPT, Calling.EXEMPT, ("Được miễn", "")),
        (State.NOT_SUMMONED, Calling.ELSEWHERE, ("Không triệu tập", "sinh hoạt nơi khác")),
        (State.NOT_SUMMONED, Calling.NOT_CALLED, ("Không triệu tập", "")),
    ],
)
def test_somebody_who_did_not_come(state: State, calling: Calling, says: tuple[str, str]) -> None:
    """The state alone; of suspension nothing."""
    line = _line(state=state, calling=calling, at=None, how=None)
    assert words.standing(line, DAY) == says


def test_nothing_on_a_sheet_says_suspended() -> None:
    """In none of its words, whoever came."""
    suspended = tuple(replace(p, standing=Standing.SUSPENDED) for p in ROSTER.people)
    sheet = the_sheet(roster=replace(ROSTER, people=suspended))
    said = [text for line in sheet.people for text in words.standing(line, DAY)]
    said += [words.remarks(line) for line in sheet.people]
    said += [words.key(sheet), words.by_hand(sheet), *(text for _, text in words.sums(sheet))]
    assert "không triệu tập" in said
    for text in (*said, *terms.STATES.values()):
        assert "đình chỉ" not in text


@pytest.mark.parametrize(
    ("opening", "title"),
    [
        (Opening(Kind.REGULAR), "Sinh hoạt thường kỳ tháng 11/2026"),
        (Opening(Kind.THEMATIC, title="học tập"), "Sinh hoạt chuyên đề học tập"),
        (Opening(Kind.EXTRAORDINARY), "Họp bất thường"),
    ],
)
def test_titles(opening: Opening, title: str) -> None:
    """A monthly meeting says its month by itself."""
    assert words.meeting_title(the_sheet(opening=opening)) == title


def test_hours_that_pass_midnight_and_a_meeting_without_place() -> None:
    """The other day is named; without an hour it began when it was opened."""
    closed = at("23:00") + timedelta(hours=1, minutes=5)
    late = replace(ENDING, closed=closed, signed=closed)
    sheet = the_sheet(opening=Opening(Kind.REGULAR), ending=late)
    assert words.hours(sheet) == "Khai mạc 18:35, kết thúc 00:05 ngày 06/11."


@pytest.mark.parametrize(
    ("organisation", "parent", "place"),
    [
        ("Đảng uỷ phường Nậm Na", "Đảng bộ tỉnh X", "Nậm Na, ngày 05"),
        ("Chi bộ 3", "Đảng bộ đặc khu Cồn Vẽ", "Cồn Vẽ, ngày 05"),
        ("Chi bộ 3", "Đảng bộ Công ty Y", "Ngày 05"),
        ("Chi bộ 3", None, "Ngày 05"),
        ("Chi bộ Hoà xãm", None, "Ngày 05"),
    ],
)
def test_where_the_sheet_is_signed(organisation: str, parent: str | None, place: str) -> None:
    """The commune of the organisation or the one above; nothing is guessed."""
    roster = replace(ROSTER, organisation=organisation, parent=parent)
    assert words.place_and_day(the_sheet(roster=roster)).startswith(place)


def test_a_code_of_another_form() -> None:
    """It stands as it is."""
    assert words.organisation_code(the_sheet(roster=replace(ROSTER, code="T-1"))) == "T-1"


@pytest.mark.parametrize(
    ("present", "of", "says"),
    [(32, 36, "88,9 %"), (36, 36, "100 %"), (0, 36, "0 %"), (0, 0, "–"), (1, 3, "33,3 %")],
)
def test_the_rate(present: int, of: int, says: str) -> None:
    """With a comma, without idle zeros; of nobody there is none."""
    assert words.rate(replace(the_sheet().figures, present=present, summoned=of)) == says


def test_entries_by_hand_that_the_chair_did_not_confirm() -> None:
    """Said, and how many."""
    nothing = the_sheet(ending=replace(ENDING, confirmed=None))
    assert words.by_hand(nothing).endswith("5 người, chủ trì chưa xác nhận.")
    assert ENDING.confirmed is not None
    some = Confirmation(at("20:46"), "p1", frozenset(sorted(ENDING.confirmed.entries)[:2]))
    assert words.by_hand(the_sheet(ending=replace(ENDING, confirmed=some))).endswith(
        "Lò Văn An đã xác nhận 2 người lúc 20:46, còn 3 chưa xác nhận."
    )
    assert words.by_hand(the_sheet(attendance=fold([]), ending=replace(ENDING))) == ""


def test_a_quorum_that_is_not_met_and_one_of_ones_own() -> None:
    """Said in the Party's words, without a topic too."""
    own = QuorumRule(Preset.OWN, Base.SUMMONED, 3, 4, strict=True)
    assert words.quorum(QuorumResult(own, 20, 28, 36)) == (
        "Tỷ lệ quy định: 20 trên 36 người được triệu tập có mặt, cần 28, chưa đủ tỷ lệ quy định."
    )
    congress = PRESETS[Preset.CONGRESS][0]
    assert words.quorum(QuorumResult(congress, 30, 24, 36)).startswith("Đại hội: 30 trên 36")


@pytest.mark.parametrize(
    ("knowledge", "says"),
    [
        (
            Knowledge(None, TimeQuality.SYNCHRONISED),
            "thẻ báo mất (chưa có danh sách thẻ thu hồi).",
        ),
        (
            replace(KNOWLEDGE, time=TimeQuality.HELD, checked=None),
            "thẻ báo mất sau 30/10/2026 (danh sách số 418); giờ chính xác (giờ chưa kiểm lại).",
        ),
        (
            replace(KNOWLEDGE, time=TimeQuality.ASSERTED),
            "thẻ báo mất sau 30/10/2026 (danh sách số 418); giờ chính xác (giờ đặt tay).",
        ),
        (
            Knowledge(
                CardList("1a", datetime(2026, 11, 4, 23, tzinfo=UTC), ListStanding.STALE),
                TimeQuality.FLOOR_ONLY,
            ),
            (
                "thẻ báo mất sau 06:00 ngày 05/11/2026 (danh sách số 1a, đã quá hạn); "
                "giờ chính xác (giờ có thể sai)."
            ),
        ),
    ],
)
def test_what_was_not_known(knowledge: Knowledge, says: str) -> None:
    """With dates; a list of the same day with its hour, an old one with its age."""
    assert words.unknown(the_sheet(knowledge=knowledge)) == says


def test_the_figures_that_were_read_aloud() -> None:
    """When, and how many were there."""
    aloud = ReadAloud(at("19:10"), {"present": 30, "summoned": 36})
    assert words.announced(aloud, DAY) == "Công bố lúc 19:10: có mặt 30 trên 36 triệu tập."
    assert words.announced(ReadAloud(at("19:10"), {}), DAY) == "Công bố lúc 19:10."


def test_guests() -> None:
    """By name, what they are where that is not plain, and when they came."""
    guest = _line(category=Category.GUEST, calling=Calling.NOT_CALLED, birth_year=1990)
    observer = _line(category=Category.OBSERVER, calling=Calling.NOT_CALLED, how=How.HAND)
    sheet = the_sheet(opening=replace(OPENING, quorums=()))
    figures = replace(sheet.figures, guests=2, by_hand=6)
    hand = replace(sheet.hand, entries=6)
    with_guests = replace(sheet, guests=(guest, observer), figures=figures, hand=hand)
    assert words.guests(with_guests) == "A, 1990 (18:47); A, dự thính (18:47, tay)."
    assert words.guests(sheet) == ""


def test_a_supplement() -> None:
    """Its own heading, dated when it was signed; each event in words."""
    signed = ENDING.signed + timedelta(days=1)
    sheet = the_sheet(supplement=SUPPLEMENT, ending=replace(ENDING, signed=signed))
    assert words.heading(sheet) == "Biên bản bổ sung"
    assert words.place_and_day(sheet) == "Pha Hín, ngày 06 tháng 11 năm 2026"
    assert [words.later(one) for one in SUPPLEMENT.later] == [
        "Điểm danh bằng thẻ",
        "Huỷ lượt điểm danh: bấm nhầm",
        "Điểm danh thủ công: quên thẻ",
    ]


def test_party_terms_are_spelt_as_the_party_spells_them() -> None:
    """Never with the other tone place."""
    said = [*terms.STATES.values(), *terms.CATEGORIES.values(), *terms.REASONS.values()]
    said += [words.later(Later(at("21:00"), kind, "A")) for kind in FactKind]
    for text in said:
        assert not any(wrong in text for wrong in ("ủy", "óa", "hủy"))
