"""The sheets of closed meetings: signed, printed, taken along, and supplemented.

Lives here: the pages, the paper and the downloads. Not here: the sheet (`edge.meeting.sheet`),
making it again (`edge.meeting.sheets`), the forms it leaves in (`sheet_forms`), how paper looks
(`sheet_page`). Paper and downloads are recorded before they leave. The names stay until the
secretary says that all was taken along, or the log's rule forgets them.

What makes sheets is loaded with the first page that shows one, not at the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from crl.status import Purpose
from edge.meeting.attendance import FactKind
from edge.meeting.sitting import Entry, Sitting
from edge.people.roles import Act
from edge.web import labels
from edge.web.guard import acting, actor, needs
from edge.web.knows import oldest
from edge.web.page import desk_view, show, terminal
from edge.web.terminal import StatusView
from edge.wire.kinds import AbsenceOutcome, AnnulReason, ExportOutcome, HandReason

if TYPE_CHECKING:
    from edge.meeting.sheet_parts import Knowledge

bp = Blueprint("papers", __name__, url_prefix="/ban/bien-ban")

LISTED = 5
"""Last entries that the page offers to take back."""


def knowledge(status: StatusView) -> Knowledge:
    """Return what the terminal knows now, as a sheet says it."""
    from edge.meeting.sheet_parts import CardList, Knowledge

    cards = oldest(status.lists, Purpose.CARD_STATUS)
    known = None if cards is None else CardList(cards.number, cards.this_update, cards.standing)
    return Knowledge(known, status.time_quality, status.last_sync)


def _in_words(forms: frozenset[str]) -> str:
    """Return in which forms a sheet was taken along, e.g. `bản in, CSV`."""
    return ", ".join(gettext(words) for form, words in labels.EXPORTS.items() if form in forms)


def _undoable(sitting: Sitting) -> list[Entry]:
    """Return the entries that stand and may be taken back."""
    taking = (FactKind.WITHDRAWN, FactKind.ANNULLED)
    standing = (entry for entry in sitting.entries if entry.seq not in sitting.undone)
    return [entry for entry in standing if entry.kind not in taking]


@bp.get("")
@needs(Act.SHEET)
def closed() -> str:
    """List the closed meetings whose names the terminal still has."""
    forgotten = request.args.get("quen") == "1"
    closed = terminal().sheets.closed()
    return show("papers.html", **desk_view(), closed=closed, forgotten=forgotten)


@bp.get("/<context>")
@needs(Act.SHEET)
def page(context: str) -> str:
    """Show a closed meeting: its sheets, what may be taken along, late entries."""
    found = terminal().sheets.of(context)
    return show(
        "paper_list.html",
        **desk_view(),
        closed=found,
        figures=found.sitting.closing_figures,
        people=found.sitting.closing_lines,
        entries=_undoable(found.sitting)[-LISTED:],
        reasons=labels.HAND_REASONS,
        taken={number: _in_words(forms) for number, forms in found.taken.items()},
    )


@bp.post("/<context>/ky")
@needs(Act.CLOSE)
def sign(context: str) -> BaseResponse:
    """Sign what is not signed yet: the closing sheet, or a supplement."""
    terminal().sheets.sign(context, knowledge(terminal().status()), by=actor())
    return redirect(url_for("papers.page", context=context), 303)


@bp.post("/<context>/<int:number>/in")
@needs(Act.EXPORT)
def paper(context: str, number: int) -> str:
    """Show a sheet ready to be printed; that it left is recorded first."""
    from edge.web import sheet_page

    signed = terminal().sheets.get(context, number)
    made = show(
        "paper.html",
        sheet=sheet_page.main(signed.sheet, signed.digest),
        pages=sheet_page.layout(signed.sheet).pages,
        preview=False,
        back=url_for("papers.page", context=context),
    )
    terminal().sheets.exported(context, number, ExportOutcome.PRINT, by=actor())
    return made


@bp.post("/<context>/<int:number>/<form>")
@needs(Act.EXPORT)
def take(context: str, number: int, form: str) -> Response:
    """Hand a sheet out as a file; that it left is recorded first."""
    from edge.meeting.sheet_table import file_name
    from edge.web.sheet_forms import FORMS

    if form not in FORMS:
        abort(404)
    outcome, mimetype, make = FORMS[form]
    made = make(terminal().sheets.get(context, number))
    signed = terminal().sheets.exported(context, number, outcome, by=actor())
    if form == "json":
        made = signed.compact.encode()
    name = file_name(signed.sheet, form)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, content_type=mimetype, headers=headers)


@bp.post("/<context>/xong")
@needs(Act.EXPORT)
def done(context: str) -> BaseResponse:
    """Let the terminal forget the meeting's names: all that is wanted was taken along."""
    terminal().sheets.forget(context)
    return redirect(url_for("papers.closed", quen=1), 303)


@bp.post("/<context>/bo-sung")
@needs(Act.SUPPLEMENT)
def late(context: str) -> BaseResponse:
    """Record what came after the end: somebody by hand, an absence, or an annulment."""
    desk = acting().after_the_end(context)
    form = request.form
    try:
        match form.get("viec"):
            case "ghi-tay":
                desk.hand_entry(form["person"], HandReason(form["ly-do"]), late=False)
            case "vang":
                desk.absence(form["person"], AbsenceOutcome(form["vang"]))
            case "huy":
                desk.annul(int(form["seq"]), AnnulReason.BY_MISTAKE)
            case _:
                abort(400)
    except (KeyError, ValueError):
        abort(400)
    return redirect(url_for("papers.page", context=context), 303)
