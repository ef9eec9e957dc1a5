"""Opening the desk: by a committee member's card or by PIN, locking it, a PIN forgotten or new.

Lives here: the login page (screen 15) and the pages of the PIN. Keys are ordinary form buttons:
what was typed so far stays at the terminal, never in a page. An attempt ends in a redirect, so
that showing a page again is not another try. Not here: who may do what (`edge.people.roles`),
what a page asks (`guard`), tries and waits (`edge.people.doorkeeper`).
"""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge import crockford
from edge.log.fault import LogFault
from edge.people import recovery
from edge.people.doorkeeper import Answer, new_id
from edge.people.pin import MAX_DIGITS, MIN_DIGITS, fault_of
from edge.people.roles import Act, Role
from edge.people.sessions import Way
from edge.people.visits import Visit
from edge.tap.scene import SceneState
from edge.web import security
from edge.web.guard import desk, doorkeeper, granted, needs, ours
from edge.web.page import Back, show, terminal, turn_to

bp = Blueprint("login", __name__, url_prefix="/mo-ban")

DIGITS = "0123456789"
SHORT, WRONG, DIFFERS = "short", "wrong", "differs"
"""What an attempt ended with; a `PinFault` besides."""


@bp.get("")
def page() -> str | BaseResponse:
    """Ask for card or PIN; lead on where the desk is open already, or where nobody comes in.

    A terminal that was wiped has no PINs and takes none: the status page says what it is.
    """
    if terminal().status().locked == LogFault.WIPED:
        return redirect(url_for("status.page"), 303)
    token = security.browser()
    keeper = doorkeeper()
    visit = _arrived(token)
    member = keeper.visits.granted(visit)
    if member is not None:
        security.renew(keeper.open_desk(token, Role.SECRETARY, Way.CARD, member))
        return _onward(visit)
    if _open_enough(visit):
        keeper.visits.end(token)
        return _onward(visit)
    return _render("login.html", ask_again())


@bp.get("/phan")
def part() -> str | Response:
    """Return what changes by itself; lead on once a card opened the desk or waits for a name.

    `cho` tells that nothing could be typed when the page was drawn. Fetching this asks no card.
    """
    token = security.browser()
    visits = doorkeeper().visits
    visit = visits.of(token)
    if visits.granted(visit) is not None or _open_enough(visit):
        return turn_to(by_itself(url_for("login.page")))
    scene = terminal().scene()
    if visits.asks(visit) and scene.state is SceneState.CHOOSE and not scene.wrong:
        return turn_to(url_for("choose.page", ve=Back.LOGIN, tu=1))
    if request.args.get("cho") == "1" and not doorkeeper().door(visit.role).tries.waiting:
        return turn_to(by_itself(url_for("login.page")))
    return _render("_login_part.html", visit)


@bp.post("")
def enter() -> str | BaseResponse:
    """Take one key of the keypad, or the whole PIN."""
    token = security.browser()
    keeper = doorkeeper()
    visit = keeper.visits.of(token)
    visit, done = _typed(token, visit, DIGITS, MAX_DIGITS)
    if done and len(visit.entry) < MIN_DIGITS:
        keeper.visits.change(token, said=SHORT)
    if not done or len(visit.entry) < MIN_DIGITS:
        return _render("login.html", ask_again())
    given = visit.entry
    keeper.visits.change(token, entry="")
    if keeper.try_pin(visit.role, given) is not Answer.RIGHT:
        keeper.visits.change(token, said=WRONG)
        return redirect(url_for("login.page"), 303)
    session = desk()
    if session is not None and session.role is visit.role:
        security.renew(keeper.prove(token))
    else:
        security.renew(keeper.open_desk(token, visit.role, Way.PIN))
    return _onward(visit)


@bp.post("/khoa")
def lock() -> BaseResponse:
    """Lock the desk of this browser; board and taps go on."""
    session = desk()
    doorkeeper().leave(security.known_browser())
    security.renew(new_id())
    if security.by_the_door():
        role = None if session is None else session.role
        return redirect(url_for("login.page", vai=role), 303)
    return redirect(url_for("board.page"), 303)


@bp.get("/vai")
def roles() -> str:
    """Offer the roles to come in as."""
    return show("login_roles.html")


@bp.get("/khoi-phuc")
def recover() -> str:
    """Show the challenge for the office, and a keypad for its response."""
    return _render_recovery(doorkeeper().visits.of(security.browser()))


@bp.post("/khoi-phuc")
def respond() -> str | BaseResponse:
    """Take one key of the response, or the whole of it."""
    token = security.browser()
    keeper = doorkeeper()
    visit = keeper.visits.of(token)
    visit, done = _typed(token, visit, crockford.ALPHABET, recovery.CHARACTERS)
    if not done:
        return _render_recovery(visit)
    if len(visit.entry) < recovery.CHARACTERS:
        return _render_recovery(keeper.visits.change(token, said=SHORT))
    given = visit.entry
    keeper.visits.change(token, entry="")
    if keeper.try_response(visit.role, given) is not Answer.RIGHT:
        keeper.visits.change(token, said=WRONG)
        return redirect(url_for("login.recover"), 303)
    security.renew(keeper.allow_new_pin(token, visit.role))
    return redirect(url_for("login.new_pin"), 303)


@bp.get("/pin-moi")
def new_pin() -> str | BaseResponse:
    """Ask for a new PIN, twice: after a recovery, or of somebody whose own it is."""
    visit = doorkeeper().visits.of(security.browser())
    if doorkeeper().visits.may_set_pin(visit) is not None:
        return _render_new_pin(visit)
    return _new_pin_of_an_open_desk()


@bp.post("/pin-moi")
def set_new_pin() -> str | BaseResponse:
    """Take one key of the new PIN, or the whole of it."""
    token = security.browser()
    keeper = doorkeeper()
    visit = keeper.visits.of(token)
    recovered, session = keeper.visits.may_set_pin(visit), desk()
    role = recovered or (session.role if session and granted(Act.CHANGE_PIN) else None)
    if role is None:
        return redirect(url_for("login.new_pin"), 303)
    visit, done = _typed(token, visit, DIGITS, MAX_DIGITS)
    if not done:
        return _render_new_pin(visit)
    given, first = visit.entry, visit.first
    fault = fault_of(given)
    if fault is not None:
        keeper.visits.change(token, entry="", said=fault.value)
    elif first is None:
        keeper.visits.change(token, entry="", first=given, said=None)
    elif not hmac.compare_digest(first.encode(), given.encode()):
        keeper.visits.change(token, entry="", first=None, said=DIFFERS)
    else:
        keeper.set_pin(role, given)
        way = Way.PIN if recovered is None else Way.RECOVERY
        security.renew(keeper.open_desk(token, role, way))
        return _onward(visit, role)
    return redirect(url_for("login.new_pin"), 303)


@needs(Act.CHANGE_PIN)
def _new_pin_of_an_open_desk() -> str | BaseResponse:
    return _render_new_pin(doorkeeper().visits.of(security.browser()))


def ask_again() -> Visit:
    """Let this browser wait for a card a while longer, where a person did something here.

    A page that the last one turned to by itself asks no card: a browser that nobody stands
    before must not come to an open desk.
    """
    visits = doorkeeper().visits
    token = security.browser()
    visit = visits.of(token)
    if request.args.get("tu") == "1" or not _takes_card(visit):
        return visit
    return visits.ask(token)


def by_itself(address: str) -> str:
    """Return the address under which a page turns to another one by itself."""
    return f"{address}?tu=1"


def home(role: Role) -> str:
    """Return the page on which a role begins, in this browser.

    The desk names people and is not behind the counter's door: there its secretary sees how the
    terminal stands.
    """
    if role is Role.OFFICER:
        return url_for("counter.page")
    if role is Role.SECRETARY and not security.by_the_door():
        return url_for("desk.page")
    return url_for("status.page")


def _arrived(token: str) -> Visit:
    """Return the visit with what the address says: in which role, for which act, from where."""
    visits = doorkeeper().visits
    asked = request.args
    if asked.keys() & {"vai", "viec", "tiep"}:
        role, act = asked.get("vai", ""), asked.get("viec", "")
        return visits.change(
            token,
            role=Role(role) if role in frozenset(Role) else Role.SECRETARY,
            act=Act(act) if act in frozenset(Act) and desk() is not None else None,
            onward=ours(asked.get("tiep")),
            asked=None,
            answer=None,
            entry="",
            first=None,
            said=None,
        )
    visit = visits.of(token)
    if visit.act is not None and desk() is None:
        return visits.change(token, act=None)
    return visit


def _open_enough(visit: Visit) -> bool:
    """Return whether the desk is open in the visit's role, and for its act."""
    if visit.act is not None:
        return granted(visit.act)
    session = desk()
    return session is not None and session.role is visit.role


def _takes_card(visit: Visit) -> bool:
    """Return whether a card may open what this visit wants: the secretary's desk, here.

    Who lays a card stands before the terminal. A browser elsewhere that waited for one could be
    anybody's, and would come to the desk of whoever lays theirs.
    """
    wanted = visit.role is Role.SECRETARY and visit.act is None
    return wanted and security.at_the_terminal() and bool(terminal().committee())


def _typed(token: str, visit: Visit, alphabet: str, most: int) -> tuple[Visit, bool]:
    """Return the visit with what this form typed, and whether it is to be looked at."""
    text = request.form.get("so", "")
    if alphabet != DIGITS:
        text = crockford.canonical(text) or ""
    entry = visit.entry + "".join(c for c in text if c in alphabet)
    key = request.form.get("phim", "mo")
    if key == "xoa":
        entry = entry[:-1]
    elif len(key) == 1 and key in alphabet:
        entry += key
    changed = doorkeeper().visits.change(token, entry=entry[:most], said=None)
    return changed, key == "mo"


def _onward(visit: Visit, role: Role | None = None) -> BaseResponse:
    return redirect(visit.onward or home(role or visit.role), 303)


def _render(template: str, visit: Visit) -> str:
    session = desk()
    return show(
        template,
        visit=visit,
        door=doorkeeper().door(visit.role),
        takes_card=_takes_card(visit),
        asks=doorkeeper().visits.asks(visit),
        other=session.role if session is not None and session.role is not visit.role else None,
        least=MIN_DIGITS,
        role=visit.role,
    )


def _render_recovery(visit: Visit) -> str:
    challenge = doorkeeper().challenge(visit.role)
    return show(
        "recovery.html",
        visit=visit,
        role=visit.role,
        challenge=None if challenge is None else crockford.grouped(challenge),
        entry=crockford.grouped(visit.entry),
        tries=doorkeeper().recovery_tries(),
        characters=recovery.CHARACTERS,
        letters=crockford.ALPHABET,
    )


def _render_new_pin(visit: Visit) -> str:
    session = desk()
    values: dict[str, Any] = {"visit": visit, "least": MIN_DIGITS, "most": MAX_DIGITS}
    role = visit.new_pin or (session.role if session else visit.role)
    return show("new_pin.html", role=role, again=visit.first is not None, **values)
