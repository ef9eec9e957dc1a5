"""Pairing a back office's page at the desk: the code and PIN to show, the question, the list.

Lives here: one page and its acts. Not here: the rules (`edge.procedure.pairings`), what the page
that wants to be paired sends (`edge.web.api.pairings`). A code that is shown is seen by whoever
stands at the screen; that is why the desk is asked whether the right page took it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from edge import crockford
from edge.errors import SessionOver
from edge.people.roles import Act
from edge.procedure.pairings import PairingView
from edge.procedure.sessions import Ended
from edge.web.api.door import pairings
from edge.web.guard import needs
from edge.web.page import show_at_desk, terminal

bp = Blueprint("pairing", __name__, url_prefix="/ghep-trang")

_QR_BORDER = 2  # modules; the panel is white around it
API_PATH = "/api/v1"
_HOSTS = "tramthe.counter-hosts"


@bp.get("")
@needs(Act.PAIR)
def page() -> str:
    """Show which pages are paired, and what goes on with the next one."""
    return show_at_desk("pairing.html", **_view())


@bp.get("/phan")
@needs(Act.PAIR, polls=True)
def part() -> str | Response:
    """Return what goes on anew where it changed, nothing where it did not."""
    view = _view()
    if request.args.get("dau") == view["mark"]:
        return Response(status=204)
    return render_template("_pairing.html", **view)


@bp.post("/mo")
@needs(Act.PAIR)
def offer() -> BaseResponse:
    """Offer a pairing."""
    pairings().offer()
    return _back()


@bp.post("/dong-y")
@needs(Act.PAIR)
def agree() -> BaseResponse:
    """Pair the page that asked, where it is still the one that was shown."""
    pairings().agree(request.form.get("trang", ""))
    return _back()


@bp.post("/thoi")
@needs(Act.PAIR)
def drop() -> BaseResponse:
    """Take the offer back, or turn away the page that asked."""
    pairings().drop()
    return _back()


@bp.post("/go")
@needs(Act.PAIR)
def revoke() -> BaseResponse:
    """Let a page ask nothing any more; what it asks just now is over."""
    asker = request.form.get("trang", "")
    pairings().revoke(asker)
    sessions = terminal().counter.counter.sessions
    asking = sessions.current()
    if asking is not None and asking.question.owner == asker:
        with suppress(SessionOver):  # its card is written down now; nobody hears of it
            sessions.cancel(asking.id, asker, Ended.BY_OFFICER)
    return _back()


@bp.post("/lap-lai")
@needs(Act.PAIR)
def begin_anew() -> BaseResponse:
    """Begin an empty list where the old one does not open."""
    pairings().begin_anew()
    return _back()


def install(app: Flask, counter_hosts: Sequence[str]) -> None:
    """Tell the page under which names other machines find the terminal, by TLS."""
    app.extensions[_HOSTS] = tuple(counter_hosts)


def address() -> str:
    """Return where a back office's page finds the API.

    The name that the desk's own browser came by, where other machines know it; else the first
    that they know; on a terminal that none reaches, loopback.
    """
    hosts = cast("tuple[str, ...]", current_app.extensions[_HOSTS])
    came_by = request.environ.get("HTTP_HOST", "").casefold()
    if came_by in hosts or not hosts:
        return f"{'https' if hosts else 'http'}://{came_by}{API_PATH}"
    return f"https://{hosts[0]}{API_PATH}"


def _back() -> BaseResponse:
    return redirect(url_for("pairing.page"), 303)


def _view() -> dict[str, object]:
    view = pairings().view()
    place = address()
    return {
        "view": view,
        "address": place,
        "now": terminal().status().now,
        "mark": _mark(view),
        "code": None if view.offer is None else crockford.grouped(view.offer.code),
        "qr": None if view.offer is None else _qr(f"{place}/pairings#code={view.offer.code}"),
    }


def _mark(view: PairingView) -> str:
    """Return what is another whenever the page looks different."""
    seen = (view.offer, view.asked, view.ended, view.damaged, [one.id for one in view.pairings])
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def _qr(text: str) -> Markup:
    """Return the QR code as one path: dark modules on a light ground."""
    import segno  # not at the start: few terminals pair a page

    code = segno.make_qr(text, error="m", boost_error=False)
    drawn = code.svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, border=_QR_BORDER, unit=None, light="#fff"
    )
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704 -- drawn here
