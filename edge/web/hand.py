"""Entry by hand: who is here without a card, and why; guests by their typed name.

Lives here: the two pages and what they post. Not here: what an entry does (`edge.meeting.book`),
absences and leaving (`person`). Design: screen 07. A citizen card laid meanwhile proposes its
holder; it is the secretary who chooses.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from edge.meeting.roster import Category
from edge.people.roles import Act
from edge.tap.admit import Admission
from edge.web import labels, roster_view
from edge.web.guard import acting, needs
from edge.web.names import MAX_QUERY
from edge.web.page import next_scene, require_meeting, show_at_desk, terminal
from edge.web.terminal import MeetingView, PersonRow
from edge.wire.kinds import HandReason

bp = Blueprint("hand", __name__, url_prefix="/ban/tay")

GUEST = "khach"
"""Whom the list names last: somebody who is not on it."""
LATE = "muon"
MAX_NAME = 200  # characters of a guest's name
GUESTS = (Category.GUEST, Category.OBSERVER, Category.DELEGATE)


@dataclass(frozen=True, slots=True)
class Missing:
    """What the page still needs, said beside its field."""

    who: str | None = None
    why: str | None = None
    name: str | None = None


@bp.get("")
@needs(Act.HAND_ENTRY)
def page() -> str | BaseResponse:
    """Show who may be entered by hand, one of them chosen where the address or a card says so."""
    meeting = terminal().meeting()
    if meeting is None:
        return redirect(url_for("desk.page"))
    proposed = _proposed(meeting)
    chosen = request.args.get("nguoi") or (proposed.id if proposed else None)
    return _show(meeting, chosen, request.args.get("why"), Missing())


@bp.get("/phan")
@needs(Act.HAND_ENTRY, polls=True)
def part() -> str:
    """Return the part that proposes the holder of a citizen card, once the scene changes."""
    waited = next_scene(request.args.get("after", default=-1, type=int))
    meeting = require_meeting()
    return show_at_desk(
        "_proposed.html",
        scene=waited.scene,
        in_turn=waited.in_turn,
        proposed=_proposed(meeting),
        chosen=request.args.get("nguoi"),
    )


@bp.post("")
@needs(Act.HAND_ENTRY)
def enter() -> str | BaseResponse:
    """Record somebody of the list as present; or search, or go on to a guest's name."""
    meeting = require_meeting()
    chosen, why = request.form.get("nguoi"), request.form.get("ly-do")
    if request.form.get("lam") == "tim":
        query = request.form.get("q", "").strip()[:MAX_QUERY] or None
        return redirect(url_for("hand.page", q=query, nguoi=chosen, why=why), 303)
    if chosen == GUEST:
        return redirect(url_for("hand.guest"), 303)
    person = roster_view.person_of(meeting, chosen)
    missing = Missing(_who(person), None if why in frozenset(HandReason) else _why())
    if person is None or missing.who or missing.why:
        return _show(meeting, chosen, why, missing)
    late = request.form.get("ghi") == LATE
    acting().hand_entry(person.id, HandReason(why or ""), late=late)
    return redirect(url_for("desk.page"), 303)


@bp.get("/khach")
@needs(Act.ADD_PERSON)
def guest() -> str | BaseResponse:
    """Ask for a guest's name; that of a genuine card of nobody on the list stands there."""
    meeting = terminal().meeting()
    if meeting is None:
        return redirect(url_for("desk.page"))
    scene = terminal().scene()
    meant = request.args.get("luot", type=int)
    name = scene.holder if meant is not None and scene.seq == meant else None
    return _ask_guest(meeting, name or "", Category.GUEST.value, Missing())


@bp.post("/khach")
@needs(Act.ADD_PERSON)
def enter_guest() -> str | BaseResponse:
    """Put the guest on this meeting's list and record them as present."""
    meeting = require_meeting()
    name = request.form.get("ten", "").strip()
    category = request.form.get("la", "")
    if category not in GUESTS or not name or len(name) > MAX_NAME:
        says = gettext("Gõ tên khách, và chọn khách là ai.")
        return _ask_guest(meeting, name[:MAX_NAME], category, Missing(name=says))
    late = request.form.get("ghi") == LATE
    acting().guest(name, Category(category), late=late)
    return redirect(url_for("desk.page"), 303)


def _proposed(meeting: MeetingView) -> PersonRow | None:
    """Return whom the last card named without counting them: a citizen card."""
    last = meeting.recent[0] if meeting.recent else None
    if last is None or last.outcome != Admission.IDENTIFIED:
        return None
    person = roster_view.person_of(meeting, last.person_id)
    return person if person is not None and roster_view.may_be_entered(person) else None


def _who(person: PersonRow | None) -> str | None:
    if person is None:
        return str(gettext("Chọn một người trong danh sách."))
    if not roster_view.may_be_entered(person):
        return str(gettext("Người này đã có mặt, hoặc không triệu tập. Chọn lại người khác."))
    return None


def _why() -> str:
    return str(gettext("Chọn vì sao không dùng thẻ."))


def _show(meeting: MeetingView, chosen: str | None, why: str | None, missing: Missing) -> str:
    query = request.args.get("q", "").strip()
    person = roster_view.person_of(meeting, chosen)
    rows = [
        line
        for line in roster_view.by_hand(meeting, query)
        if person is None or line.person != person
    ]
    first = [line for line in roster_view.by_hand(meeting) if line.person == person]
    if why is None and person is not None and person.category == Category.PROBATIONARY:
        why = HandReason.PROBATIONARY.value
    return show_at_desk(
        "hand.html",
        scene=terminal().scene(),
        in_turn=True,
        lines=[*first, *rows],
        chosen=chosen,
        why=why,
        query=query,
        missing=missing,
        proposed=_proposed(meeting),
    )


def _ask_guest(meeting: MeetingView, name: str, category: str, missing: Missing) -> str:
    return show_at_desk(
        "guest.html",
        name=name,
        chosen=category,
        guests={kind.value: labels.CATEGORIES[kind] for kind in GUESTS},
        max_name=MAX_NAME,
        missing=missing,
    )
