"""What the terminal knows of itself, each line with what to do about it; and the same for programs.

Lives here: the status page (screen 14) and `GET /api/v1/status`. Neither carries a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import Blueprint
from flask_babel import gettext

from crl.status import Purpose
from edge.signals.scanner import ScannerState
from edge.tap.fault import Fault
from edge.tap.scene import SceneState
from edge.web import labels, repository_words, usb, words
from edge.web.answer import JsonAnswer
from edge.web.filters import age, clock, day, number
from edge.web.knows import clock_words, oldest
from edge.web.page import reader_chip, show, terminal
from edge.web.terminal import ListAge, StatusView
from verify.freshness import Standing
from verify.moment import TimeQuality

bp = Blueprint("status", __name__)

SYNC_OVERDUE = timedelta(days=7)
"""Without the centre for so long, the page advises to connect."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the check: how it stands, what it is, what to do, its figure."""

    state: SceneState
    title: str
    note: str
    figure: str

    @property
    def sign(self) -> str:
        """Return the sign of the style sheet."""
        return {SceneState.ACCEPTED: "accepted", SceneState.UNCONFIRMED: "attend"}.get(
            self.state, "alert"
        )


@bp.get("/trang-thai")
def page() -> str:
    """Show every line, those that want something done first."""
    status = terminal().status()
    lines = sorted(_lines(status), key=lambda line: _GRAVITY[line.state])
    return show(
        "status.html",
        status=status,
        lines=lines,
        faults=sum(1 for line in lines if line.state is SceneState.FAULT),
        advised=sum(1 for line in lines if line.state is SceneState.UNCONFIRMED),
        organisation=terminal().organisation,
        meeting=terminal().meeting(),
        chip=reader_chip(status, terminal().scene().state),
        **usb.panel(),
    )


@bp.get("/api/v1/status")
def api() -> JsonAnswer:
    """Return the terminal's state as JSON, without any person in it."""
    status = terminal().status()
    meeting = terminal().meeting()
    scene = terminal().scene()
    return JsonAnswer(
        {
            "terminal": status.terminal,
            "version": status.version,
            "now": _utc(status.now),
            "time_quality": status.time_quality.value,
            "reader": {"name": status.reader, "waiting_for": status.reader_waiting_for},
            "scanner": status.scanner,
            "lists": [
                {
                    "purpose": entry.purpose,
                    "number": entry.number,
                    "this_update": _utc(entry.this_update),
                    "age_seconds": int(entry.age.total_seconds()),
                    "fresh": entry.fresh,
                    "standing": entry.standing.value,
                }
                for entry in status.lists
            ],
            "online": status.online,
            "last_sync": _utc(status.last_sync) if status.last_sync else None,
            "unsent": status.unsent,
            "log_events": status.log_events,
            "locked": status.locked,
            "troubles": list(status.troubles),
            "inbox": None if status.inbox is None else asdict(status.inbox),
            "counters": dict(status.counters),
            "waiting_profiles": list(status.waiting_profiles),
            "repository": repository_words.as_json(status.repository),
            "meeting": {
                "kind": meeting.kind,
                "opened_at": _utc(meeting.opened_at),
                "summoned": meeting.summoned,
                "present": meeting.present,
            }
            if meeting
            else None,
            "scene": {"state": labels.public_state(scene).value, "version": scene.version},
        }
    )


_GRAVITY = {SceneState.FAULT: 0, SceneState.UNCONFIRMED: 1, SceneState.ACCEPTED: 2}


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _lines(status: StatusView) -> list[Line]:
    return [
        _log(status),
        *(_trouble(code) for code in status.troubles),
        _reader(status),
        *_scanner(status),
        *_lists(status),
        _clock(status),
        _centre(status),
        _unsent(status),
        *_repository(status),
        *_inbox(status),
        *_profiles(status),
        _program(status),
    ]


def _program(status: StatusView) -> Line:
    title = gettext("Phần mềm")
    if status.left_version is None:
        note = gettext("Khi gọi kỹ thuật viên, đọc số này.")
        return Line(SceneState.ACCEPTED, title, note, status.version)
    note = gettext(
        "Đã thử bản %(version)s, không chạy tốt nên trạm tự quay về bản này; "
        "không mất dữ liệu nào. Báo kỹ thuật viên.",
        version=status.left_version,
    )
    return Line(SceneState.UNCONFIRMED, title, note, status.version)


def _log(status: StatusView) -> Line:
    title = gettext("Ghi nhật ký")
    if status.locked is not None:
        found = words.of_reason(status.locked)
        note = f"{gettext(found.says)} {gettext(found.next_step)}"
        return Line(SceneState.FAULT, title, note, gettext("chưa ghi được"))
    note = gettext("Chuỗi liền %(count)s bản ghi", count=number(status.log_events))
    return Line(SceneState.ACCEPTED, title, note, gettext("được"))


def _trouble(code: str) -> Line:
    found = words.of_reason(code)
    return Line(
        SceneState.FAULT, gettext(found.says), gettext(found.next_step), gettext("phải sửa")
    )


def _reader(status: StatusView) -> Line:
    title = gettext("Đầu đọc thẻ")
    if status.reader is None:
        absent = status.reader_waiting_for == "pcsc"
        found = words.of_reason(Fault.PCSC_ABSENT if absent else Fault.READER_ABSENT)
        note = f"{gettext(found.says)} {gettext(found.next_step)}"
        return Line(SceneState.FAULT, title, note, gettext("chưa nối"))
    return Line(SceneState.ACCEPTED, title, status.reader, gettext("sẵn sàng"))


def _scanner(status: StatusView) -> list[Line]:
    title = gettext("Máy quét mã")
    match status.scanner:
        case None:
            return []
        case ScannerState.READY:
            note = gettext("Quét mã trên thẻ, rồi đặt thẻ lên đầu đọc.")
            return [Line(SceneState.ACCEPTED, title, note, gettext("sẵn sàng"))]
        case ScannerState.DENIED:
            note = gettext("Trạm không có quyền mở máy quét. Gọi kỹ thuật viên cấp quyền.")
        case ScannerState.TAKEN:
            note = gettext("Chương trình khác đang giữ máy quét. Gọi kỹ thuật viên.")
        case ScannerState.NO_DRIVER:
            note = gettext("Trạm thiếu phần mềm đọc máy quét này. Gọi kỹ thuật viên cài thêm.")
        case _:
            note = gettext("Cắm lại dây máy quét. Trong lúc chờ, chạm tên hoặc bấm số trên thẻ.")
    return [Line(SceneState.UNCONFIRMED, title, note, gettext("chưa dùng được"))]


def _lists(status: StatusView) -> list[Line]:
    titles = {
        Purpose.CARD_STATUS: gettext("Danh sách thẻ thu hồi"),
        Purpose.CERTIFICATE: gettext("Danh sách thu hồi chứng thư số nơi ký"),
    }
    lines = [
        _list(titles[purpose], alike, status)
        for purpose in Purpose
        for standing in Standing
        if (alike := [e for e in status.lists if (e.purpose, e.standing) == (purpose, standing)])
    ]
    missing = [titles[p] for p in Purpose if oldest(status.lists, p) is None]
    note = (
        gettext("Nhờ kỹ thuật viên nhập; chưa có thì phải ghi từng thẻ.")
        if status.online
        else gettext(
            "Nối mạng để nhận, hoặc nhờ kỹ thuật viên nhập; chưa có thì phải ghi từng thẻ."
        )
    )
    return [
        *(Line(SceneState.UNCONFIRMED, title, note, gettext("chưa có")) for title in missing),
        *lines,
    ]


def _list(title: str, alike: Sequence[ListAge], status: StatusView) -> Line:
    """Return one line for lists of one purpose that stand alike: the oldest speaks for all."""
    entry = min(alike, key=lambda one: one.this_update)
    if len(alike) > 1:
        title = f"{title} ({len(alike)})"
    note = gettext("Của ngày %(day)s", day=day(entry.this_update))
    figure = gettext("%(age)s trước", age=age(entry.age))
    if status.time_quality is TimeQuality.FLOOR_ONLY:
        figure = gettext("ít nhất %(age)s", age=age(entry.age))
    match entry.standing:
        case Standing.FRESH:
            return Line(SceneState.ACCEPTED, title, note, figure)
        case Standing.UNPROVED:
            state = SceneState.UNCONFIRMED
            advice = gettext("Chưa chắc còn mới, vì giờ của trạm chưa được kiểm.")
        case Standing.STALE:
            state = SceneState.UNCONFIRMED
            advice = (
                gettext("Quá hạn: nhờ kỹ thuật viên nhập danh sách mới.")
                if status.online
                else gettext("Quá hạn: nối mạng để nhận danh sách mới.")
            )
        case Standing.TOO_OLD:
            state = SceneState.FAULT
            advice = gettext("Quá cũ nên không nhận thẻ được: nối mạng, hoặc nhờ nhập danh sách.")
    return Line(state, title, f"{note}. {advice}", figure)


def _clock(status: StatusView) -> Line:
    notes = {
        TimeQuality.SYNCHRONISED: gettext("Không phải làm gì."),
        TimeQuality.HELD: gettext("So với đồng hồ của đồng chí; lệch thì gọi kỹ thuật viên."),
        TimeQuality.ASSERTED: gettext("Giờ do người đặt; nối mạng để trạm tự so."),
        TimeQuality.FLOOR_ONLY: gettext(
            "Trạm vừa mất điện lâu hoặc hết pin giờ. Nối mạng, hoặc gọi kỹ thuật viên đặt giờ."
        ),
    }
    if status.online:
        notes |= {
            TimeQuality.ASSERTED: notes[TimeQuality.HELD],
            TimeQuality.FLOOR_ONLY: gettext(
                "Trạm vừa mất điện lâu hoặc hết pin giờ. Gọi kỹ thuật viên đặt giờ."
            ),
        }
    known = status.time_quality is TimeQuality.SYNCHRONISED
    state = SceneState.ACCEPTED if known else SceneState.UNCONFIRMED
    note = f"{clock_words(status.time_quality)}. {notes[status.time_quality]}"
    return Line(state, gettext("Giờ của trạm"), note, clock(status.now))


def _centre(status: StatusView) -> Line:
    title = gettext("Đồng bộ lần cuối")
    if status.last_sync is None:
        note = gettext("Nối mạng để gửi; bản ghi vẫn an toàn trong trạm.")
        return Line(SceneState.UNCONFIRMED, title, note, gettext("chưa lần nào"))
    past = status.now - status.last_sync
    figure = gettext("%(age)s trước", age=age(past))
    if status.online and past < SYNC_OVERDUE:
        return Line(SceneState.ACCEPTED, title, gettext("Đang nối với trung tâm"), figure)
    note = gettext("Chưa nối được trung tâm; trạm tự thử lại. Điểm danh vẫn được.")
    return Line(SceneState.UNCONFIRMED, title, note, figure)


def _repository(status: StatusView) -> list[Line]:
    if status.repository is None:
        return []
    state, note, figure = repository_words.stand(status.repository, status.now)
    return [Line(state, gettext("Kho dữ liệu chung"), note, figure)]


def _profiles(status: StatusView) -> list[Line]:
    if not status.waiting_profiles:
        return []
    note = gettext("Có hiệu lực khi trạm khởi động lại; khởi động lại lúc không họp.")
    title = gettext("Hồ sơ loại thẻ mới")
    return [Line(SceneState.UNCONFIRMED, title, note, ", ".join(status.waiting_profiles))]


def _unsent(status: StatusView) -> Line:
    title = gettext("Bản ghi chưa gửi")
    if status.unsent == 0:
        return Line(SceneState.ACCEPTED, title, gettext("Trung tâm đã nhận hết"), "0")
    note = gettext("Tự gửi khi có mạng, hoặc chép lên USB.")
    if status.carried is not None:
        note = gettext(
            "Ngày %(day)s đã chép %(count)s bản ghi lên %(stick)s; chờ trung tâm báo đã nhận.",
            day=day(datetime.fromisoformat(status.carried.at)),
            count=number(status.carried.events),
            stick=status.carried.stick,
        )
    state = SceneState.ACCEPTED if status.online else SceneState.UNCONFIRMED
    return Line(state, title, note, number(status.unsent))


def _inbox(status: StatusView) -> tuple[Line, ...]:
    """Return how the inbox stands, nothing for a terminal that has none."""
    inbox = status.inbox
    if inbox is None:
        return ()
    title, figure = gettext("Thư của trung tâm"), number(inbox.high_water)
    if inbox.missing:
        note = gettext("Còn thiếu %(count)s thư; nối mạng để nhận.", count=inbox.missing)
    elif inbox.set_aside:
        note = gettext(
            "Có %(count)s thư không dùng được; trung tâm sẽ biết và gửi lại.",
            count=inbox.set_aside,
        )
    else:
        return (Line(SceneState.ACCEPTED, title, gettext("Đã nhận đủ"), figure),)
    return (Line(SceneState.UNCONFIRMED, title, note, figure),)
