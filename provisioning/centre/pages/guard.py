"""Which page is whose: the one line above a route that says which act it is.

    @bp.get("/canh-bao")
    @needs(Act.ALARMS)
    def alarms() -> str: ...

Lives here: asking, and where a refusal leads. Not here: who may do what (`people.roles`), the
lookup and its row in the audit (`people.sessions`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Response, current_app, g, redirect, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from provisioning.centre.pages import browser
from provisioning.centre.pages.blueprint import bp, problem
from provisioning.centre.pages.desk import desk
from provisioning.centre.people.roles import Act
from provisioning.centre.people.sessions import Entry

ACT = "needed_act"
"""The attribute of a view under which its act can be read."""
MAX_ADDRESS = 500  # characters of an address to return to

View = TypeVar("View", bound=Callable[..., Any])


def needs(act: Act) -> Callable[[View], View]:
    """Let a view run only for an operator who may do the act, and write down that it ran."""

    def guarded(view: View) -> View:
        @wraps(view)
        def run(*args: Any, **values: Any) -> Any:
            refusal = _enter(act)
            return view(*args, **values) if refusal is None else refusal

        setattr(run, ACT, act)
        return cast(View, run)

    return guarded


def _enter(act: Act) -> Response | BaseResponse | None:
    token = browser.known()
    address = request.full_path.rstrip("?")
    subject = f"{request.method} {address}" if request.method != "GET" else address
    entry, session = Entry.NOBODY, None
    if token is not None:
        entry, session = desk().sessions.enter(token, act, subject, desk().clock())
    g.session = session
    match entry:
        case Entry.ALLOWED:
            return None
        case Entry.REFUSED:
            return problem(
                403,
                gettext("Việc này không thuộc vai của tài khoản này."),
                gettext("Nhờ người quản trị của trung tâm."),
            )
        case Entry.NEW_PASSWORD:
            return redirect(url_for("pages.account"), 303)
        case Entry.NOBODY:
            onward = ours(address) if request.method == "GET" else None
            return redirect(url_for("pages.login", tiep=onward), 303)


def ours(address: str | None) -> str | None:
    """Return the address as path and query where it is a page of ours to return to, else None.

    The terminal has its own (`edge.web.guard`), and its own pages: the centre takes the wire
    formats from it and nothing else.
    """
    if not address or len(address) > MAX_ADDRESS:
        return None
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    if parts.path.startswith(("//", "/\\")):
        return None
    try:
        endpoint, _ = current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        return None
    if not hasattr(current_app.view_functions[endpoint], ACT) or not endpoint.startswith(
        f"{bp.name}."
    ):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
