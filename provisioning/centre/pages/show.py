"""How a page is made: its frame, the terminal's style sheets, what every template may ask.

Lives here: rendering, static files. Not here: any page.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, g, render_template, request, send_file, url_for
from markupsafe import Markup

import edge
from provisioning.centre.local_time import local
from provisioning.centre.pages import browser, labels, language
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.people.roles import Act, may
from provisioning.centre.people.sessions import Session

MAX_AGE = 24 * 3600  # seconds that a style sheet may be kept; its address changes with it
_OURS = Path(__file__).parent / "static"
_WEB = Path(edge.__file__).parent / "web"
_SHEETS = ("tokens.css", "components.css", "print.css", "mark.svg")


@bp.get("/static/<path:name>")
def asset(name: str) -> Response:
    """Return a style sheet, a font or the mark."""
    path = _files().get(name)
    if path is None:
        abort(404)
    return send_file(path, max_age=MAX_AGE)


bp.after_request(language.remember)


def show(template: str, **values: object) -> str:
    """Render a page with what its frame needs."""
    return render_template(template, now=desk().clock(), labels=labels, **values)


def session() -> Session | None:
    """Return the open session of this request, as the guard found it."""
    found = g.get("session")
    return found if isinstance(found, Session) else None


def install_filters(app: Flask) -> None:
    """Give templates what they ask for."""
    app.jinja_env.filters.update(
        day=language.day,
        short_day=language.short_day,
        clock=language.clock,
        figure=language.number,
        span=language.span,
        iso_day=language.iso_day,
        instant=local,
        hexadecimal=lambda text: int(text, 16),
        when=lambda at: language.when(at, desk().clock()),
    )
    app.jinja_env.globals.update(
        csrf_token=browser.form_token,
        CSRF_FIELD=browser.FIELD,
        style=_address,
        icons=_icons,
        who=session,
        may=lambda act: (found := session()) is not None and may(found.role, Act(act)),
        language=language.language,
        in_other_language=_in_other_language,
    )


def _in_other_language() -> tuple[str, str]:
    """Return the other language and the address of this page in it."""
    other = "vi" if language.language() == "en" else "en"
    if request.endpoint is None or request.method != "GET":
        return other, url_for("pages.fleet", lang=other)
    kept = {name: value for name, value in request.args.items() if name != "lang"}
    return other, url_for(request.endpoint, **{**(request.view_args or {}), **kept, "lang": other})


@cache
def _files() -> dict[str, Path]:
    """Return the files that may be asked for: ours, and the terminal's own look."""
    look = _WEB / "static"
    fonts = {f"fonts/{path.name}": path for path in (look / "fonts").glob("*.woff2")}
    return (
        {name: look / name for name in _SHEETS}
        | fonts
        | {path.name: path for path in _OURS.glob("*.css")}
    )


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_files()[name].read_bytes()).hexdigest()[:12]


def _address(name: str) -> str:
    return url_for("pages.asset", name=name, v=_digest(name))


@cache
def _icons() -> Markup:
    return Markup((_WEB / "templates" / "icons.svg").read_text("utf-8"))  # noqa: S704 -- our own file
