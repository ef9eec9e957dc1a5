"""Which page is whose: the one line above a route that says which act it is.

    @bp.post("/dong")
    @needs(Act.CLOSE)
    def close_meeting() -> BaseResponse: ...

Lives here: the refusal, and where it leads. A locked desk leads to the login page and back; an
act that asks the PIN on top leads to the same page for the PIN; another role's act leads there
for that role. What a form carried is not kept: its page is shown again. Not here: who may do what
(`edge.people.roles`), the login page (`login`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from edge.meeting.desk import MeetingDesk
from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import RULES, Act, Role, asks_pin, may
from edge.people.sessions import Session
from edge.web import security
from edge.web.page import terminal, turn_to

MAX_ADDRESS = 500  # characters of an address to return to
ACT = "needed_act"
"""The attribute of a view under which its act can be read."""
_DOORKEEPER = "tramthe.doorkeeper"
_LOGIN = "login."
NEW_PIN = "login.new_pin"
"""The one page of the login that somebody is led back to."""
_NO_PAGES = frozenset({"static", "status.api", "desk.photo", "handover.photo"})

View = TypeVar("View", bound=Callable[..., Any])


def doorkeeper() -> Doorkeeper:
    """Return who lets people in."""
    return cast(Doorkeeper, current_app.extensions[_DOORKEEPER])


def install(app: Flask, keeper: Doorkeeper) -> None:
    """Tie the application to it, and let templates ask what this browser may do now."""
    app.extensions[_DOORKEEPER] = keeper
    app.jinja_env.globals["desk_open"] = lambda: desk() is not None
    app.jinja_env.globals["granted"] = lambda act: granted(Act(act))
    app.jinja_env.globals["role_may"] = lambda act: _role_may(Act(act))


def desk() -> Session | None:
    """Return the open desk of this browser, None where it is locked."""
    token = security.known_browser()
    return None if token is None else doorkeeper().session(token)


def actor() -> str | None:
    """Return who acts at this desk, as events say it; None where it is locked."""
    session = desk()
    return None if session is None else session.by


def acting() -> MeetingDesk:
    """Return the acts of the desk, as done by whoever opened it."""
    return terminal().desk.acting(actor())


def granted(act: Act) -> bool:
    """Return whether this browser may do the act now, without being asked anything."""
    session = desk()
    if session is None or not may(session.role, act):
        return False
    return not asks_pin(act) or doorkeeper().sessions.proved(session)


def _role_may(act: Act) -> bool:
    """Return whether the act is of the role that this desk is open in, PIN or not."""
    session = desk()
    return session is not None and may(session.role, act)


def needs(act: Act, *, polls: bool = False) -> Callable[[View], View]:
    """Let a view run only for somebody who may do the act.

    `polls`: a page fetches it by itself, so it keeps no desk open, and is asked again after it
    has waited.
    """

    def guarded(view: View) -> View:
        @wraps(view)
        def run(*args: Any, **values: Any) -> Any:
            if not granted(act):
                return _lead_away(act)
            if not polls:
                doorkeeper().sessions.touch(security.browser())
            answer = view(*args, **values)
            return answer if not polls or granted(act) else _lead_away(act)

        setattr(run, ACT, act)
        return cast(View, run)

    return guarded


def role_for(act: Act) -> Role:
    """Return the role to come in as: one's own where it may do the act."""
    session = desk()
    if session is not None and may(session.role, act):
        return session.role
    return min(RULES[act].roles, key=list(Role).index)


def ours(address: str | None) -> str | None:
    """Return the address as path and query where it is a page of ours to return to, else None."""
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
    if endpoint in _NO_PAGES or endpoint.endswith("part") or endpoint.startswith(_LOGIN):
        return parts.path if endpoint == NEW_PIN else None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _lead_away(act: Act) -> Response:
    """Lead to the login page: for a role, or for the PIN of an act."""
    session = desk()
    role = role_for(act)
    only_pin = session is not None and session.role is role
    address = url_for(
        "login.page", vai=role.value, viec=act.value if only_pin else None, tiep=_here()
    )
    if request.headers.get("HX-Request") == "true":
        return turn_to(address)
    return cast(Response, redirect(address, 303))


def _here() -> str | None:
    """Return the page that this request stands on: itself, or the one that its form stood on."""
    if request.method == "GET" and request.headers.get("HX-Request") != "true":
        return ours(request.full_path.rstrip("?"))
    stood_on = urlsplit(request.headers.get("Referer", ""))
    return ours(f"{stood_on.path}?{stood_on.query}") or ours(request.path)
