"""*Đọc công bố*: the figures as sentences to read aloud, frozen while somebody reads them.

Lives here: the page, and the moment at which its figures stand still. Not here: the count
(`edge.meeting.figures`), what the minutes keep (`edge.meeting.book`). Design: screen 08. Nothing
here says why somebody is not called: suspension is never said aloud.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.meeting.figures import Figures
from edge.people.roles import Act
from edge.web import labels
from edge.web.guard import acting, needs
from edge.web.page import desk_view, show, terminal

bp = Blueprint("announce", __name__, url_prefix="/ban")

_FROZEN = "tramthe.figures-read-aloud"


@dataclass(frozen=True, slots=True)
class Frozen:
    """The figures of a meeting as they stood at a moment; `copied` once in the minutes."""

    context: str
    at: datetime
    figures: Figures
    copied: bool = False


@bp.get("/cong-bo")
@needs(Act.ANNOUNCE)
def page() -> str | BaseResponse:
    """Show the sentences; the figures stand as of the first look, or the last freeze."""
    sitting = terminal().desk.sitting
    if sitting is None:
        return redirect(url_for("desk.page"))
    frozen = _frozen(sitting.context) or _freeze()
    return show(
        "announce.html",
        **desk_view(),
        frozen=frozen,
        figures=frozen.figures,
        announced=sitting.announced,
        topics=labels.QUORUM_TOPICS,
        bases=labels.QUORUM_BASES,
    )


@bp.post("/cong-bo")
@needs(Act.ANNOUNCE)
def act() -> BaseResponse:
    """Copy the figures that were read into the minutes, or freeze them anew."""
    sitting = terminal().desk.sitting
    if sitting is not None:
        frozen = _frozen(sitting.context)
        if request.form.get("lam") == "chot-lai" or frozen is None:
            _freeze()
        elif not frozen.copied:
            acting().announce(figures=frozen.figures, as_of=frozen.at)
            copied = Frozen(frozen.context, frozen.at, frozen.figures, copied=True)
            current_app.extensions[_FROZEN] = copied
    return redirect(url_for("announce.page"), 303)


def _frozen(context: str) -> Frozen | None:
    held = cast("Frozen | None", current_app.extensions.get(_FROZEN))
    return held if held is not None and held.context == context else None


def _freeze() -> Frozen:
    sitting = terminal().desk.require()
    frozen = Frozen(sitting.context, terminal().status().now, sitting.figures)
    current_app.extensions[_FROZEN] = frozen
    return frozen
