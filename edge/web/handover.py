"""Phát thẻ: one person's steps, who is left, what somebody has to see to, how far it is.

Lives here: the pages of a batch that runs. Not here: its list and its end (`handover_import`),
its words (`handover_words`), the acts (`edge.procedure.handover_book`), the card on the reader
(`edge.procedure.handover_errand`). Design: screen 13.

A card laid while one of these pages is open is laid for the batch. The page is drawn anew when a
card has come to something, and otherwise left alone: somebody may be typing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import HandoverRefused
from edge.people.roles import Act
from edge.procedure.handover import Refusal, Standing, State
from edge.procedure.handover_desk import HandoverDesk
from edge.procedure.handover_view import HandoverView
from edge.tap.scene import Scene, SceneState
from edge.web import handover_words as says
from edge.web import words
from edge.web.choose import taken_up, typed_digits
from edge.web.guard import actor, needs
from edge.web.names import MAX_QUERY, found_by
from edge.web.page import desk_view, next_scene, show, terminal, turn_to
from edge.wire.kinds import AnnulReason, HandoverOutcome, HandoverReason
from reader.evidence import PasswordKind

bp = Blueprint("handover", __name__, url_prefix="/phat-the")

SHOWN = 60
"""People in a list at once; the others are found by typing a name."""
_FAULTY = frozenset({SceneState.FAULT, SceneState.LOCKED})


@bp.get("")
@needs(Act.HANDOVER)
def page() -> str | BaseResponse:
    """Show the steps of whose turn it is, and how far each organisation is."""
    view = batch()
    if view is None:
        return redirect(url_for("handover_import.page"))
    return _steps(view)


@bp.get("/phan")
@needs(Act.HANDOVER, polls=True)
def part() -> str | Response:
    """Return clock and reader's state, or have the page drawn anew where a card changed it."""
    waited = next_scene(request.args.get("after", default=-1, type=int))
    look()
    view = batch()
    if view is None or mark_of(view, waited.scene) != request.args.get("mat"):
        return turn_to(url_for("handover.page"))
    return at_batch("_handover_live.html", view, in_turn=waited.in_turn)


@bp.get("/con-lai")
@needs(Act.HANDOVER)
def left() -> str | BaseResponse:
    """List who is left, by name or organisation."""
    view = batch()
    if view is None:
        return redirect(url_for("handover_import.page"))
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    found = [
        one
        for one in view.waiting
        if not query or found_by(one.card.name, query) or query == one.card.number
    ]
    return at_batch("handover_left.html", view, query=query, found=found[:SHOWN], all=len(found))


@bp.get("/ngoai-le")
@needs(Act.HANDOVER)
def odd() -> str | BaseResponse:
    """List the exceptions: chip defective, data differ, person absent."""
    view = batch()
    if view is None:
        return redirect(url_for("handover_import.page"))
    return at_batch("handover_odd.html", view)


@bp.post("/luot")
@needs(Act.HANDOVER)
def turn() -> BaseResponse:
    """Take a touched name: it is this person's turn; without one it is nobody's."""
    _desk().book.turn(request.form.get("nguoi") or None)
    terminal().cancel_choice()
    return redirect(url_for("handover.page"), 303)


@bp.post("/giao/<card>")
@needs(Act.HANDOVER)
def hand_over(card: str) -> str | BaseResponse:
    """Record that the card was given to its holder; say which step is missing, if one is."""
    form = request.form
    old = form.get("the-cu", "")
    try:
        _desk().book.hand_over(
            card,
            HandoverReason(old) if old in frozenset(HandoverReason) else None,
            papers=form.get("giay-to") == "1",
            report=form.get("don", ""),
            by=actor(),
        )
    except HandoverRefused as error:
        view = batch()
        if error.code is None or view is None:
            raise
        _desk().book.turn(card)
        return make_response(_steps(batch() or view, refused=error.code), 409)
    return redirect(url_for("handover.page"), 303)


@bp.get("/khong-giao/<card>")
@needs(Act.HANDOVER)
def why_not(card: str) -> str:
    """Ask why the card is not handed over."""
    return _asked("handover_why_not.html", card)


@bp.post("/khong-giao/<card>")
@needs(Act.HANDOVER)
def not_now(card: str) -> str | BaseResponse:
    """Record why the card is not handed over; *Để sau* comes without further words."""
    outcome = request.form.get("vi", "")
    note = " ".join(request.form.get("ghi-chu", "").split())
    if outcome not in frozenset(HandoverOutcome) - {HandoverOutcome.DELIVERED}:
        return make_response(_asked("handover_why_not.html", card, missing=True), 409)
    _desk().book.say(card, HandoverOutcome(outcome), note=note, by=actor())
    return redirect(url_for("handover.page"), 303)


@bp.get("/huy/<card>/<int:place>")
@needs(Act.HANDOVER)
def annul_page(card: str, place: int) -> str:
    """Ask why something is taken back."""
    return _asked("handover_annul.html", card, place=place)


@bp.post("/huy/<card>/<int:place>")
@needs(Act.HANDOVER)
def annul(card: str, place: int) -> str | BaseResponse:
    """Take today's last word about a card back, or a citizen card that was a slip."""
    why = request.form.get("ly-do", "")
    if why not in frozenset(AnnulReason):
        return make_response(_asked("handover_annul.html", card, place=place, missing=True), 409)
    _desk().book.annul(card, place, AnnulReason(why), by=actor())
    _desk().book.turn(card)
    return redirect(url_for("handover.page"), 303)


@bp.post("/so")
@needs(Act.HANDOVER)
def enter_can() -> BaseResponse:
    """Take the six digits that open the card that lies there, or the next one."""
    taken_up(lambda: terminal().enter_can(typed_digits()))
    return redirect(url_for("handover.page"), 303)


@bp.get("/anh/<int:place>")
@needs(Act.HANDOVER)
def photo(place: int) -> Response:
    """Return the checked photo of the card laid last, as JPEG; of no other."""
    view = batch()
    last = None if view is None else view.seen
    if last is None or last.place != place or last.photo is None:
        abort(404)
    return Response(last.photo, mimetype="image/jpeg")


@bp.get("/phieu/<card>")
@needs(Act.HANDOVER)
def slip(card: str) -> str:
    """Show the slip to be signed by both, of a card handed over today."""
    view, standing = _found(card)
    if standing.state is not State.DELIVERED or standing.word is None:
        abort(404)
    return show("handover_slip.html", **_around(view), one=standing, word=standing.word)


# What the pages share


def _desk() -> HandoverDesk:
    return terminal().handover


def batch() -> HandoverView | None:
    """Return the batch, None where none runs; whoever looks has cards laid for it."""
    look()
    return _desk().book.view()


def look() -> None:
    """Take note that a page of the batch is open."""
    _desk().door.look(actor())


def mark_of(view: HandoverView, scene: Scene) -> str:
    """Return what a page is drawn for: whose turn, the last card, what the reader waits for."""
    seen = view.seen
    hand = view.hand
    parts = (
        view.at_hand,
        None if seen is None else seen.place,
        None if hand is None or hand.word is None else hand.word.place,
        scene.state.value if scene.state in _FAULTY | {SceneState.CHOOSE} else "",
        scene.reason if scene.state in _FAULTY or scene.wrong else "",
        view.left,
    )
    return "-".join("" if part is None else str(part) for part in parts)


def at_batch(template: str, view: HandoverView | None, *, in_turn: bool = True, **more: Any) -> str:
    """Render a page of the batch, with what its frame needs."""
    return show(template, **_around(view), in_turn=in_turn, **more)


def _around(view: HandoverView | None) -> dict[str, Any]:
    scene = terminal().scene()
    return desk_view() | {
        "view": view,
        "scene": scene,
        "says": says,
        "mark": None if view is None else mark_of(view, scene),
        "held": _desk().held,
    }


def _steps(view: HandoverView, *, refused: str | None = None) -> str:
    scene = terminal().scene()
    hand = view.hand
    done = view.standings.get(view.done or "")
    at_step, why = says.REFUSALS[Refusal(refused)] if refused else (0, "")
    known = scene.state is SceneState.CHOOSE and PasswordKind.CAN in scene.kinds
    return at_batch(
        "handover.html",
        view,
        hand=hand,
        steps=() if hand is None else says.steps(hand, citizen_card=view.batch.citizen_card),
        refused_at=at_step,
        refused=gettext(why) if why else "",
        done=done if done is not None and done.state is State.DELIVERED else None,
        notice=says.seen(view.seen),
        asks_can=known and not scene.wrong,
        stuck=words.of_reason(scene.reason) if _stuck(scene) and scene.reason else None,
        days=(view.target - view.today).days,
        form=request.form,
    )


def _stuck(scene: Scene) -> bool:
    """Whether the reader says something that no card of the batch came to."""
    return scene.seq is None and scene.reason is not None and scene.state is not SceneState.IDLE


def _found(card: str) -> tuple[HandoverView, Standing]:
    view = batch()
    standing = None if view is None else view.standings.get(card)
    if view is None or standing is None:
        abort(404)
    return view, standing


def _asked(template: str, card: str, **more: Any) -> str:
    view, standing = _found(card)
    return at_batch(template, view, one=standing, form=request.form, **more)
