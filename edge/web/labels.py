"""Names of states, kinds and categories on screen; and what the public board says.

Lives here: Vietnamese source texts (TERMS), shown through gettext. Not here: reasons (`words`),
colours and signs (the style sheet, by `data-state`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge.log.fault import LogFault
from edge.meeting.figures import State
from edge.meeting.opening import PhotoPolicy
from edge.meeting.quorum import Base, Preset
from edge.meeting.roster import Category, Standing
from edge.meeting.rules import Kind
from edge.tap.scene import Scene, SceneState
from edge.web.words import mark
from edge.wire.kinds import AnnulReason, ExportOutcome, HandReason


@dataclass(frozen=True, slots=True)
class BoardWords:
    """What the public board says: nothing of reasons, nothing of doubtful names."""

    sign: str
    word: str
    more: str = ""


_PUBLIC: Mapping[SceneState, BoardWords] = {
    SceneState.IDLE: BoardWords("idle", mark("Mời đặt thẻ lên đầu đọc")),
    SceneState.HOLD: BoardWords("hold", mark("Giữ yên thẻ")),
    SceneState.CHOOSE: BoardWords("choose", mark("Mời nhìn màn hình"), mark("Chạm tên mình")),
    SceneState.ACCEPTED: BoardWords("accepted", mark("Có mặt")),
    SceneState.ALREADY: BoardWords("already", mark("Đã điểm danh rồi")),
    SceneState.UNCONFIRMED: BoardWords("unconfirmed", mark("Chờ thư\u00a0ký ghi")),
    SceneState.REFUSED: BoardWords("refused", mark("Mời gặp thư\u00a0ký")),
    SceneState.BUSY: BoardWords("busy", mark("Xin chờ một chút")),
    SceneState.FAULT: BoardWords("fault", mark("Đầu đọc chưa nối"), mark("Báo tên với thư ký")),
    SceneState.LOCKED: BoardWords("locked", mark("Chưa ghi được"), mark("Thư ký ghi ra giấy")),
}
_LAY_AGAIN = BoardWords("hold", mark("Mời đặt lại thẻ"), mark("Giữ yên đến khi có kết quả"))
_LIFT_FIRST = BoardWords("hold", mark("Nhấc thẻ ra rồi đặt lại"), mark("Đã hết giờ chạm tên"))
_DESK_OPENED = BoardWords("hold", mark("Đã mở bàn thư\u00a0ký"))
_WRONG = BoardWords(
    "choose",
    mark("Nhấc thẻ ra"),
    mark("Tên hoặc số vừa rồi chưa đúng: chọn lại, rồi đặt lại thẻ"),
)


_WIPED = BoardWords("locked", mark("Trạm không dùng nữa"), mark("Đưa trạm về cơ quan"))
_LEAVING = BoardWords("idle", mark("Ra về: mời đặt thẻ"), mark("Đang ghi ra về"))
_LEFT = BoardWords("already", mark("Đã ghi ra về"))


_AT_COUNTER: Mapping[SceneState, BoardWords] = {
    SceneState.ACCEPTED: BoardWords("accepted", mark("Đã kiểm thẻ")),
    SceneState.REFUSED: BoardWords("refused", mark("Mời gặp cán\u00a0bộ")),
}


def public_state(scene: Scene) -> SceneState:
    """Return the state that the board shows: all refusals are one.

    At the counter so is doubt, which is the officer's to settle.
    """
    if scene.state is SceneState.UNEXPECTED:
        return SceneState.REFUSED
    if scene.counter and scene.state is SceneState.UNCONFIRMED:
        return SceneState.REFUSED
    return scene.state


def on_board(scene: Scene, *, leaving: bool = False) -> BoardWords:
    """Return what the board says of this scene; what is wrong with a card plays no part in it."""
    match public_state(scene):
        case SceneState.LOCKED if scene.reason == LogFault.WIPED:
            return _WIPED
        case state if scene.counter and state in _AT_COUNTER:
            return _AT_COUNTER[state]
        case SceneState.IDLE if scene.desk_opened:
            return _DESK_OPENED
        case SceneState.ALREADY if scene.left is not None:
            return _LEFT
        case SceneState.HOLD if not scene.card_present:
            return _LAY_AGAIN
        case SceneState.IDLE if scene.card_present:
            return _LIFT_FIRST
        case SceneState.IDLE if leaving:
            return _LEAVING
        case SceneState.CHOOSE if scene.wrong:
            return _WRONG
        case state:
            return _PUBLIC[state]


AT_DESK: Mapping[SceneState, str] = {
    SceneState.IDLE: mark("Đầu đọc sẵn sàng"),
    SceneState.HOLD: mark("Giữ yên thẻ"),
    SceneState.CHOOSE: mark("Chờ chạm tên"),
    SceneState.ACCEPTED: mark("Có mặt"),
    SceneState.ALREADY: mark("Đã điểm danh rồi"),
    SceneState.UNCONFIRMED: mark("Chưa đủ căn cứ xác thực"),
    SceneState.REFUSED: mark("Mời gặp thư\u00a0ký"),
    SceneState.UNEXPECTED: mark("Không tính ở cuộc họp này"),
    SceneState.BUSY: mark("Đầu đọc đang bận"),
    SceneState.FAULT: mark("Đầu đọc chưa nối"),
    SceneState.LOCKED: mark("Chưa ghi được nhật ký"),
}

KINDS: Mapping[str, str] = {
    Kind.REGULAR: mark("Sinh hoạt thường kỳ"),
    Kind.THEMATIC: mark("Sinh hoạt chuyên đề"),
    Kind.EXTRAORDINARY: mark("Họp bất thường"),
    Kind.CONFERENCE: mark("Hội nghị"),
    Kind.MEMBERS_CONGRESS: mark("Đại hội đảng viên"),
    Kind.DELEGATES_CONGRESS: mark("Đại hội đại biểu"),
}

CATEGORIES: Mapping[str, str] = {
    Category.OFFICIAL: mark("Đảng viên chính thức"),
    Category.PROBATIONARY: mark("Đảng viên dự bị"),
    Category.TEMPORARY: mark("Đảng viên sinh hoạt tạm thời"),
    Category.GUEST: mark("Khách mời"),
    Category.OBSERVER: mark("Dự thính"),
    Category.DELEGATE: mark("Đại biểu"),
}

HAND_REASONS: Mapping[str, str] = {
    HandReason.PROBATIONARY: mark("dự bị"),
    HandReason.NOT_EXCHANGED: mark("chưa đổi thẻ chip"),
    HandReason.FORGOTTEN: mark("quên thẻ"),
    HandReason.LOST: mark("mất thẻ"),
    HandReason.UNREADABLE: mark("thẻ không đọc được"),
    HandReason.GUEST: mark("khách"),
}
QUORUM_TOPICS: Mapping[str, str] = {
    Preset.ADMISSION: mark("Kết nạp đảng viên"),
    Preset.RECOGNITION: mark("Công nhận đảng viên chính thức"),
    Preset.RESOLUTION: mark("Nghị quyết của cơ quan lãnh đạo"),
    Preset.CONGRESS: mark("Đại hội"),
    Preset.OWN: mark("Tỷ lệ riêng"),
}
QUORUM_BASES: Mapping[str, str] = {
    Base.OFFICIAL: mark("Đảng viên chính thức"),
    Base.SUMMONED: mark("Người được triệu tập"),
}
PHOTO_POLICIES: Mapping[str, BoardWords] = {
    PhotoPolicy.NONE: BoardWords("", mark("Không hiện ảnh"), mark("Ảnh vẫn được đối chiếu.")),
    PhotoPolicy.GLANCE: BoardWords("", mark("Hiện ảnh"), mark("Hiện sau khi đã ghi có mặt.")),
    PhotoPolicy.HOLD: BoardWords(
        "", mark("Chờ ảnh rồi mới ghi"), mark("Người dự giữ yên thẻ vài giây.")
    ),
}

STANDINGS: Mapping[str, str] = {
    Standing.EXEMPT: mark("Được miễn công tác và sinh hoạt đảng"),
    Standing.ELSEWHERE: mark("Sinh hoạt tạm thời nơi khác"),
    Standing.SUSPENDED: mark("Không triệu tập: hỏi riêng chi uỷ"),
}
"""Shown at the desk only. No page says that somebody is suspended: a panel stands in a room."""


STATES: Mapping[State, str] = {
    State.PRESENT: mark("Có mặt"),
    State.LATE: mark("Đến muộn"),
    State.LEFT_EARLY: mark("Về sớm"),
    State.EXCUSED: mark("Vắng có lý do"),
    State.UNEXCUSED: mark("Vắng không lý do"),
    State.NOT_YET: mark("Chưa đến"),
    State.EXEMPT: mark("Được miễn"),
    State.NOT_SUMMONED: mark("Không triệu tập"),
}

HAND_CHOICES: Mapping[HandReason, tuple[str, str]] = {
    HandReason.PROBATIONARY: (mark("Dự bị"), mark("chưa có thẻ")),
    HandReason.NOT_EXCHANGED: (mark("Chưa đổi thẻ chip"), ""),
    HandReason.FORGOTTEN: (mark("Quên thẻ"), ""),
    HandReason.LOST: (mark("Mất thẻ"), mark("nhắc báo cấp uỷ")),
    HandReason.UNREADABLE: (mark("Thẻ không đọc được"), ""),
    HandReason.GUEST: (mark("Khách"), ""),
}
"""Why without a card, and what stands smaller beside it."""

ANNUL_REASONS: Mapping[AnnulReason, tuple[str, str]] = {
    AnnulReason.WRONG_PERSON: (mark("Nhầm người"), mark("ghi cho người khác")),
    AnnulReason.BY_MISTAKE: (mark("Bấm nhầm"), mark("chưa đến, hoặc chưa về")),
    AnnulReason.CARD_OF_ANOTHER: (mark("Dùng thẻ của người khác"), mark("báo chủ trì")),
    AnnulReason.OTHER: (mark("Lý do khác"), mark("ghi rõ ở dưới")),
}

EXPORTS: Mapping[ExportOutcome, str] = {
    ExportOutcome.PRINT: mark("bản in"),
    ExportOutcome.CSV: "CSV",
    ExportOutcome.XLSX: "XLSX",
    ExportOutcome.JSON: mark("JSON đã ký"),
}
"""In which form a sheet left the terminal."""
