"""Words of codes that stand in the database: roles, acts, outcomes, alarms."""

from __future__ import annotations

from collections.abc import Mapping

from edge.wire.ack import AlarmCode
from provisioning.centre.inbox import InboxAlarm
from provisioning.centre.lineage import EPOCH_UNLINKED, Standing
from provisioning.centre.pages.language import mark
from provisioning.centre.people.audit import Done
from provisioning.centre.people.audit import Outcome as Entered
from provisioning.centre.people.roles import Act, Role
from provisioning.fleet.claims import CODES, GUESSED, KEY_CHANGED
from provisioning.fleet.history import Verb
from provisioning.fleet.registry import State
from provisioning.fleet.requests import Way
from verify.moment import TimeQuality
from verify.verdict import Outcome

ROLES: Mapping[str, str] = {
    Role.VIEWER: mark("Người xem"),
    Role.OPERATOR: mark("Người trực"),
    Role.ADMINISTRATOR: mark("Người quản trị"),
}
ACTS: Mapping[str, str] = {
    Act.OWN_PASSWORD: mark("Tài khoản của mình"),
    Act.FLEET: mark("Xem các trạm"),
    Act.APPROVE: mark("Duyệt trạm"),
    Act.ALARMS: mark("Xem cảnh báo"),
    Act.MEETINGS: mark("Xem cuộc họp"),
    Act.ORGANISATIONS: mark("Xem tổ chức"),
    Act.SETTLE: mark("Ghi đã xem cảnh báo"),
    Act.ASIDE: mark("Xem bản ghi để riêng"),
    Act.REVERIFIED: mark("Xem kết quả xét lại"),
    Act.EXPORT: mark("Xuất bảng"),
    Act.OPERATORS: mark("Xem người dùng"),
    Act.AUDIT: mark("Xem nhật ký việc làm"),
    Done.LOGIN: mark("Đăng nhập"),
    Done.LOGOUT: mark("Đăng xuất"),
    Done.ADD: mark("Thêm người dùng"),
    Done.REMOVE: mark("Bỏ người dùng"),
    Done.RESET: mark("Đặt lại mật khẩu"),
    Done.CATALOGUE: mark("Nhập danh mục tổ chức"),
    Done.PLACES: mark("Nhập nơi đặt trạm"),
}
OUTCOMES: Mapping[str, str] = {
    Entered.ALLOWED: mark("được"),
    Entered.REFUSED: mark("không được"),
    Entered.WAITING: mark("phải chờ"),
}
STATES: Mapping[str, tuple[str, str, str]] = {
    State.EXPECTED: (mark("chờ máy đến"), "idle", "idle"),
    State.WAITING: (mark("chờ duyệt"), "unconfirmed", "attend"),
    State.APPROVED: (mark("đang dùng"), "accepted", "accepted"),
    State.RETIRED: (mark("ngừng dùng"), "idle", "idle"),
    State.LOST: (mark("báo mất"), "fault", "alert"),
    State.WIPING: (mark("chờ xóa khóa"), "fault", "alert"),
    State.WIPED: (mark("đã xóa khóa"), "idle", "locked"),
}
"""Of the registry: words, how it looks (data-state), sign."""
WAYS: Mapping[str, str] = {
    Way.CLAIM: mark("giấy cấp một lần"),
    Way.STICK: mark("USB"),
    Way.RENEWAL: mark("gia hạn"),
}
VERBS: Mapping[str, str] = {
    Verb.ADOPTED: mark("Nhận vào sổ"),
    Verb.EXPECTED: mark("Ghi vào sổ, chờ máy"),
    Verb.CLAIMED: mark("Cấp giấy một lần"),
    Verb.CLAIM_WITHDRAWN: mark("Thu lại giấy"),
    Verb.REQUESTED: mark("Xin chứng thư"),
    Verb.RENEWAL: mark("Xin gia hạn"),
    Verb.APPROVED: mark("Duyệt"),
    Verb.REFUSED: mark("Không duyệt"),
    Verb.CERTIFIED: mark("Cấp chứng thư"),
    Verb.RENAMED: mark("Đổi tên gọi"),
    Verb.MOVED: mark("Chuyển tổ chức"),
    Verb.REPLACED: mark("Thay trạm"),
    Verb.RETIRED: mark("Ngừng dùng"),
    Verb.LOST: mark("Báo mất"),
    Verb.RELEASED: mark("Cho bản ghi để riêng vào"),
    Verb.WIPE_ORDERED: mark("Lệnh xóa khóa"),
    Verb.WIPED: mark("Đã xóa khóa"),
    Verb.NOTED: mark("Ghi chú"),
}
CLAIMS = frozenset(CODES)
"""Alarms about a claim."""

ALARMS: Mapping[str, tuple[str, str]] = {
    AlarmCode.SEQ_REUSED: (
        mark("Một số thứ tự, hai nội dung"),
        mark("Có thể trạm bị sao chép. Cả hai bản đã giữ lại. Gọi trạm, xem hai bản."),
    ),
    AlarmCode.CHAIN_FORKED: (
        mark("Chuỗi bản ghi không nối tiếp"),
        mark("Nhật ký có thể đã bị sửa hoặc phục hồi từ bản sao. Gọi trạm."),
    ),
    AlarmCode.SEGMENT_HEAD_DIFFERS: (
        mark("Đoạn gửi khác điều nó nói về mình"),
        mark("Xem nhật ký của trạm: tramthe log check."),
    ),
    AlarmCode.TERMINAL_LOST: (
        mark("Trạm đã báo mất gửi bản ghi"),
        mark("Đã để riêng, dù ghi giờ nào. Xem rồi cho vào: tramthe fleet release."),
    ),
    AlarmCode.TERMINAL_RETIRED: (
        mark("Bản ghi viết sau khi trạm ngừng dùng"),
        mark("Đã để riêng. Hỏi ai còn dùng trạm này."),
    ),
    KEY_CHANGED: (
        mark("Giấy cấp một lần bị dùng lần hai, khóa khác"),
        mark("Giấy đã bị chép lại. Máy đến trước chưa chắc là máy thật: xem cả hai rồi mới duyệt."),
    ),
    GUESSED: (
        mark("Có người thử mật mã của giấy cấp một lần"),
        mark("Giấy vẫn dùng được, chưa ai đoán ra. Hỏi người cài máy; không phải thì thu lại."),
    ),
    AlarmCode.EVENT_MALFORMED: (
        mark("Bản ghi sai dạng"),
        mark("Đã để riêng; các bản ghi khác vẫn nhận. Mở bản ghi để xem."),
    ),
    AlarmCode.EVENT_MISPLACED: (
        mark("Bản ghi không đúng chỗ"),
        mark("Đã để riêng; các bản ghi khác vẫn nhận. Mở bản ghi để xem."),
    ),
    AlarmCode.EVENT_HASH_DIFFERS: (
        mark("Bản ghi không khớp mã băm"),
        mark("Đã để riêng; có thể bị sửa dọc đường hoặc tại trạm. Mở bản ghi để xem."),
    ),
    InboxAlarm.KEY_REUSED: (
        mark("Hai khoá hộp thư mang cùng một số"),
        mark("Có thể trạm bị sao chép. Thư vẫn niêm phong bằng khoá đầu. Gọi trạm."),
    ),
    InboxAlarm.NUMBER_AHEAD: (
        mark("Trạm đã nhận thư mà trung tâm không nhớ đã gửi"),
        mark("Cơ sở dữ liệu này được phục hồi từ bản cũ. Xem thư nào phải gửi lại."),
    ),
    EPOCH_UNLINKED: (
        mark("Kỳ nhật ký không nối vào kỳ nào trước nó"),
        mark(
            "Trạm mất nhật ký cũ, hoặc có người dựng trạm giả. Gọi trạm; nhật ký cũ còn ở thẻ nhớ"
            " hay USB thì gửi về, cảnh báo tự ghi là đã nối."
        ),
    ),
}
VERDICTS: Mapping[str, tuple[str, str]] = {
    Outcome.ACCEPTED: ("accepted", mark("thẻ thật, có hiệu lực lúc đặt")),
    Outcome.REJECTED: ("fault", mark("thẻ không được nhận")),
    Outcome.INDETERMINATE: ("unconfirmed", mark("chưa đủ căn cứ")),
}
"""Of a check-in that was judged once more: how it looks (data-state, sign), and in words."""
_NO_VERDICT = ("unconfirmed", mark("không có gì để xét"))

STANDINGS: Mapping[str | None, str] = {
    None: mark("chưa xét"),
    Standing.FIRST: mark("kỳ đầu tiên"),
    Standing.WAITING: mark("chờ kỳ trước gửi về"),
    Standing.UNLINKED: mark("không nối vào kỳ nào"),
}
"""Of epochs that follow none; what one that does follows is told by its numbers."""

QUALITIES: Mapping[str, str] = {
    TimeQuality.SYNCHRONISED: mark("đồng bộ"),
    TimeQuality.HELD: mark("giữ"),
    TimeQuality.ASSERTED: mark("đặt tay"),
    TimeQuality.FLOOR_ONLY: mark("không rõ"),
}
_OTHER = (mark("Cảnh báo khác"), mark("Xem mã của cảnh báo trong tài liệu docs/events.md."))


def verdict(outcome: str) -> tuple[str, str]:
    """Return (data-state, words) of an outcome of re-verification."""
    return VERDICTS.get(outcome, _NO_VERDICT)


def alarm(code: str) -> tuple[str, str]:
    """Return (what it is, what to do) of an alarm's code."""
    return ALARMS.get(code, _OTHER)
