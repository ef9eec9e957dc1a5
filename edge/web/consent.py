"""Laying the card is agreeing: who asks, for what, which fields; and the way to say no.

Lives here: the page that stands before the holder of a card while a question waits, to anybody.
Behind the counter's door it is the officer's, who waits on it for the result. Not here: asking
(`edge.web.counter`, `edge.web.api`), what may be asked (`edge.procedure.counter`).
Design: screen 12. The board turns to this page by itself, and this page back to the board; an
officer who asked at this very screen is led to the result instead (`cho`).
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.people.roles import Act
from edge.procedure.fields import consent
from edge.procedure.sessions import OFFICER, Session, State
from edge.tap.fault import Fault
from edge.web import security, words
from edge.web.filters import language
from edge.web.guard import needs
from edge.web.page import Back, next_scene, show, terminal, turn_to

bp = Blueprint("consent", __name__, url_prefix="/dong-y")


@bp.before_request
def before_the_holder() -> BaseResponse | None:
    """Lead to the login page where no holder of a card stands, and the officer is not known."""
    return _of_the_officer() if security.by_the_door() else None


@needs(Act.COUNTER, polls=True)
def _of_the_officer() -> BaseResponse | None:
    return None


@bp.get("")
def page() -> str | BaseResponse:
    """Show what is asked of the next card; lead away where nobody asks."""
    version = terminal().scene().version  # first: what changes meanwhile is told by the next part
    session = terminal().counter.counter.waiting()
    if session is None:
        return redirect(_onward())
    return _render("consent.html", session, version, in_turn=True)


@bp.get("/phan")
def part() -> str | Response:
    """Return the page's part once something changed; lead away once nobody asks."""
    waited = next_scene(request.args.get("after", default=-1, type=int))
    session = terminal().counter.counter.waiting()
    if session is None or session.id != request.args.get("phien"):
        return turn_to(_onward() if session is None else url_for(".page"))
    return _render("_consent.html", session, waited.scene.version, in_turn=waited.in_turn)


@bp.post("/khong")
def decline() -> BaseResponse:
    """Take a no: the question that was shown ends, and nothing was read."""
    desk = terminal().counter.counter
    session = desk.sessions.current()
    if session is not None and session.id == request.form.get("phien"):
        desk.decline()
    return redirect(_onward(), 303)


def _render(template: str, session: Session, version: int, *, in_turn: bool) -> str:
    question = session.question
    said = consent(question.procedure, question.request.fields)
    lang = language()
    status = terminal().status()
    left = (session.deadline - status.now).total_seconds()
    return show(
        template,
        status=status,
        session=session,
        version=version,
        asker=question.asker,
        title=question.procedure.title.of(lang),
        purpose=question.procedure.purpose.of(lang),
        dossier=question.request.dossier,
        reads=[one.of(lang) for one in said.reads],
        never=", ".join(one.of(lang) for one in said.never),
        besides=said.besides.of(lang),
        left=max(0, round(left)),
        reading=session.state is State.READING,
        hint=None if session.hint is None else words.of_reason(session.hint),
        asks_number=session.hint in (Fault.PASSWORD_NEEDED, Fault.PASSWORD_WRONG),
        officer=question.owner == OFFICER,
        back=Back.CONSENT,
        waits_for=request.args.get("cho"),
        in_turn=in_turn,
    )


def _onward() -> str:
    """Return where this screen goes when nobody asks any more."""
    waits_for = request.values.get("cho", "")
    if waits_for.isalnum():
        return url_for("counter.question", session_id=waits_for)
    return url_for("counter.page" if security.by_the_door() else "board.page")
