"""The door of the pages: which host, which origin, whose form, which headers.

Lives here: refusals before any page runs, the id of a browser, and the headers of every answer.
Not here: what an id opens (`edge.people.sessions`, asked by `guard`). Sources: Fetch Metadata
(Sec-Fetch-Site), RFC 6454 (Origin), RFC 6265bis (cookies), CSP level 3.

A browser is known by 256 random bits in a cookie, made here at first use and renewed whenever a
desk is opened, proved or locked. A form carries the id's HMAC under this process's secret: it is
worth nothing to another browser, and nothing once the id is renewed. A missing Sec-Fetch-Site or
Origin proves nothing: the form's token decides, always. The local API has a door of its own
(`edge.web.api.door`): there a paired page's token decides, and no cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request

from edge.config import LOOPBACK
from edge.people.doorkeeper import new_id
from edge.web.answer import Answer
from edge.web.api.scope import is_api

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 16 * 1024  # bytes of a form
MAX_UPLOAD = 448 * 1024
"""Bytes of a form with a file: below what server and parser keep in memory (500 KB)."""
_UPLOADS = frozenset({"roster_import.upload", "handover_import.upload"})
TOKEN_FIELD = "csrf_token"  # noqa: S105 -- the field's name
COOKIE = "tramthe"
MISDIRECTED = 421  # RFC 9110 section 15.5.20
_SECRET = "tramthe.secret"  # noqa: S105 -- where the application keeps it
_COUNTER_HOSTS = "tramthe.counter-hosts"
_LABEL = b"tramthe-form-v1:"
_ID = re.compile(r"[A-Za-z0-9_-]{43}")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What no view says itself; the API's door says the last one otherwise to a page that may read."""
_API = _ALWAYS | {"Cache-Control": "no-store"}
_PAGE = _ALWAYS | {
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Besides, what says nothing of an answer that is no document: JSON links and opens nothing."""


def install(
    app: Flask,
    *,
    allowed_hosts: frozenset[str],
    counter_hosts: frozenset[str],
    secret: bytes,
    own_wifi: str | None = None,
) -> None:
    """Put the door before every page of the application.

    Both kinds of hosts are exact Host values with their port (`127.0.0.1:8080`);
    `counter_hosts` are those of the counter's door, which nginx keeps; `own_wifi` is the one of
    phones, good for what came by the address of that network, which in turn has no other.
    """
    app.extensions[_SECRET] = secret
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=20,
    )
    hosts = frozenset(host.casefold() for host in allowed_hosts | counter_hosts)
    app.extensions[_COUNTER_HOSTS] = frozenset(host.casefold() for host in counter_hosts)
    wifi_address = None if own_wifi is None else urlsplit(f"//{own_wifi}").hostname

    @app.before_request
    def host_is_ours() -> None:
        environ = request.environ
        host = environ.get("HTTP_HOST", "").casefold()
        by_wifi = own_wifi is not None and environ.get("SERVER_NAME") == wifi_address
        if (host != own_wifi) if by_wifi else (host not in hosts):
            abort(MISDIRECTED)

    @app.before_request
    def form_is_ours() -> None:
        if request.method in SAFE_METHODS or is_api():
            return  # the API looks at no cookie, so nothing of a browser's is lent to a caller
        if request.endpoint in _UPLOADS:
            request.max_content_length = MAX_UPLOAD
            # The parser holds a file's bytes, as they come, against the memory of its fields.
            request.max_form_memory_size = MAX_UPLOAD
        if not (_same_origin() and _token_holds()):
            abort(403)

    app.after_request(_headers)
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.jinja_env.globals["CSRF_FIELD"] = TOKEN_FIELD
    app.jinja_env.globals["by_the_door"] = by_the_door


def at_the_terminal() -> bool:
    """Return whether this browser runs on the terminal: it came by one of loopback's names.

    nginx lets no request from outside through under them, nor does the door one from a phone.
    """
    return urlsplit(f"//{request.environ.get('HTTP_HOST', '')}").hostname in LOOPBACK


def by_the_door() -> bool:
    """Return whether this browser is a counter's PC: it came by nginx, under the door's names.

    To it the officer's pages are there, and board, desk and papers are not: no page leads to one.
    """
    hosts = cast("frozenset[str]", current_app.extensions[_COUNTER_HOSTS])
    return request.environ.get("HTTP_HOST", "").casefold() in hosts


def known_browser() -> str | None:
    """Return the id of this browser, None where it has none."""
    if "browser" not in g:
        given = request.cookies.get(COOKIE, "")
        g.browser = given if _ID.fullmatch(given) else None
    return cast("str | None", g.browser)


def browser() -> str:
    """Return the id of this browser; makes one (and its cookie) at first use."""
    known = known_browser()
    return renew(new_id()) if known is None else known


def renew(token: str) -> str:
    """Know this browser by another id from now on, and return that."""
    g.browser = g.browser_renewed = token
    return token


def csrf_token() -> str:
    """Return what a form of this browser carries."""
    return _form_token(browser())


def _form_token(token: str) -> str:
    secret = cast(bytes, current_app.extensions[_SECRET])
    made = hmac.digest(secret, _LABEL + token.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    host = request.environ.get("HTTP_HOST", "")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def _token_holds() -> bool:
    known = known_browser()
    given = request.form.get(TOKEN_FIELD, "")
    return known is not None and hmac.compare_digest(_form_token(known).encode(), given.encode())


def _headers(response: Answer) -> Answer:
    if is_api():
        response.ready = {**_API, **response.ready}
        return response
    renewed = g.get("browser_renewed")
    if renewed is not None:
        response.set_cookie(
            COOKIE, renewed, httponly=True, samesite="Strict", secure=request.is_secure
        )
    response.ready = {**_PAGE, **response.ready}
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
