"""One person at the desk: how they stand, and what the secretary may write about them.

Lives here: the person's page, absence with a reason, let off for this once, leaving by hand, the
wish to have the roster corrected (*đề nghị sửa*). Not here: entries by hand (`hand`), taking back
(`annul`), what an act does (`edge.meeting.book`).
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from edge.people.roles import Act
from edge.web import labels, roster_view
from edge.web.guard import acting, needs
from edge.web.page import require_meeting, show_at_desk, terminal
from edge.web.terminal import MeetingView, PersonRow
from edge.wire.kinds import AbsenceOutcome, HandReason

bp = Blueprint("person", __name__, url_prefix="/ban/nguoi")

MAX_NOTE = 200  # characters of what is typed here


@bp.get("")
@needs(Act.DESK)
def page() -> str | BaseResponse:
    """Show somebody of the meeting's list."""
    meeting = terminal().meeting()
    if meeting is None:
        return redirect(url_for("desk.page"))
    return _show(meeting, _meant(meeting, request.args.get("ai")))


@bp.post("/vang")
@needs(Act.ABSENCE)
def absent() -> str | BaseResponse:
    """Record that somebody is absent with a reason, in the secretary's words."""
    meeting, person = _posted()
    note = _typed("vi-sao")
    if not note:
        says = gettext("Ghi lý do vắng: ốm, đi công tác, việc gia đình.")
        return _show(meeting, person, missing_note=says)
    acting().absence(person.id, AbsenceOutcome.EXCUSED, note=note)
    return redirect(url_for("desk.page"), 303)


@bp.post("/mien")
@needs(Act.ABSENCE)
def exempt() -> BaseResponse:
    """Let somebody off for this once."""
    _, person = _posted()
    acting().absence(person.id, AbsenceOutcome.EXEMPT, note=_typed("vi-sao"))
    return redirect(url_for("desk.page"), 303)


@bp.post("/ve")
@needs(Act.DEPARTURE)
def leave() -> str | BaseResponse:
    """Record by hand that somebody left before the end."""
    meeting, person = _posted()
    why = request.form.get("ly-do")
    if why not in frozenset(HandReason):
        return _show(meeting, person, missing_why=gettext("Chọn vì sao không dùng thẻ."))
    acting().leave(person.id, HandReason(why))
    return redirect(url_for("desk.page"), 303)


@bp.post("/sua")
@needs(Act.CORRECT)
def correct() -> str | BaseResponse:
    """Record what the organisation's roster should say."""
    meeting, person = _posted()
    typed = {"name": _typed("ten"), "note": _typed("khac")}
    changes = {field: text for field, text in typed.items() if text}
    if not changes:
        says = gettext("Gõ điều cần sửa.")
        return _show(meeting, person, missing_change=says)
    acting().correct(person.id, changes)
    return redirect(url_for("person.page", ai=person.id, noted=1), 303)


def _posted() -> tuple[MeetingView, PersonRow]:
    meeting = require_meeting()
    return meeting, _meant(meeting, request.form.get("ai"))


def _meant(meeting: MeetingView, person_id: str | None) -> PersonRow:
    person = roster_view.person_of(meeting, person_id)
    if person is None:
        abort(404)
    return person


def _typed(name: str) -> str:
    return " ".join(request.form.get(name, "").split())[:MAX_NOTE]


def _show(meeting: MeetingView, person: PersonRow, **missing: str) -> str:
    return show_at_desk(
        "person.html",
        person=person,
        may_be_entered=roster_view.may_be_entered(person),
        inside=person.here and person.left is None,
        membership=labels.STANDINGS.get(person.standing),
        noted="noted" in request.args,
        max_note=MAX_NOTE,
        missing=missing,
    )
