"""The card tray: a page on which a click lays a software card on the reader.

Lives here: the Flask application, its door and its JSON side. Not here: the reader (`slot`), the
style sheets (the caller says where they lie), the words (`words`).
Loopback only. The door: an exact Host, and for every change an Origin that is this very page's;
browsers send it with each POST and no page elsewhere can forge it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from provisioning.errors import VirtualReaderAbsent, VirtualReaderBusy
from provisioning.softcard.catalogue import TrayCard
from provisioning.softcard.slot import Card, Slot
from provisioning.softcard.words import DEFAULT_LANGUAGE, WORDS

MAX_BODY = 4096  # bytes of a form or a JSON object
MISDIRECTED = 421  # RFC 9110 section 15.5.20
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

_EXTENSION = "tramthe-tray"
pages = Blueprint("tray", __name__)


class Tray:
    """The cards of one reader and which of them lies there. Safe from several threads."""

    def __init__(
        self,
        slot: Slot,
        cards: Sequence[TrayCard],
        chips: Mapping[str, Card],
        kinds: Mapping[str, Mapping[str, str]],
        terminal_url: str | None,
    ) -> None:
        self.cards = tuple(cards)
        self.kinds = kinds
        self.terminal_url = terminal_url
        self._chips = dict(chips)
        self._slot = slot
        self._lock = threading.Lock()
        self._laid: str | None = None

    @property
    def laid(self) -> str | None:
        """Return the key of the card on the reader."""
        return self._laid if self._slot.occupied else None

    def find(self, key: str) -> TrayCard | None:
        """Return the card of this key, None where there is none."""
        return next((card for card in self.cards if card.key == key), None)

    def lay(self, card: TrayCard) -> None:
        """Lay a card of the tray. Raises VirtualReaderAbsent or VirtualReaderBusy."""
        with self._lock:
            self._laid = None
            self._slot.lay(self._chips[card.key], tear_after=card.tear_after)
            self._laid = card.key

    def lift(self) -> None:
        """Lift the card."""
        with self._lock:
            self._slot.lift()
            self._laid = None


def create_app(
    slot: Slot,
    cards: Sequence[TrayCard],
    chips: Mapping[str, Card],
    *,
    kinds: Mapping[str, Mapping[str, str]],
    static_folder: Path,
    allowed_hosts: frozenset[str],
    terminal_url: str | None = None,
) -> Flask:
    """Return the tray's application.

    `chips` has a card for each key of `cards`, `kinds` a line in each language on what kind of
    chip it is (`kind.describe`). `static_folder` holds the screens' tokens.css,
    components.css, mark.svg and fonts. `allowed_hosts` are exact Host values (`127.0.0.1:8090`).
    `terminal_url`: where board and desk are (`http://127.0.0.1:8080`), to lead there.
    """
    app = Flask(__name__, static_folder=static_folder, static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions[_EXTENSION] = Tray(slot, cards, chips, kinds, terminal_url)
    hosts = frozenset(host.casefold() for host in allowed_hosts)

    @app.before_request
    def door() -> ResponseReturnValue | None:
        host = request.environ.get("HTTP_HOST", "")
        if host.casefold() not in hosts:
            return "This address is not the card tray's.\n", MISDIRECTED
        if request.method == "POST" and not _same_origin(host):
            return "Only the card tray's own page may lay a card.\n", 403
        return None

    app.after_request(_headers)
    app.register_blueprint(pages)
    return app


def _same_origin(host: str) -> bool:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site == "same-origin" and request.headers.get("Origin") == f"http://{host}"


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # `no-referrer` would make browsers send `Origin: null` with our own form.
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _tray() -> Tray:
    tray: Tray = current_app.extensions[_EXTENSION]
    return tray


def _language() -> str:
    asked = request.args.get("lang", DEFAULT_LANGUAGE)
    return asked if asked in WORDS else DEFAULT_LANGUAGE


def _page(problem: str | None = None) -> str:
    language = _language()
    return render_template(
        "tray.html",
        tray=_tray(),
        laid=_tray().laid,
        lang=language,
        other="vi" if language == "en" else "en",
        words=WORDS[language],
        problem=problem,
    )


@pages.get("/")
def show() -> ResponseReturnValue:
    """Show the tray."""
    return _page()


@pages.post("/khay")
def act() -> ResponseReturnValue:
    """Lay the card of field `dat`, or lift with `lay-ra`; then show the tray."""
    if "lay-ra" in request.form:
        _tray().lift()
    else:
        card = _tray().find(request.form.get("dat", ""))
        if card is None:
            return _page("unknown"), 404
        try:
            _tray().lay(card)
        except VirtualReaderAbsent:
            return _page("absent"), 503
        except VirtualReaderBusy:
            return _page("busy"), 503
    return redirect(url_for("tray.show", lang=request.args.get("lang")), 303)


@pages.get("/api/state")
def state() -> ResponseReturnValue:
    """Tell which card lies there (`laid`) and which there are."""
    cards = [
        {
            "key": card.key,
            "title": card.title,
            "expected_state": card.expected_state,
            "tear_after": card.tear_after,
            "kind": _tray().kinds[card.key][DEFAULT_LANGUAGE],
        }
        for card in _tray().cards
    ]
    return {"laid": _tray().laid, "cards": cards}


@pages.post("/api/lay")
def lay() -> ResponseReturnValue:
    """Lay the card of `key`."""
    body = request.get_json(silent=True)
    key = body.get("key") if isinstance(body, dict) else None
    if not isinstance(key, str):
        return {"error": 'The body has to be a JSON object with a text "key".'}, 400
    card = _tray().find(key)
    if card is None:
        return {"error": "The tray has no such card; GET /api/state lists them."}, 404
    try:
        _tray().lay(card)
    except (VirtualReaderAbsent, VirtualReaderBusy) as error:
        return {"error": error.message, "next_step": error.next_step}, 503
    return {"laid": _tray().laid}


@pages.post("/api/lift")
def lift() -> ResponseReturnValue:
    """Lift the card."""
    _tray().lift()
    return {"laid": None}
