"""The end of a meeting: what is left to do, what is good to know, and the button that signs.

Lives here: the page and its refusals. Not here: the check list (`edge.meeting.checks`), the sheet.
Design: screen 09.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from crl.status import Purpose
from edge.errors import EdgeError
from edge.meeting.checks import Checks, checks
from edge.meeting.sitting import Sitting
from edge.people.roles import Act
from edge.web import labels
from edge.web.guard import acting, actor, needs
from edge.web.knows import oldest
from edge.web.page import desk_view, remember_closed, show, terminal
from edge.web.papers import knowledge
from verify.freshness import Standing

bp = Blueprint("closing", __name__, url_prefix="/ban")

_TICK_ABSENT = "vang"
_TICK_BY_HAND = "xac-nhan"


@bp.get("/dong")
@needs(Act.DESK)
def page() -> str | BaseResponse:
    """Show the check list; without a meeting lead to the desk."""
    sitting = terminal().desk.sitting
    if sitting is None:
        return redirect(url_for("desk.page"))
    return _page(sitting, checks(sitting))


@bp.get("/dong/xem")
@needs(Act.SHEET)
def preview() -> str | BaseResponse:
    """Show the sheet as it would be signed now; in practice, which has none, lead back."""
    from edge.web import sheet_page  # not at the start, as in `papers`

    sitting = terminal().desk.sitting
    if sitting is None or sitting.practice:
        return redirect(url_for("closing.page"))
    sheet = terminal().sheets.preview(knowledge(terminal().status()))
    return show(
        "paper.html", sheet=sheet_page.main(sheet, None), preview=True, back=url_for("closing.page")
    )


@bp.post("/dong")
@needs(Act.CLOSE)
def close_meeting() -> BaseResponse:
    """Close the open meeting once what must be ticked is ticked; else show what is missing."""
    sitting, meeting = terminal().desk.require(), terminal().meeting()
    left = checks(sitting)
    missing = {
        tick
        for tick, needed in (
            (_TICK_ABSENT, bool(left.unstated)),
            (_TICK_BY_HAND, not left.confirmed),
        )
        if needed and request.form.get(tick) != "1"
    }
    if missing:
        return make_response(_page(sitting, left, missing=frozenset(missing)), 409)
    if not left.confirmed:
        acting().confirm_by_hand(by=sitting.opening.chair)
    terminal().close_meeting(by=actor())
    if sitting.practice:
        return redirect(url_for("desk.page"), 303)
    if meeting is not None:
        remember_closed(meeting, terminal().status().now)
    with suppress(EdgeError):  # closed it is; the page of its sheet offers to sign again
        terminal().sheets.sign(sitting.context, knowledge(terminal().status()), by=actor())
    return redirect(url_for("papers.page", context=sitting.context), 303)


def _page(sitting: Sitting, left: Checks, missing: frozenset[str] = frozenset()) -> str:
    view = desk_view()
    cards = oldest(view["status"].lists, Purpose.CARD_STATUS)
    return show(
        "close.html",
        **view,
        left=left,
        sums=sitting.closing_figures,
        missing=missing,
        cards=cards,
        cards_stale=cards is not None and cards.standing in (Standing.STALE, Standing.TOO_OLD),
        reasons=labels.HAND_REASONS,
    )
