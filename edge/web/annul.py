"""Taking back what was recorded, with a reason: nobody is asked "are you sure?" beforehand.

Lives here: the page of reasons and its post. Not here: what stands and may be taken back
(`edge.views`), the act (`edge.meeting.book`).
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from edge.people.roles import Act
from edge.web import labels
from edge.web.guard import acting, needs
from edge.web.page import require_meeting, show_at_desk, terminal
from edge.web.results import result, standing
from edge.web.terminal import MeetingView
from edge.wire.kinds import AnnulReason

bp = Blueprint("annul", __name__, url_prefix="/ban/huy")

MAX_NOTE = 200  # characters


@bp.get("/<int:seq>")
@needs(Act.ANNUL)
def page(seq: int) -> str | BaseResponse:
    """Ask why; without a meeting lead to the desk."""
    meeting = terminal().meeting()
    if meeting is None:
        return redirect(url_for("desk.page"))
    return _show(meeting, seq, None, None)


@bp.post("/<int:seq>")
@needs(Act.ANNUL)
def annul(seq: int) -> str | BaseResponse:
    """Take event `seq` back; both events stay."""
    meeting = require_meeting()
    why = request.form.get("ly-do")
    note = " ".join(request.form.get("ghi-chu", "").split())[:MAX_NOTE]
    if why not in frozenset(AnnulReason):
        return _show(meeting, seq, why, gettext("Chọn vì sao huỷ."))
    if why == AnnulReason.OTHER and not note:
        return _show(meeting, seq, why, gettext("Ghi rõ lý do huỷ."))
    acting().annul(seq, AnnulReason(why), note=note)
    return redirect(url_for("desk.page"), 303)


def _show(meeting: MeetingView, seq: int, why: str | None, missing: str | None) -> str:
    name, said = _meant(meeting, seq)
    return show_at_desk(
        "annul.html",
        seq=seq,
        name=name,
        said=said,
        why=why,
        missing=missing,
        note=request.form.get("ghi-chu", "")[:MAX_NOTE],
        reasons=labels.ANNUL_REASONS,
        max_note=MAX_NOTE,
    )


def _meant(meeting: MeetingView, seq: int) -> tuple[str, str]:
    """Return whom and what the event is about: a last result, or what somebody's standing is."""
    row = next((row for row in meeting.recent if row.seq == seq and row.annullable), None)
    if row is not None:
        return row.person or "", result(row).note
    person = next((person for person in meeting.people if person.by == seq), None)
    if person is None:
        abort(404)
    return person.name, standing(person)
