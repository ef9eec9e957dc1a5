"""The web application of a terminal: assembly and what a person sees when something fails.

Lives here: `create_app`. Not here: any page, any decision; threads and sockets are the
service's (waitress with `waiting.SERVER_THREADS` threads and `channel_request_lookahead=1`, so
that a page that has left gives its place back).
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, render_template, request, url_for
from flask_babel import Babel, gettext
from werkzeug.exceptions import HTTPException

from edge.errors import ApiRefused, EdgeError
from edge.meeting.names import given_and_rest
from edge.people.doorkeeper import Doorkeeper
from edge.web import board, filters, guard, page, security, status, usb, words
from edge.web.answer import Answer
from edge.web.api.scope import is_api
from edge.web.knows import knows
from edge.web.later import LaterFlask, Part
from edge.web.terminal import StatusView, Terminal
from edge.web.waiting import WaitingRoom

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from edge.procedure.pairings import Pairings
    from edge.web.api.limits import Limits

AT_COUNTER = ("/thu-tuc", "/dong-y", "/phat-the", "/ghep-trang", "/api/v1/")
"""What the addresses begin with that only a counter needs."""
STATUS = "/api/v1/status"
WITHOUT_DESK = frozenset({"/", "/bang", "/bang/phan", "/trang-thai"})
"""The pages of a terminal that nobody attends to; a link of theirs may still bring the desk."""
DESK_ADDRESSES = {"desk.page": "/ban", "sitting.opening": "/ban/mo", "choose.page": "/chon"}
"""What the board links to."""
STATIC_MAX_AGE = 24 * 3600  # seconds
log = logging.getLogger("tramthe.web")

Answered = Response | tuple[str | Response, int]


def create_app(
    terminal: Terminal,
    keeper: Doorkeeper,
    pairings: Callable[[], Pairings],
    *,
    allowed_hosts: frozenset[str],
    secret: bytes,
    limits: Limits | None = None,
    counter_hosts: Sequence[str] = (),
    own_wifi: str | None = None,
) -> LaterFlask:
    """Return the pages of this terminal, and of the people whom `keeper` lets in.

    `allowed_hosts`: exact Host values with port, e.g. `127.0.0.1:8080`. `secret`: at least 32
    bytes, signs forms; a new one only makes open forms ask to be opened again. `pairings`
    returns the back offices' pages that may ask, `limits` says how often; neither is needed
    before a request is for the counter. `counter_hosts`: Host values under which
    nginx on this machine hands requests on that came by TLS; the first is shown for pairing.
    `own_wifi`: the Host value with port of phones on the terminal's own Wi-Fi.
    """

    def counter(app: Flask) -> None:
        from edge.web import counters  # not at the start: few terminals have a counter

        counters.install(app, pairings(), limits, counter_hosts)

    parts = (Part(_for_desk, _desk, DESK_ADDRESSES), Part(_for_counter, counter))
    app = LaterFlask(__name__, parts)
    app.response_class = Answer
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_MAX_AGE
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    Babel(app, default_locale="vi", locale_selector=page.chosen_language)
    security.install(
        app,
        allowed_hosts=allowed_hosts,
        counter_hosts=frozenset(counter_hosts),
        own_wifi=own_wifi,
        secret=secret,
    )
    guard.install(app, keeper)
    page.install(app, terminal, WaitingRoom())
    filters.install(app)
    app.jinja_env.filters["given_and_rest"] = given_and_rest
    app.jinja_env.globals["asset"] = _asset_of(Path(app.static_folder or ""))
    for part in (board, status, usb):
        app.register_blueprint(part.bp)
    app.register_error_handler(EdgeError, _edge_error)
    app.register_error_handler(Exception, _any_error)
    return app


def _desk(app: Flask) -> None:
    from edge.web import desks  # not at the start: a desk is opened later

    desks.install(app)


def _for_desk(environ: WSGIEnvironment) -> bool:
    """Return whether a request may need the desk: not one for board, status, files or API."""
    path = str(environ.get("PATH_INFO", ""))
    return path not in WITHOUT_DESK and not path.startswith(("/static/", "/api/"))


def _for_counter(environ: WSGIEnvironment) -> bool:
    """Return whether a request needs the counter; a page's own call for the status does."""
    path = str(environ.get("PATH_INFO", ""))
    if path == STATUS:
        return "HTTP_ORIGIN" in environ
    return path.startswith(AT_COUNTER)


def _asset_of(folder: Path) -> object:
    """Return a function from a static file's name to its address, which changes with its bytes."""

    @cache
    def digest(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=digest(name))

    return asset


def _edge_error(error: EdgeError) -> Answered:
    # Whom the API turns away comes as often as he likes: no line each on a card that wears.
    level = logging.DEBUG if isinstance(error, ApiRefused) else logging.WARNING
    log.log(level, "%s on %s", type(error).__name__, request.endpoint)
    if is_api():
        from edge.web.api import problem

        return problem.of_error(error)
    code = getattr(error, "fault", None)
    found = words.of_reason(code) if code else words.of_error(error)
    return _answer(409, gettext(found.says), gettext(found.next_step))


def _any_error(error: Exception) -> Answered:
    """Answer with a sentence; frames go to the log, never values, since those may be names."""
    if isinstance(error, HTTPException):
        code = error.code or 500
    else:
        code = 500
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s on %s\n%s", type(error).__name__, request.endpoint, frames)
    if is_api():
        from edge.web.api import problem

        return problem.of_status(error if isinstance(error, HTTPException) else None)
    says, next_step = _http_words(code)
    return _answer(code, says, next_step)


def _http_words(code: int) -> tuple[str, str]:
    match code:
        case 403:
            return (
                gettext("Trang này mở đã lâu nên trạm chưa nhận lệnh vừa bấm."),
                gettext("Mở lại trang rồi bấm lại."),
            )
        case 404 | 405:
            return (
                gettext("Trạm không có trang này, hoặc người này không còn chờ điểm danh."),
                gettext("Về bảng hoặc bàn thư ký."),
            )
        case security.MISDIRECTED:
            return (
                gettext("Địa chỉ này không phải của trạm."),
                gettext("Gõ đúng địa chỉ ghi trên trạm."),
            )
        case _ if code < 500:
            return (
                gettext("Trạm không hiểu yêu cầu vừa rồi."),
                gettext("Mở lại trang rồi làm lại."),
            )
        case _:
            return (
                gettext("Trang này bị lỗi. Điểm danh và nhật ký không bị ảnh hưởng."),
                gettext("Mở lại trang; vẫn thế thì mở Trạng thái và gọi kỹ thuật viên."),
            )


def _answer(code: int, says: str, next_step: str) -> tuple[str | Response, int]:
    if code == security.MISDIRECTED:
        return Response(f"{says} {next_step}\n", mimetype="text/plain"), code
    status = _status_if_it_answers()
    strip = knows(status) if status else None
    return render_template("error.html", says=says, next_step=next_step, strip=strip), code


def _status_if_it_answers() -> StatusView | None:
    """Return the state for the strip; an error page must not fail on it again."""
    try:
        return page.terminal().status()
    except Exception as error:  # noqa: BLE001 -- this page answers whatever else is broken
        log.error("%s while asking for the state", type(error).__name__)
        return None
