"""Letting a phone be the desk: the terminal's own Wi-Fi and the address there, as QR codes.

Lives here: one page and its two acts. Not here: putting the network up (`edge.phones`), what a
phone may do then (it comes to the login page as any browser does). The codes are shown on the
terminal's own screen and nowhere else: who takes one stands before it.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from edge import crockford
from edge.people.roles import Act
from edge.web import security, words
from edge.web.guard import needs
from edge.web.page import show_at_desk, terminal

bp = Blueprint("phones", __name__, url_prefix="/ban/dien-thoai")

_QR_BORDER = 2  # modules; the panel is white around it


def offered_here() -> bool:
    """Return whether this browser is the one that phones are let in from."""
    return security.at_the_terminal() and terminal().phones is not None


@bp.get("")
@needs(Act.PHONE)
def page() -> str:
    """Show how far the network is, and what lets a phone onto it."""
    return show_at_desk("phones.html", **_view())


@bp.get("/phan")
@needs(Act.PHONE, polls=True)
def part() -> str | Response:
    """Return what changes by itself, nothing where it did not."""
    view = _view()
    if request.args.get("dau") == view["mark"]:
        return Response(status=204)
    return render_template("_phones.html", **view)


@bp.post("/bat")
@needs(Act.PHONE)
def begin() -> BaseResponse:
    """Put the network up."""
    if offered_here():
        terminal().begin_phones()
    return _back()


@bp.post("/tat")
@needs(Act.PHONE)
def end() -> BaseResponse:
    """Take the network down: whoever is on it is off."""
    phones = terminal().phones
    if phones is not None:
        phones.end()
    return _back()


def _back() -> BaseResponse:
    return redirect(url_for("phones.page"), 303)


def _view() -> dict[str, object]:
    phones = terminal().phones
    if phones is None or not security.at_the_terminal():
        return {"view": None, "mark": "", "has": phones is not None}
    view = phones.view()
    shown: dict[str, object] = {"view": view, "mark": view.phase.value, "has": True}
    if view.fault is not None:
        found = words.of_reason(view.fault)
        shown |= {"says": gettext(found.says), "next_step": gettext(found.next_step)}
    if view.passphrase is not None:
        from edge.phones.wifi import qr_text  # loaded with the network itself

        rest = f"{view.wifi.host.removeprefix(view.wifi.address)}{url_for('desk.page')}"
        shown |= {
            "join": _qr(qr_text(view.wifi.name, view.passphrase)),
            "passphrase": crockford.grouped(view.passphrase).split(),
            "open": _qr(f"http://{view.wifi.address}{rest}"),
            "rest": rest,
        }
    return shown


def _qr(text: str) -> Markup:
    """Return the QR code as one path: dark modules on a light ground."""
    import segno  # not at the start: few terminals let phones in

    code = segno.make_qr(text, error="m", boost_error=False)
    drawn = code.svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, border=_QR_BORDER, unit=None, light="#fff"
    )
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704 -- drawn here
