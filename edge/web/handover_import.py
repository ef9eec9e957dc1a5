"""The list of a batch, and its end: a file shown as what it would do, then taken or not at all.

Lives here: beginning a batch, going on with a corrected list, ending a day, ending the batch. Not
here: what was shown until it is taken (`table_import`), judging a list's rows
(`edge.procedure.handover_list`), sealing the batch (`edge.procedure.handover_days`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import RosterInvalid
from edge.people.roles import Act
from edge.procedure.handover_book import MAX_TITLE
from edge.procedure.handover_list import ListPreview, preview
from edge.web.guard import actor, needs
from edge.web.handover import at_batch, batch
from edge.web.page import terminal
from edge.web.table_import import Shown, rows, today
from edge.web.table_words import PROBLEMS

bp = Blueprint("handover_import", __name__, url_prefix="/phat-the")


@dataclass(frozen=True, slots=True)
class Pending:
    """A list that was shown and may be taken."""

    title: str
    found: ListPreview = field(repr=False)
    citizen_card: bool


_SHOWN: Final[Shown[Pending]] = Shown("batch")


@bp.get("/danh-sach")
@needs(Act.HANDOVER)
def page() -> str:
    """Ask for the list of a new batch, or for a corrected one."""
    return _page()


@bp.post("/danh-sach")
@needs(Act.HANDOVER)
def upload() -> str | BaseResponse:
    """Show what taking this file would do; nothing is taken yet."""
    _SHOWN.forget()
    view = batch()
    title = " ".join(request.form.get("ten", "").split()) if view is None else view.batch.title
    target = _day(request.form.get("han", ""))
    citizen = view.batch.citizen_card if view else request.form.get("can-cuoc") == "1"
    if target is None or not 0 < len(title) <= MAX_TITLE:
        return make_response(_page(incomplete=True), 409)
    try:
        found = preview(rows(), target, today(), citizen_card=citizen)
    except RosterInvalid:
        return make_response(_page(unreadable=True), 409)
    token = _SHOWN.keep(Pending(title, found, citizen)) if found.ok else None
    return _page(found=found, token=token)


@bp.post("/danh-sach/nhan")
@needs(Act.HANDOVER)
def take() -> BaseResponse:
    """Take the list that was shown; one of an older page is refused."""
    pending = _SHOWN.asked_for()
    book = terminal().handover.book
    if book.batch is None:
        book.begin(pending.title, pending.found, citizen_card=pending.citizen_card, by=actor())
    else:
        book.correct(pending.found, by=actor())
    _SHOWN.forget()
    return redirect(url_for("handover.page"), 303)


@bp.get("/ket-thuc")
@needs(Act.HANDOVER)
def end_page() -> str | BaseResponse:
    """Show what ends with the day, and what with the batch."""
    view = batch()
    if view is None:
        return redirect(url_for("handover_import.page"))
    return at_batch("handover_end.html", view)


@bp.post("/ket-thuc")
@needs(Act.HANDOVER)
def end() -> BaseResponse:
    """End the day, or the batch: then the terminal forgets its list."""
    desk = terminal().handover
    if request.form.get("lam") == "dot":
        desk.book.finish(by=actor())
        desk.door.leave()
        return redirect(url_for("handover_import.page"), 303)
    desk.book.end_day(by=actor())
    return redirect(url_for("handover.page"), 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(
    found: ListPreview | None = None,
    *,
    token: str | None = None,
    unreadable: bool = False,
    incomplete: bool = False,
) -> str:
    counts: dict[str, int] = {}
    for card in found.cards if found is not None else ():
        counts[card.organisation] = counts.get(card.organisation, 0) + 1
    return at_batch(
        "handover_import.html",
        batch(),
        found=found,
        counts=counts,
        token=token,
        unreadable=unreadable,
        incomplete=incomplete,
        trouble=terminal().handover.book.trouble is not None,
        problems=PROBLEMS,
        form=request.form,
        today=today(),
        max_title=MAX_TITLE,
    )
