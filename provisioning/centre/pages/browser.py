"""Which browser a request is from, and whether a form is one that we gave it.

Lives here: the cookie and the form's token. Not here: what an id opens (`people.sessions`).
A browser is known by 256 random bits, renewed when somebody comes in or leaves. A form carries
the HMAC of a label under that id: whoever does not have the cookie cannot make one, and any
process of the centre can check it. A missing Sec-Fetch-Site or Origin proves nothing.
Sources: Fetch Metadata (Sec-Fetch-Site), RFC 6454 (Origin), RFC 6265bis (cookies, `__Host-`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import cast

from flask import Response, g, request

from provisioning.centre.pages.desk import desk

FIELD = "csrf_token"
COOKIE = "tramthe-centre"
SECURE_COOKIE = "__Host-tramthe-centre"
ID_SIZE = 32  # bytes
_LABEL = b"tramthe-centre-form-v1"
_ID = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_name() -> str:
    """Return the cookie's name; by TLS one that no other host or path can set."""
    return SECURE_COOKIE if desk().secure else COOKIE


def known() -> str | None:
    """Return the id of this browser, None where it has none."""
    if "browser" not in g:
        given = request.cookies.get(cookie_name(), "")
        g.browser = given if _ID.fullmatch(given) else None
    return cast("str | None", g.browser)


def renew() -> str:
    """Know this browser by another id from now on, and return that."""
    g.browser = g.browser_renewed = secrets.token_urlsafe(ID_SIZE)
    return cast(str, g.browser)


def form_token() -> str:
    """Return what a form of this browser carries; makes an id where it has none."""
    return _token(known() or renew())


def form_is_ours() -> bool:
    """Return whether the request's form is from a page of ours in this very browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (f"http://{request.host}", f"https://{request.host}"):
        return False
    browser = known()
    given = request.form.get(FIELD, "")
    return browser is not None and hmac.compare_digest(_token(browser).encode(), given.encode())


def send_cookie(response: Response) -> None:
    """Tell the browser its new id, where it has one."""
    renewed = g.get("browser_renewed")
    if renewed is not None:
        response.set_cookie(
            cookie_name(), renewed, httponly=True, samesite="Strict", secure=desk().secure, path="/"
        )


def _token(browser: str) -> str:
    return hmac.digest(browser.encode(), _LABEL, hashlib.sha256).hex()
