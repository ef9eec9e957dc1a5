"""The terms of a closing sheet, in Vietnamese: one word for each code.

Lives here: tables and nothing else. Not here: the sentences (`sheet_words`), the words of the
screens (`edge.web`, through gettext).
Source: TERMS; the drawn sheet. The short form of a delegate and the words of quorum are not settled
by an official text that this project has seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.meeting.attendance import FactKind, How
from edge.meeting.figures import State
from edge.meeting.quorum import Base, Preset
from edge.meeting.roster import Category
from edge.meeting.rules import Kind
from edge.meeting.sheet_parts import Calling, Role
from edge.wire.kinds import AbsenceOutcome, AnnulReason, HandReason
from verify.freshness import Standing as ListStanding
from verify.moment import TimeQuality

HEADING = "Biên bản điểm danh"
SUPPLEMENT_HEADING = "Biên bản bổ sung"
PRACTICE = "Chế độ tập: không tính"
DASH = "–"

KINDS: Mapping[Kind, str] = {
    Kind.REGULAR: "Sinh hoạt thường kỳ",
    Kind.THEMATIC: "Sinh hoạt chuyên đề",
    Kind.EXTRAORDINARY: "Họp bất thường",
    Kind.CONFERENCE: "Hội nghị",
    Kind.MEMBERS_CONGRESS: "Đại hội đảng viên",
    Kind.DELEGATES_CONGRESS: "Đại hội đại biểu",
}
SHORT_CATEGORIES: Mapping[Category, str] = {
    Category.OFFICIAL: "CT",
    Category.PROBATIONARY: "DB",
    Category.TEMPORARY: "TT",
    Category.DELEGATE: "ĐB",
    Category.GUEST: "KM",
    Category.OBSERVER: "DT",
}
CATEGORIES: Mapping[Category, str] = {
    Category.OFFICIAL: "đảng viên chính thức",
    Category.PROBATIONARY: "đảng viên dự bị",
    Category.TEMPORARY: "sinh hoạt tạm thời tại chi bộ",
    Category.DELEGATE: "đại biểu",
    Category.GUEST: "khách mời",
    Category.OBSERVER: "dự thính",
}
STATES: Mapping[State, str] = {
    State.PRESENT: "Có mặt",
    State.LATE: "Đến muộn",
    State.LEFT_EARLY: "Về sớm",
    State.EXCUSED: "Vắng có lý do",
    State.UNEXCUSED: "Vắng không lý do",
    State.EXEMPT: "Được miễn",
    State.NOT_SUMMONED: "Không triệu tập",
}
REASONS: Mapping[HandReason, str] = {
    HandReason.PROBATIONARY: "dự bị",
    HandReason.NOT_EXCHANGED: "chưa đổi thẻ chip",
    HandReason.FORGOTTEN: "quên thẻ",
    HandReason.LOST: "mất thẻ",
    HandReason.UNREADABLE: "thẻ không đọc được",
    HandReason.GUEST: "khách",
}
WAYS: Mapping[How, str] = {
    How.CARD: "thẻ",
    How.TOUCH: "thẻ, chưa đủ căn cứ xác thực",
    How.HAND: "tay",
}
ROLES: Mapping[Role, str] = {Role.CHAIR: "chủ trì", Role.SECRETARY: "thư ký"}
TOPICS: Mapping[Preset, str] = {
    Preset.ADMISSION: "kết nạp đảng viên",
    Preset.RECOGNITION: "công nhận đảng viên chính thức",
    Preset.RESOLUTION: "nghị quyết",
    Preset.CONGRESS: "đại hội",
}
BASES: Mapping[Base, str] = {
    Base.OFFICIAL: "đảng viên chính thức có mặt",
    Base.SUMMONED: "người được triệu tập có mặt",
}
UNCALLED: Mapping[Calling, str] = {
    Calling.EXEMPT: "được miễn",
    Calling.ELSEWHERE: "sinh hoạt nơi khác",
    Calling.NOT_CALLED: "không triệu tập",
}
LATER: Mapping[FactKind, str] = {
    FactKind.CHECK_IN: "Điểm danh bằng thẻ",
    FactKind.CONFIRMED: "Ghi có mặt: chưa đủ căn cứ xác thực",
    FactKind.HAND_ENTRY: "Điểm danh thủ công",
    FactKind.ABSENCE: "Vắng",
    FactKind.DEPARTURE: "Về sớm",
    FactKind.WITHDRAWN: "Rút lại lượt điểm danh",
    FactKind.ANNULLED: "Huỷ lượt điểm danh",
}
CODES: Mapping[str, str] = {
    **{code.value: text for code, text in REASONS.items()},
    AnnulReason.WRONG_PERSON: "nhầm người",
    AnnulReason.BY_MISTAKE: "bấm nhầm",
    AnnulReason.CARD_OF_ANOTHER: "thẻ của người khác",
    AnnulReason.OTHER: "lý do khác",
}
AWAY: Mapping[str, str] = {
    AbsenceOutcome.EXCUSED: STATES[State.EXCUSED],
    AbsenceOutcome.UNEXCUSED: STATES[State.UNEXCUSED],
    AbsenceOutcome.EXEMPT: STATES[State.EXEMPT],
}
QUALITIES: Mapping[TimeQuality, str] = {
    TimeQuality.HELD: "giờ chưa kiểm lại",
    TimeQuality.ASSERTED: "giờ đặt tay",
    TimeQuality.FLOOR_ONLY: "giờ có thể sai",
}
LISTS: Mapping[ListStanding, str] = {
    ListStanding.UNPROVED: ", chưa chắc còn mới",
    ListStanding.STALE: ", đã quá hạn",
    ListStanding.TOO_OLD: ", quá cũ",
}
