"""Which person, or which number, opens the card that lies here: names large, own keypads.

Lives here: the names page, the page of six digits, the page between a touched name and the
card. Keys are ordinary form buttons: all of it works without script. Design: screen 05.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.tap.access import CHOICE_MAX_AGE
from edge.tap.fault import Fault
from edge.tap.scene import Scene, SceneState
from edge.web import roster_view, words
from edge.web.login import ask_again, by_itself
from edge.web.names import MAX_QUERY
from edge.web.page import Back, back, require_meeting, show, terminal, turn_to
from edge.web.terminal import PersonRow
from reader.evidence import PasswordKind

bp = Blueprint("choose", __name__, url_prefix="/chon")

CAN_DIGITS = 6
TAKEN_UP_SECONDS = 2.0
"""How long a choice waits for the card to take it up before the page moves on."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NO_CARD_YET = frozenset({SceneState.IDLE, SceneState.CHOOSE})


@bp.before_request
def only_in_a_meeting() -> BaseResponse | None:
    """Lead to the desk, where a meeting is opened, from a page that none is open for.

    On the way to a locked desk these pages open the committee member's card.
    """
    if back() is Back.LOGIN:
        if not (request.endpoint or "").endswith("part"):
            ask_again()
        return None
    if back() is Back.CONSENT:
        return None
    pages = {f"{bp.name}.{view.__name__}" for view in (page, number, lay)}
    if request.method == "GET" and request.endpoint in pages and terminal().meeting() is None:
        return redirect(url_for("desk.page"))
    return None


@bp.get("")
def page() -> str:
    """Show the names of those not here yet; letters of the keypad narrow them."""
    query = _edited(request.args.get("tim", ""), request.args.get("phim", ""))
    return _render("choose.html", query=query, lines=_offered(query))


@bp.get("/phan")
def part() -> str | Response:
    """Return the head with the seconds left; lead back once the card no longer waits.

    `cho` tells that a card waited when the page was drawn.
    """
    if request.args.get("cho") == "1" and terminal().scene().state is not SceneState.CHOOSE:
        return _lead_back()
    return _render("_choose_head.html", keypad=request.args.get("so") == "1")


@bp.post("")
def choose() -> BaseResponse:
    """Take a touched name, for the card that lies here or the next one."""
    person_id = request.form.get("person", "")
    if _offered_person(person_id) is None:
        abort(404)
    return _given(lambda: terminal().choose_person(person_id), person_id)


@bp.get("/so")
def number() -> str:
    """Show the keypad of digits."""
    return _render("can.html", keypad=True, digits="", short=False)


@bp.post("/so")
def enter_number() -> str | BaseResponse:
    """Take one key of the keypad, or the whole number."""
    digits = typed_digits()[:CAN_DIGITS]
    key = request.form.get("phim", "mo")
    if key != "mo":
        return _render("can.html", keypad=True, digits=_digits(digits, key), short=False)
    if len(digits) != CAN_DIGITS:
        return _render("can.html", keypad=True, digits=digits, short=True)
    return _given(lambda: terminal().enter_can(digits), None)


@bp.get("/dat")
def lay() -> str:
    """Ask for the card after a name or number was given first."""
    person = _offered_person(request.args.get("person", ""))
    return _render("lay.html", person=person, seconds=int(CHOICE_MAX_AGE))


@bp.get("/dat/phan")
def lay_part() -> Response:
    """Lead back once a card lies there, or once the choice, made at `tu`, is too old."""
    scene = terminal().scene()
    drawn = request.args.get("tu", default=0.0, type=float)
    laid = scene.version != request.args.get("after", type=int) and scene.state not in _NO_CARD_YET
    too_old = terminal().status().now.timestamp() - drawn > CHOICE_MAX_AGE
    return _lead_back() if laid or too_old else Response(status=204)


@bp.post("/huy")
def cancel() -> BaseResponse:
    """Forget a touched name or typed number."""
    terminal().cancel_choice()
    return redirect(back().url, 303)


def _given(give: Callable[[], None], person_id: str | None) -> BaseResponse:
    """Hand the choice over; lead back where a card lies here for it, else ask for one."""
    if taken_up(give):
        return redirect(back().url, 303)
    return redirect(url_for("choose.lay", person=person_id, ve=back()), 303)


def taken_up(give: Callable[[], None]) -> bool:
    """Hand over what opens a card; return whether one lies here that waited for it.

    Such a card is given a moment to take it up.
    """
    scene = terminal().scene()
    give()
    waited = scene.state is SceneState.CHOOSE and not scene.wrong
    if waited:
        terminal().wait_scene(scene.version, TAKEN_UP_SECONDS)
    return waited


def typed_digits() -> str:
    """Return the digits of the form's number, however they were grouped."""
    return "".join(c for c in request.form.get("can", "") if c in "0123456789")


def _lead_back() -> Response:
    return turn_to(by_itself(url_for("login.page")) if back() is Back.LOGIN else back().url)


def _offered(query: str = "") -> tuple[roster_view.Line, ...]:
    if back() is Back.LOGIN:
        return roster_view.offered_at_login(terminal().meeting(), terminal().committee(), query)
    return roster_view.offered(require_meeting(), query)


def _offered_person(person_id: str) -> PersonRow | None:
    return next((line.person for line in _offered() if line.person.id == person_id), None)


def _render(template: str, **view: object) -> str:
    scene = terminal().scene()
    status = terminal().status()
    return show(
        template,
        status=status,
        scene=scene,
        waits=scene.state is SceneState.CHOOSE,
        wrong=words.of_reason(scene.reason or Fault.PASSWORD_WRONG) if scene.wrong else None,
        seconds_left=_seconds_left(scene, status.now),
        leaving=(meeting := terminal().meeting()) is not None and meeting.leaving,
        takes_number=not scene.kinds or PasswordKind.CAN in scene.kinds,
        back=back(),
        letters=LETTERS,
        **view,
    )


def _seconds_left(scene: Scene, now: datetime) -> int | None:
    if scene.deadline is None:
        return None
    return max(0, math.ceil((scene.deadline - now).total_seconds()))


def _edited(text: str, key: str) -> str:
    """Return the search text after a key of the letter keypad."""
    text = text[:MAX_QUERY]
    match key:
        case "xoa":
            return text[:-1]
        case "het":
            return ""
        case _ if len(key) == 1 and key in LETTERS:
            return text + key
        case _:
            return text


def _digits(digits: str, key: str) -> str:
    if key == "xoa":
        return digits[:-1]
    return (digits + key)[:CAN_DIGITS] if len(key) == 1 and key in "0123456789" else digits
