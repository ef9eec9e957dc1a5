"""Receipts of the counter handed out: printed as slips, or taken along as files.

Lives here: three addresses of one receipt. Not here: how a slip looks (`slip_page`), the counter's
page, the days in the log (`edge.procedure.day`). A receipt names no person, so that handing one
out is nothing to record; the dossier's number is why only the officer gets it.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for

from edge.people.roles import Act
from edge.procedure.day import Verified
from edge.procedure.slip import Paper, of_receipt, said_at, spoken
from edge.web import slip_page
from edge.web.guard import needs
from edge.web.page import show, terminal
from verify import receipt_jws

bp = Blueprint("slips", __name__, url_prefix="/thu-tuc/bien-nhan")


@bp.get("/<context>/<int:place>")
@needs(Act.COUNTER)
def paper(context: str, place: int) -> str:
    """Show the slip of one receipt ready to be printed, on the paper that was asked for."""
    asked = request.args.get("giay")
    on = Paper(asked) if asked in frozenset(Paper) else Paper.ROLL
    one, receipt = _found(context, place)
    procedure = terminal().counter.counter.catalogue().find(one.procedure)
    word = _anchor(receipt)
    at = None if word is None else said_at(word, receipt_jws.digest(receipt))
    slip = of_receipt(receipt, procedure, at)
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
    _, receipt = _found(context, place)
    return _handed(receipt, _number(receipt))


@bp.get("/<context>/<int:place>/trung-tam")
@needs(Act.COUNTER)
def anchor(context: str, place: int) -> Response:
    """Hand the centre's word on the receipt out as a file; not found while it has not come."""
    _, receipt = _found(context, place)
    word = _anchor(receipt)
    if word is None:
        abort(404)
    return _handed(word, f"{_number(receipt)}-ack")


def _handed(compact: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name.replace(" ", "-")}.jws"'}
    return Response(compact, content_type="application/jose", headers=headers)


def _found(context: str, place: int) -> tuple[Verified, str]:
    """Return a verification and its receipt; ends as not found where there is none."""
    day = terminal().counter.day.of(context)
    one = next((one for one in day if one.place == place), None)
    if one is None or one.receipt is None:
        abort(404)
    return one, one.receipt


def _number(receipt: str) -> str:
    return spoken(receipt_jws.digest(receipt))


def _anchor(receipt: str) -> str | None:
    return terminal().counter.day.anchor(receipt_jws.digest(receipt))
