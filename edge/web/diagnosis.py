"""The terminal's look at itself on screen: the whole of it, and what the status button asks for.

Lives here: the two pages. Not here: the checks (`edge.care`), their words (`care_words`).

The whole page names versions, addresses, devices and what is out of date, which is what somebody
who wants in would ask first: it is the technician's alone (`Act.SUPPORT`). Whoever holds the button
for five seconds stands at the terminal; the screen then says of each part only how it is and what
to do, as the open status page does too, and gives no figure. Checks and words are loaded with the
first request: a start needs neither.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from edge.people.roles import Act
from edge.web.guard import needs
from edge.web.page import reader_chip, show, terminal, turn_to

bp = Blueprint("diagnosis", __name__)


@bp.get("/chan-doan")
@needs(Act.SUPPORT)
def page() -> str:
    """Show the last diagnosis; the first visit begins one."""
    desk = terminal().diagnosis
    if desk.view().last is None:
        desk.begin()
    status = terminal().status()
    return show(
        "diagnosis.html",
        status=status,
        organisation=terminal().organisation,
        meeting=terminal().meeting(),
        chip=reader_chip(status, terminal().scene().state),
        **_shown(figures=True),
    )


@bp.post("/chan-doan")
@needs(Act.SUPPORT)
def again() -> BaseResponse:
    """Look again."""
    terminal().diagnosis.begin()
    return redirect(url_for("diagnosis.page"), 303)


@bp.get("/chan-doan/phan")
@needs(Act.SUPPORT, polls=True)
def part() -> str | Response:
    """Return the list once the diagnosis has ended, nothing before."""
    if terminal().diagnosis.view().running:
        return Response(status=204)
    return render_template("_diagnosis.html", **_shown(figures=True))


@bp.get("/chan-doan/goi")
@needs(Act.SUPPORT)
def bundle() -> Response:
    """Return the support bundle, a file that names nobody."""
    answer = Response(terminal().support_bundle(), mimetype="application/zip")
    name = f"tramthe-{terminal().status().terminal}.zip"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@bp.get("/chan-doan/nut")
def by_button() -> str | BaseResponse:
    """Show what the button asked for: how each part is and what to do, without figures."""
    if not terminal().shows_diagnosis():
        return redirect(url_for("board.page"))
    return show(
        "diagnosis_board.html",
        organisation=terminal().organisation,
        meeting=terminal().meeting(),
        **_shown(figures=False),
    )


@bp.get("/chan-doan/nut/phan")
def by_button_part() -> str | Response:
    """Return that list anew where it changed; lead back to the board when it is over."""
    if not terminal().shows_diagnosis():
        return turn_to(url_for("board.page"))
    view = _shown(figures=False)
    if request.args.get("dau") == view["mark"]:
        return Response(status=204)
    return show("_diagnosis_board.html", **view)


def _shown(*, figures: bool) -> dict[str, Any]:
    from edge.web import care_view  # words of every check: not at the start

    return care_view.shown(terminal().diagnosis.view(), gettext, figures=figures)
