"""What the status page says of the repository, and the same for programs.

Not here: how a pass ends (`edge.repository`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext

from edge.repository.outcome import RepositoryResult, RepositoryState
from edge.tap.scene import SceneState
from edge.web.filters import age
from edge.web.terminal import RepositoryView
from edge.web.words import mark

_NOTES = {
    RepositoryState.UP_TO_DATE: mark("Đã có đủ danh sách và dữ liệu mới nhất của kho."),
    RepositoryState.PARTLY: mark("Có phần trạm không nhận; phần cũ vẫn dùng. Báo kỹ thuật viên."),
    RepositoryState.UNREACHABLE: mark("Chưa nối được kho; trạm tự thử lại, phần đã tải không mất."),
    RepositoryState.REFUSED: mark(
        "Kho đưa dữ liệu không hợp lệ nên trạm không nhận; dữ liệu đang có vẫn dùng. "
        "Báo kỹ thuật viên."
    ),
    RepositoryState.EXPIRED: mark(
        "Kho đưa dữ liệu đã hết hạn nên trạm không nhận; dữ liệu đang có vẫn dùng. "
        "Báo kỹ thuật viên."
    ),
    RepositoryState.BUSY: mark("Đang được lấy bằng lệnh khác; trạm tự thử lại."),
    RepositoryState.DISK_FAILING: mark("Không ghi được dữ liệu mới vào ổ đĩa. Gọi kỹ thuật viên."),
    RepositoryState.NOT_PROVISIONED: mark(
        "Trạm chưa được giao khóa gốc của kho. Gọi kỹ thuật viên."
    ),
}


def stand(view: RepositoryView, now: datetime) -> tuple[SceneState, str, str]:
    """Return how it stands: state, what that means and what to do, and when it was last well."""
    figure = gettext("chưa lần nào")
    if view.good_at is not None:
        figure = gettext("%(age)s trước", age=age(now - view.good_at))
    if view.last is None:
        advice = gettext("Trạm tự lấy khi có mạng, hoặc nhờ kỹ thuật viên nhập từ USB.")
        return SceneState.UNCONFIRMED, advice, figure
    return _state(view.last.state), note(view.last.state), figure


def as_json(view: RepositoryView | None) -> dict[str, Any] | None:
    """Return the last pass as JSON; None where no repository is configured."""
    if view is None:
        return None
    last, good = view.last, view.good_at
    return {
        "last": None if last is None else _result(last),
        "last_good": None if good is None else good.isoformat().replace("+00:00", "Z"),
    }


def note(state: RepositoryState) -> str:
    """Return what the end of a pass means and what to do, in a sentence."""
    return str(gettext(_NOTES[state]))


def _result(last: RepositoryResult) -> dict[str, Any]:
    return {
        "state": last.state.value,
        "at": last.at.isoformat().replace("+00:00", "Z"),
        "version": last.version,
        "taken": list(last.taken),
        "not_taken": [one.path for one in last.not_taken],
        "fault": last.fault,
        "says": note(last.state),
        "why": last.why,
        "next_step": last.next_step,
    }


def _state(state: RepositoryState) -> SceneState:
    match state:
        case RepositoryState.UP_TO_DATE:
            return SceneState.ACCEPTED
        case RepositoryState.DISK_FAILING:
            return SceneState.FAULT
        case _:
            return SceneState.UNCONFIRMED
