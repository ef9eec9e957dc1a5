"""The door of the local API: who asks, from where, how often; and what other origins may read.

Lives here: what stands before every view under /api/v1/, and the headers of CORS. Not here: Host
and the headers of every answer (`edge.web.security`), pairings (`edge.procedure.pairings`),
bodies (`body`). Sources: RFC 6454, RFC 6750, Fetch (CORS protocol), Fetch Metadata, Private
Network Access.

A request shows, all of it, whoever sends it:

1. `Origin`, one value. Browsers send it by themselves, and no script can change it. A program
   that is no browser sends the one that it was paired with.
2. `Sec-Fetch-Site`, `cross-site` or `same-site`, as the origin stands to this terminal. Browsers
   of the last years send it, and no script can change it; one that does not is refused, since
   whoever leaves it out proves nothing. A program that is no browser sends `cross-site`: it acts
   for the page that it was paired as. `Sec-Fetch-Mode`, where it is sent, is `cors`.
3. `Authorization: Bearer` with the token of a pairing, and the origin is that pairing's.

No cookie is looked at. What the door turns away is counted, and answered by 429 once it comes too
often; that keeps out no page that is paired.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request

from edge.errors import ApiRefused, PairingRefused
from edge.procedure.pairing import Pairing, fit_origin
from edge.procedure.pairings import Pairings
from edge.web.answer import Answer
from edge.web.api.limits import Buckets, Limits
from edge.web.api.problem import Code, answer, refuse
from edge.web.api.scope import is_api

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

OPEN = frozenset({"status.api", "api_document.openapi", "api_pairings.ask"})
"""Views that need no token."""
WAITING = frozenset({"api_pairings.current"})
"""Views for which a page that waits for the desk's word is good enough."""
_PAIRING = "api_pairings.ask"
CALLER = "asks_for_caller"
"""The attribute of a view that gets the pairing."""
METHODS = "GET, POST, DELETE"
HEADERS = "Authorization, Content-Type, Last-Event-ID"
EXPOSED = "Location, Retry-After, WWW-Authenticate"
_READER = "Access-Control-Allow-Origin"
_VARY = {"Vary": "Origin"}
_READ = _VARY | {
    "Access-Control-Expose-Headers": EXPOSED,
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""What an answer says that another origin may read."""
PREFLIGHT_SECONDS = 600
"""How long a browser may remember a preflight; the token is asked for each time all the same."""
_DOOR = "tramthe.api-door"
_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{43})", re.IGNORECASE)

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class _Door:
    pairings: Pairings
    each: Buckets
    together: Buckets
    strangers: Buckets


def install(app: Flask, kept: Pairings, limits: Limits) -> None:
    """Put the door before every view of the API."""
    app.extensions[_DOOR] = _Door(
        kept,
        Buckets(limits.pairing, kept.monotonic),
        Buckets(limits.together, kept.monotonic),
        Buckets(limits.strangers, kept.monotonic),
    )
    app.before_request(_ask)
    app.after_request(_let_read)


def pairings() -> Pairings:
    """Return the paired pages."""
    return _door().pairings


def caller(view: View) -> View:
    """Give a view the pairing that asks, as its first argument.

    @bp.get("/api/v1/...")
    @caller
    def of(pairing: Pairing, ...) -> Response: ...
    """

    @wraps(view)
    def run(*args: Any, **values: Any) -> Any:
        return view(g.api_pairing, *args, **values)

    setattr(run, CALLER, True)
    return cast(View, run)


def turn_away(code: Code) -> ApiRefused:
    """Return the error for somebody whom the door does not know; 429 where there are many."""
    wait = _door().strangers.take("")
    return refuse(code) if wait == 0.0 else refuse(Code.TOO_MANY, after=wait)


def origin_of_call(environ: WSGIEnvironment) -> str:
    """Check where a request comes from, and return its origin. Raises ApiRefused."""
    origin, site = environ.get("HTTP_ORIGIN", ""), environ.get("HTTP_SEC_FETCH_SITE")
    if not origin:
        raise turn_away(Code.ORIGIN_MISSING)
    if site is None:
        raise turn_away(Code.SITE_MISSING)
    mode, host = environ.get("HTTP_SEC_FETCH_MODE"), environ.get("HTTP_HOST", "")
    if not fits(site, mode, origin, host):
        raise turn_away(Code.SITE_UNFIT)
    return str(origin)


def fits(site: str, mode: str | None, origin: str, host: str) -> bool:
    """Return whether Fetch Metadata is that of a script of a page of this origin.

    `same-origin` is right only for a page of this very host, and wrong for every other; `none`
    (somebody typed the address) never is. A mode, where there is one, is `cors`: links, forms,
    images, frames and `no-cors` are none of ours.
    """
    ours = origin in (f"http://{host}", f"https://{host}")
    right = site == "same-origin" if ours else site in ("cross-site", "same-site")
    return right and mode in (None, "cors")


# Steps. They look at WSGI's environment (PEP 3333), which is asked for once: each look at Flask's
# `request` finds out anew which one it is.


def _ask() -> Response | None:
    if not is_api():
        return None
    door, environ, rule = _door(), request.environ, request.url_rule
    endpoint = None if rule is None else rule.endpoint
    origin = environ.get("HTTP_ORIGIN", "")
    g.api_reader = origin if _may_read(door.pairings, origin, endpoint) else None
    options = environ["REQUEST_METHOD"] == "OPTIONS"
    if options and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
        return _preflight()
    if endpoint is None or options or endpoint in OPEN:
        return None
    g.api_pairing = _caller(door, environ, endpoint)
    return None


def _caller(door: _Door, environ: WSGIEnvironment, endpoint: str) -> Pairing:
    origin = origin_of_call(environ)
    given = _BEARER.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
    if given is None:
        raise turn_away(Code.TOKEN_MISSING)
    found = door.pairings.find(given[1])
    waiting = door.pairings.waiting(given[1]) if found is None else None
    pairing = found or waiting
    if pairing is None:
        raise turn_away(Code.PAIRINGS_DAMAGED if door.pairings.damaged else Code.TOKEN_UNKNOWN)
    if pairing.origin != origin:
        raise turn_away(Code.TOKEN_ELSEWHERE)
    if waiting is not None and endpoint not in WAITING:
        raise turn_away(Code.PAIRING_WAITING)
    wait = door.each.take(pairing.id) or door.together.take("")
    if wait > 0.0:
        raise refuse(Code.TOO_MANY, after=wait)
    if found is not None:
        door.pairings.note_use(found)
    return pairing


def _may_read(kept: Pairings, origin: str, endpoint: str | None) -> bool:
    """Return whether scripts of this origin may read the answer to this request."""
    if not origin:
        return False
    if kept.knows(origin):
        return True
    if endpoint != _PAIRING or not kept.is_offering():
        return False
    try:
        fit_origin(origin)
    except PairingRefused:
        return False
    return True


def _preflight() -> Response:
    """Answer a browser that asks whether it may send a page's request."""
    if g.api_reader is None:
        return answer(Code.ORIGIN_NOT_PAIRED)
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = HEADERS
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    if request.headers.get("Access-Control-Request-Private-Network") == "true":
        response.headers["Access-Control-Allow-Private-Network"] = "true"
    return response


def _let_read(response: Answer) -> Answer:
    if is_api():
        reader = g.get("api_reader")
        read = _VARY if reader is None else {**_READ, _READER: reader}
        response.ready = {**response.ready, **read}
    return response


def _door() -> _Door:
    return cast(_Door, current_app.extensions[_DOOR])
