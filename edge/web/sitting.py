"""Opening a meeting at the desk in two touches, with more where it is wanted; changing it later.

Lives here: the pages of opening, practice and amending. Not here: how the form is read
(`opening_form`), the end (`closing`); what a meeting is stands in `edge.meeting`.
"""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import MeetingState
from edge.meeting.names import order
from edge.meeting.opening import default
from edge.meeting.planned import Planned
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.roster import Person, Roster
from edge.meeting.rules import Kind
from edge.people.roles import Act
from edge.web import labels, opening_form
from edge.web.guard import acting, actor, needs
from edge.web.opening_form import Filled
from edge.web.page import desk_view, forget_closed, show, terminal
from edge.wire.kinds import AbsenceOutcome

bp = Blueprint("sitting", __name__, url_prefix="/ban")

_PRACTICE = "thu"
_AWAY = "vang"
_CALLED = "goi"
MAX_TICKED = 200
"""People that the page lists to be ticked as away; of more, who is away is said at the desk."""


@bp.get("/mo")
@needs(Act.OPEN_MEETING)
def opening() -> str | BaseResponse:
    """Offer the kinds of meeting; an open one leads to the desk."""
    if terminal().meeting() is not None:
        return redirect(url_for("desk.page"))
    practice = request.args.get(_PRACTICE) == "1"
    called = () if practice else terminal().called()
    return show("open.html", **desk_view(), practice=practice, called=called)


@bp.post("/mo/goi")
@needs(Act.OPEN_MEETING)
def open_called() -> BaseResponse:
    """Open a meeting that the centre calls, as it was called."""
    called = _called(request.form.get(_CALLED, ""))
    if called is None:
        raise MeetingState(
            "This meeting was called off, or is open already.",
            next_step="Open the meeting by its kind.",
        )
    acting().open(called.fitted(_roster()))
    terminal().forget_called(called.id)
    forget_closed()
    return redirect(url_for("desk.page"), 303)


@bp.post("/mo")
@needs(Act.OPEN_MEETING)
def open_meeting() -> BaseResponse:
    """Open a meeting of the touched kind over the standing roster."""
    kind = request.form.get("kind", "")
    if kind not in labels.KINDS:
        abort(400)
    if request.form.get(_PRACTICE) == "1":
        now = terminal().status().now
        acting().open(default(Kind(kind), begins=now), practice=True)
    else:
        terminal().open_meeting(kind, by=actor())
    forget_closed()
    return redirect(url_for("desk.page"), 303)


@bp.get("/mo/them")
@needs(Act.OPEN_MEETING)
def details() -> str | BaseResponse:
    """Show everything that a meeting may be opened with, filled with its kind's defaults."""
    if terminal().meeting() is not None:
        return redirect(url_for("sitting.amending"))
    asked = request.args.get("kind", "")
    called = _called(request.args.get(_CALLED, ""))
    if called is not None:
        return _form(opening_form.filled(called.fitted(_roster())), called=called.id)
    kind = Kind(asked) if asked in labels.KINDS else Kind.REGULAR
    return _form(opening_form.filled(default(kind, begins=terminal().status().now)))


@bp.post("/mo/them")
@needs(Act.OPEN_MEETING)
def open_with_details() -> BaseResponse:
    """Open the meeting of the form, or show what is wrong with it."""
    now = terminal().status().now
    found = opening_form.read(request.form, kind=None, roster=_roster(), today=now)
    away = frozenset(request.form.getlist(_AWAY))
    called = request.form.get(_CALLED, "")
    if isinstance(found, Filled):
        return make_response(_form(found, away, called), 409)
    practice = request.form.get(_PRACTICE) == "1"
    acting().open(found, practice=practice)
    if not practice:
        terminal().forget_called(called)
    for person in _may_be_away():
        if person.id in away:
            acting().absence(person.id, AbsenceOutcome.EXCUSED, before=True)
    forget_closed()
    return redirect(url_for("desk.page"), 303)


@bp.get("/sua")
@needs(Act.OPEN_MEETING)
def amending() -> str | BaseResponse:
    """Show what the open meeting was opened with."""
    sitting = terminal().desk.sitting
    if sitting is None:
        return redirect(url_for("desk.page"))
    return _form(opening_form.filled(sitting.opening))


@bp.post("/sua")
@needs(Act.OPEN_MEETING)
def amend() -> BaseResponse:
    """Change the open meeting as the form says, or show what is wrong with it."""
    sitting = terminal().desk.require()
    today = sitting.opening.begins or sitting.opened_at
    found = opening_form.read(request.form, kind=sitting.kind, roster=sitting.roster, today=today)
    if isinstance(found, Filled):
        return make_response(_form(found), 409)
    acting().amend(found)
    return redirect(url_for("desk.page"), 303)


def _may_be_away() -> list[Person]:
    """Return who can be said to be away before the meeting is opened; nobody of a large roster."""
    people = [one for one in _members() if one.summoned]
    return people if len(people) <= MAX_TICKED else []


def _members() -> list[Person]:
    return sorted(
        (person for person in _roster().people if person.member),
        key=lambda person: (order(person.name), person.id),
    )


def _called(name: str) -> Planned | None:
    """Return the meeting of this id that the centre calls, None where there is none."""
    return next((one for one in terminal().called() if one.id == name), None)


def _form(form: Filled, away: frozenset[str] = frozenset(), called: str = "") -> str:
    return show(
        "open_more.html",
        **desk_view(),
        form=form.texts,
        wrong=form.wrong,
        people=_members(),
        may_be_away=_may_be_away(),
        away=away,
        called=called,
        presets={preset.value: PRESETS.get(preset) for preset in Preset},
        topics=labels.QUORUM_TOPICS,
        bases=labels.QUORUM_BASES,
        policies=labels.PHOTO_POLICIES,
    )


def _roster() -> Roster:
    roster = terminal().desk.roster
    if roster is None:
        raise MeetingState(
            "There is no roster on this terminal.",
            next_step="Load the organisation's roster first.",
        )
    return roster
