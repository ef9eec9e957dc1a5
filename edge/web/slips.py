"""Receipts of the counter handed out: printed as slips, or taken along as files.

Lives here: three addresses of one receipt. Not here: how a slip looks (`slip_page`), the counter's
page, the days in the log (`edge.procedure.day`). A receipt names no person, so that handing one
out is nothing to record; the dossier's number is why only the officer gets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, request, url_for

from edge.people.roles import Act
from edge.web.guard import needs
from edge.web.page import show, terminal

if TYPE_CHECKING:
    from edge.procedure.day import Verified
    from edge.procedure.slip import Slip

bp = Blueprint("slips", __name__, url_prefix="/thu-tuc/bien-nhan")


@bp.get("/<context>/<int:place>")
@needs(Act.COUNTER)
def paper(context: str, place: int) -> str:
    """Show the slip of one receipt ready to be printed, on the paper that was asked for."""
    from edge.procedure.slip import Paper  # not at the start: few terminals have a counter
    from edge.web import slip_page

    asked = request.args.get("giay")
    on = Paper(asked) if asked in frozenset(Paper) else Paper.ROLL
    slip, one = _found(context, place)
    return show(
        "slip.html",
        title=slip_page.TITLE,
        slip=slip_page.main(slip, one.asker, on),
        papers={one: url_for(".paper", context=context, place=place, giay=one) for one in Paper},
        on=on,
        style=slip_page.STYLE,
    )


@bp.get("/<context>/<int:place>/tep")
@needs(Act.COUNTER)
def file(context: str, place: int) -> Response:
    """Hand the signed receipt out as a file, named after its number."""
    slip, _ = _found(context, place)
    return _handed(slip.compact, slip.number)


@bp.get("/<context>/<int:place>/trung-tam")
@needs(Act.COUNTER)
def anchor(context: str, place: int) -> Response:
    """Hand the centre's word on the receipt out as a file; not found while it has not come."""
    slip, one = _found(context, place)
    if one.anchor is None:
        abort(404)
    return _handed(one.anchor, f"{slip.number}-ack")


def _handed(compact: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name.replace(" ", "-")}.jws"'}
    return Response(compact, content_type="application/jose", headers=headers)


def _found(context: str, place: int) -> tuple[Slip, Verified]:
    """Return a verification and its receipt's slip; ends as not found where there is none."""
    from edge.procedure.slip import of_receipt
    from verify.receipt_anchor import unproven

    desk = terminal().counter
    one = next((one for one in desk.day.of(context) if one.place == place), None)
    if one is None or one.receipt is None:
        abort(404)
    procedure = desk.counter.catalogue().find(one.procedure)
    at = None if one.anchor is None else unproven(one.anchor).at
    return of_receipt(one.receipt, procedure, at), one
