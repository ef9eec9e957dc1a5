"""The desk of the secretary: who is here, what just happened and why, what to do about it.

Lives here: the desk page, its live parts, the one touch that records an UNCONFIRMED card, the
switch for leaving. Opening and closing stand in `sitting`, names in `choose`, entries by hand in
`hand` and `person`, taking back in `annul`, the sentences in `results`. Design: screen 06.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from crl.status import Purpose
from edge.people.roles import Act
from edge.tap.scene import Scene, SceneState
from edge.web import phones, roster_view, words
from edge.web.guard import actor, needs
from edge.web.knows import oldest
from edge.web.page import next_scene, reader_chip, show, terminal
from edge.web.results import Result, result
from edge.web.terminal import MeetingView, StatusView
from verify.freshness import Standing
from verify.moment import TimeQuality

bp = Blueprint("desk", __name__, url_prefix="/ban")

SHOWN_RESULTS = 5
_FACE_ALLOWED = frozenset({SceneState.ACCEPTED, SceneState.ALREADY})


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the secretary should know before the next card."""

    state: SceneState
    sign: str
    says: str
    next_step: str


@bp.get("")
@needs(Act.DESK)
def page() -> str:
    """Show the desk."""
    return _render("desk.html", terminal().scene(), in_turn=True)


@bp.get("/phan")
@needs(Act.DESK, polls=True)
def part() -> str | Response:
    """Return the desk's live parts once the scene is another than `after`, or after a while."""
    waited = next_scene(request.args.get("after", default=-1, type=int))
    was_open = request.args.get("mo") == "1"
    if was_open is not (terminal().meeting() is not None):
        response = make_response("")
        response.headers["HX-Refresh"] = "true"
        return response
    return _render("_desk_parts.html", waited.scene, in_turn=waited.in_turn)


@bp.post("/ghi/<int:seq>")
@needs(Act.CONFIRM)
def confirm(seq: int) -> BaseResponse:
    """Record the person of UNCONFIRMED event `seq` as present."""
    terminal().confirm(seq, by=actor())
    return redirect(url_for("desk.page"), 303)


@bp.post("/ra-ve")
@needs(Act.DEPARTURE)
def leaving() -> BaseResponse:
    """Switch the mode in which a card laid means that somebody leaves (*Ra về*)."""
    terminal().desk.set_leaving(request.form.get("bat") == "1")
    return redirect(url_for("desk.page"), 303)


@bp.get("/anh/<int:version>")
def photo(version: int) -> Response:
    """Return the checked photo of the scene on show, as JPEG; of no other. The board shows it."""
    scene = terminal().scene()
    if scene.version != version or scene.photo is None or scene.state not in _FACE_ALLOWED:
        abort(404)
    return Response(scene.photo, mimetype="image/jpeg")


def _render(template: str, scene: Scene, *, in_turn: bool) -> str:
    meeting = terminal().meeting()
    status = terminal().status()
    kind = roster_view.filter_of(request.args.get("loc"))
    query = request.args.get("q", "").strip()
    choosing = meeting is not None and scene.state is SceneState.CHOOSE and not scene.wrong
    return show(
        template,
        status=status,
        scene=scene,
        in_turn=in_turn,
        organisation=terminal().organisation,
        meeting=meeting,
        chip=reader_chip(status, scene.state),
        notices=_notices(scene, status),
        results=[result(row) for row in meeting.recent[:SHOWN_RESULTS]] if meeting else [],
        older=_older(meeting) if meeting else [],
        counts=roster_view.counts(meeting) if meeting else {},
        filter=kind,
        filters=roster_view.Filter,
        query=query,
        rows=roster_view.listed(meeting, kind, query) if meeting else (),
        called=0 if meeting else len(terminal().called()),
        offered=roster_view.offered(meeting) if meeting and choosing else (),
        choosing=choosing,
        phones=phones.offered_here(),
    )


def _older(meeting: MeetingView) -> list[Result]:
    """Return who waits for a touch though the last results no longer show it."""
    shown = {row.seq for row in meeting.recent[:SHOWN_RESULTS]}
    return [result(row) for row in meeting.waiting if row.seq not in shown]


def _notices(scene: Scene, status: StatusView) -> list[Notice]:
    """Return what stands in the way now, the gravest first."""
    found = [_in_words(SceneState.FAULT, "fault", code) for code in status.troubles]
    if status.locked is not None:
        found.append(_in_words(SceneState.LOCKED, "locked", status.locked))
    elif scene.reason is not None and scene.seq is None:
        found.append(_in_words(scene.state, _sign(scene.state), scene.reason))
    if scene.photo_fault is not None:
        found.append(_in_words(SceneState.UNCONFIRMED, "attend", scene.photo_fault))
    if status.reader is None and not found:
        code = "PCSC_ABSENT" if status.reader_waiting_for == "pcsc" else "READER_ABSENT"
        found.append(_in_words(SceneState.FAULT, "fault", code))
    if status.time_quality is TimeQuality.FLOOR_ONLY:
        found.append(
            Notice(
                SceneState.UNCONFIRMED,
                "attend",
                gettext("So giờ trạm với đồng hồ của đồng chí."),
                gettext("Lệch thì nhờ kỹ thuật viên chỉnh: giờ sai làm thẻ thật bị nghi ngờ."),
            )
        )
    cards = oldest(status.lists, Purpose.CARD_STATUS)
    about = _of_list(None if cards is None else cards.standing)
    if about is not None:
        found.append(Notice(SceneState.UNCONFIRMED, "attend", *about))
    return found


def _of_list(standing: Standing | None) -> tuple[str, str] | None:
    """Return what the card status list's age means at the door, None where it means nothing."""
    match standing:
        case None:
            says = gettext("Chưa có danh sách thẻ thu hồi.")
            return says, gettext("Thẻ phải ghi từng người. Nối mạng để nhận danh sách.")
        case Standing.FRESH:
            return None
        case Standing.UNPROVED:
            says = gettext("Chưa chắc danh sách thẻ thu hồi còn mới.")
            return says, gettext("Giờ của trạm chưa được kiểm. Nối mạng khi có thể.")
        case Standing.STALE:
            says = gettext("Danh sách thẻ thu hồi quá hạn.")
            return says, gettext("Thẻ có thể phải ghi từng người. Nối mạng để nhận danh sách mới.")
        case Standing.TOO_OLD:
            says = gettext("Danh sách thẻ thu hồi quá cũ.")
            return says, gettext("Trạm không nhận thẻ. Điểm danh thủ công; nối mạng để nhận mới.")


def _in_words(state: SceneState, sign: str, code: str) -> Notice:
    found = words.of_reason(code)
    return Notice(state, sign, gettext(found.says), gettext(found.next_step))


def _sign(state: SceneState) -> str:
    return "attend" if state in (SceneState.HOLD, SceneState.IDLE) else state.value
