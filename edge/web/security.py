"""The door of the pages: which host, which origin, whose form, which headers.

Lives here: refusals before any page runs, and the headers of every answer. Not here: who may do
what at the desk. Sources: Fetch Metadata (Sec-Fetch-Site), RFC 6454 (Origin), CSP level 3.

A missing Sec-Fetch-Site or Origin proves nothing: the form's token decides, always.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Flask, Response, abort, request, session
from flask.sessions import SecureCookieSessionInterface

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 16 * 1024  # bytes of a form
MAX_UPLOAD = 448 * 1024
"""Bytes of a form with a file: below what server and parser keep in memory (500 KB)."""
_UPLOADS = frozenset({"roster_import.upload"})
TOKEN_FIELD = "csrf_token"  # noqa: S105 -- the field's name
MISDIRECTED = 421  # RFC 9110 section 15.5.20
_SESSION_KEY = "csrf"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class _Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie, with SHA-256."""

    digest_method = staticmethod(hashlib.sha256)


def install(app: Flask, *, allowed_hosts: frozenset[str], secret: bytes) -> None:
    """Put the door before every page of the application.

    `allowed_hosts` are exact Host values with their port (`127.0.0.1:8080`).
    """
    app.secret_key = secret
    app.session_interface = _Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="tramthe",
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=20,
    )
    hosts = frozenset(host.casefold() for host in allowed_hosts)

    @app.before_request
    def host_is_ours() -> None:
        if request.environ.get("HTTP_HOST", "").casefold() not in hosts:
            abort(MISDIRECTED)

    @app.before_request
    def a_file_has_room() -> None:
        if request.endpoint in _UPLOADS:
            request.max_content_length = MAX_UPLOAD

    @app.before_request
    def form_is_ours() -> None:
        if request.method not in SAFE_METHODS and not (_same_origin() and _token_holds()):
            abort(403)

    app.after_request(_headers)
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.jinja_env.globals["CSRF_FIELD"] = TOKEN_FIELD


def csrf_token() -> str:
    """Return this browser's token; makes one (and its cookie) at first use."""
    if _SESSION_KEY not in session:
        session[_SESSION_KEY] = secrets.token_urlsafe(32)
    return str(session[_SESSION_KEY])


def _same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    host = request.environ.get("HTTP_HOST", "")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def _token_holds() -> bool:
    expected = session.get(_SESSION_KEY)
    given = request.form.get(TOKEN_FIELD, "")
    return isinstance(expected, str) and hmac.compare_digest(expected.encode(), given.encode())


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
