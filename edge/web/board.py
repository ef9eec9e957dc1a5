"""The board for the room: read from three metres, says nothing that anybody need be ashamed of.

Lives here: the public page and its live part. A name stands here only with ACCEPTED and ALREADY;
every refusal gives the same bytes. Design: screens 01 to 04b.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.tap.scene import Scene, SceneState
from edge.web import labels
from edge.web.page import Back, next_scene, show, terminal, turn_to

bp = Blueprint("board", __name__)

_NAMED = frozenset({SceneState.ACCEPTED, SceneState.ALREADY})
_CARD_WAS_READ = frozenset(
    {SceneState.ACCEPTED, SceneState.ALREADY, SceneState.UNCONFIRMED, SceneState.REFUSED}
)


@bp.get("/")
def home() -> BaseResponse:
    """Lead to the board."""
    return redirect(url_for("board.page"))


@bp.get("/bang")
def page() -> str | BaseResponse:
    """Show the whole board; a touch panel turns to the names when a card waits for one.

    While somebody at the counter asks for a card, the screen says that instead; so it does for a
    minute after the status button was held.
    """
    scene = terminal().scene()
    if terminal().shows_diagnosis():
        return redirect(url_for("diagnosis.by_button"))
    if terminal().asked_at_counter():
        return redirect(url_for("consent.page"))
    if _turns_to_names(scene):
        return redirect(url_for("choose.page", ve=Back.PANEL))
    return _render("board.html", scene, in_turn=True)


@bp.get("/bang/phan")
def part() -> str | Response:
    """Return the board's part once the scene is another than `after`, or after a while."""
    waited = next_scene(request.args.get("after", default=-1, type=int))
    if terminal().shows_diagnosis():
        return turn_to(url_for("diagnosis.by_button"))
    if terminal().asked_at_counter():
        return turn_to(url_for("consent.page"))
    if _turns_to_names(waited.scene):
        return turn_to(url_for("choose.page", ve=Back.PANEL))
    return _render("_board.html", waited.scene, in_turn=waited.in_turn)


def _turns_to_names(scene: Scene) -> bool:
    return _is_panel() and scene.state is SceneState.CHOOSE and terminal().meeting() is not None


def _is_panel() -> bool:
    return request.args.get("cham") == "1"


def _render(template: str, scene: Scene, *, in_turn: bool) -> str:
    state = labels.public_state(scene)
    named = state in _NAMED and not scene.counter
    meeting = terminal().meeting()
    return show(
        template,
        meeting=meeting,
        organisation=terminal().organisation,
        version=scene.version,
        state=state.value,
        filled=state in _NAMED,
        board=labels.on_board(scene, leaving=meeting is not None and meeting.leaving),
        at=scene.at,
        person=scene.person if named else None,
        category=scene.category if named else None,
        first_at=scene.first_at if state is SceneState.ALREADY else None,
        left=scene.left if state is SceneState.ALREADY else None,
        photo=named and scene.photo is not None,
        desk_opened=scene.desk_opened,
        take=scene.card_present and state in _CARD_WAS_READ,
        panel=_is_panel(),
        in_turn=in_turn,
    )
