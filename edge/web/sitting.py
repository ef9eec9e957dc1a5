"""Opening and closing a meeting at the desk, two touches each.

Lives here: the two small pages. What a meeting is stands in `edge.meeting`.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.web import labels, roster_view
from edge.web.page import forget_closed, reader_chip, remember_closed, show, terminal

bp = Blueprint("sitting", __name__, url_prefix="/ban")


@bp.get("/mo")
def opening() -> str | BaseResponse:
    """Offer the kinds of meeting; an open one leads to the desk."""
    if terminal().meeting() is not None:
        return redirect(url_for("desk.page"))
    return _show("open.html")


@bp.post("/mo")
def open_meeting() -> BaseResponse:
    """Open a meeting of the touched kind over the standing roster."""
    kind = request.form.get("kind", "")
    if kind not in labels.KINDS:
        abort(400)
    terminal().open_meeting(kind)
    forget_closed()
    return redirect(url_for("desk.page"), 303)


@bp.get("/dong")
def closing() -> str | BaseResponse:
    """Show the sums and offer to close; without a meeting lead to the desk."""
    meeting = terminal().meeting()
    if meeting is None:
        return redirect(url_for("desk.page"))
    return _show("close.html", counts=roster_view.counts(meeting), filters=roster_view.Filter)


@bp.post("/dong")
def close_meeting() -> BaseResponse:
    """Close the open meeting; the desk then shows its sums."""
    meeting = terminal().meeting()
    terminal().close_meeting()
    if meeting is not None:
        remember_closed(meeting, terminal().status().now)
    return redirect(url_for("desk.page"), 303)


def _show(template: str, **view: object) -> str:
    status = terminal().status()
    return show(
        template,
        status=status,
        organisation=terminal().organisation,
        meeting=terminal().meeting(),
        chip=reader_chip(status, terminal().scene().state),
        **view,
    )
