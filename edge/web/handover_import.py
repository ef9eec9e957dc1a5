"""The list of a batch, and its end: a file shown as what it would do, then taken or not at all.

Lives here: beginning a batch, going on with a corrected list, ending a day, ending the batch. Not
here: reading the file (`edge.meeting.roster_rows`), judging its rows
(`edge.procedure.handover_list`), sealing the batch (`edge.procedure.handover_days`).

An upload stays below what the server keeps in memory, as with the roster (`roster_import`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

from flask import Blueprint, abort, current_app, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import RosterInvalid
from edge.meeting.roster_rows import read
from edge.people.roles import Act
from edge.web.filters import HANOI
from edge.web.guard import actor, needs
from edge.web.handover import at_batch, batch
from edge.web.page import terminal
from edge.web.roster_import import PROBLEMS

if TYPE_CHECKING:
    from edge.procedure.handover_list import ListPreview

bp = Blueprint("handover_import", __name__, url_prefix="/phat-the")

MAX_TITLE = 80  # characters, as `edge.procedure.handover_book` has it
_PENDING = "tramthe.batch-preview"


@dataclass(frozen=True, slots=True)
class Pending:
    """A list that was shown and may be taken, by the token of its page."""

    token: str
    title: str
    found: ListPreview = field(repr=False)
    citizen_card: bool


@bp.get("/danh-sach")
@needs(Act.HANDOVER)
def page() -> str:
    """Ask for the list of a new batch, or for a corrected one."""
    return _page()


@bp.post("/danh-sach")
@needs(Act.HANDOVER)
def upload() -> str | BaseResponse:
    """Show what taking this file would do; nothing is taken yet."""
    from edge.procedure.handover_list import preview

    _forget()
    view = batch()
    title = " ".join(request.form.get("ten", "").split()) if view is None else view.batch.title
    target = _day(request.form.get("han", ""))
    citizen = view.batch.citizen_card if view else request.form.get("can-cuoc") == "1"
    if target is None or not 0 < len(title) <= MAX_TITLE:
        return make_response(_page(incomplete=True), 409)
    given = request.files.get("tep")
    try:
        rows = read(b"" if given is None else given.read())
        found = preview(rows, target, _today(), citizen_card=citizen)
    except RosterInvalid:
        return make_response(_page(unreadable=True), 409)
    token = None
    if found.ok:
        pending = Pending(secrets.token_urlsafe(32), title, found, citizen)
        current_app.extensions[_PENDING] = pending
        token = pending.token
    return _page(found=found, token=token)


@bp.post("/danh-sach/nhan")
@needs(Act.HANDOVER)
def take() -> BaseResponse:
    """Take the list that was shown; one of an older page is refused."""
    pending = cast("Pending | None", current_app.extensions.get(_PENDING))
    if pending is None or not secrets.compare_digest(
        pending.token.encode(), request.form.get("ma", "").encode()
    ):
        abort(403)
    book = terminal().handover.book
    if book.batch is None:
        book.begin(pending.title, pending.found, citizen_card=pending.citizen_card, by=actor())
    else:
        book.correct(pending.found, by=actor())
    _forget()
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


def _forget() -> None:
    current_app.extensions.pop(_PENDING, None)


def _today() -> date:
    return terminal().status().now.astimezone(HANOI).date()


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
        today=_today(),
        max_title=MAX_TITLE,
    )
