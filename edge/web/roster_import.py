"""The standing roster from a file: shown as what it would change, then taken or not at all.

Lives here: the two pages. Not here: what was shown until it is taken (`table_import`), reading the
file (`edge.meeting.roster_rows`), judging its rows (`edge.meeting.roster_table`), sealing the
roster (`edge.holdings`). What reads and judges a table is loaded with the first of these pages, not
at the start: a roster comes a few times a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import RosterInvalid
from edge.meeting.roster import Roster
from edge.people.roles import Act
from edge.web.guard import needs
from edge.web.page import desk_view, show, terminal
from edge.web.table_import import Shown, rows, today

if TYPE_CHECKING:
    from edge.meeting.roster_table import Preview

bp = Blueprint("roster_import", __name__, url_prefix="/danh-sach")

CODE_DIGITS = 14

_SHOWN: Final[Shown[Roster]] = Shown("roster")


@bp.get("")
@needs(Act.IMPORT_ROSTER)
def page() -> str:
    """Show what roster the terminal has, and ask for a file."""
    return _page()


@bp.post("")
@needs(Act.IMPORT_ROSTER)
def upload() -> str | BaseResponse:
    """Show what taking this file would do; nothing is taken yet."""
    from edge.meeting.roster_table import preview

    _SHOWN.forget()
    held = terminal().desk.standing_roster
    try:
        found = preview(rows(), held, today())
    except RosterInvalid:
        return make_response(_page(unreadable=True), 409)
    head = _head(held)
    if head is None:
        return make_response(_page(no_head=True), 409)
    token = None
    if found.ok:
        name, code, parent = head
        token = _SHOWN.keep(Roster(name, code, found.people, parent))
    return _page(found=found, token=token)


@bp.post("/nhan")
@needs(Act.IMPORT_ROSTER)
def take() -> BaseResponse:
    """Take the roster that was shown; one of an older page is refused."""
    terminal().take_roster(_SHOWN.asked_for())
    _SHOWN.forget()
    return redirect(url_for("roster_import.page"), 303)


def _head(held: Roster | None) -> tuple[str, str, str | None] | None:
    """Return name, code and parent: those of the roster held, else as typed; None if wrong."""
    if held is not None:
        return held.organisation, held.code, held.parent
    name, code, parent = (
        " ".join(request.form.get(f, "").split()) for f in ("to", "ma-to", "tren")
    )
    digits = code.replace(".", "")
    whole = digits.isascii() and digits.isdigit() and len(digits) == CODE_DIGITS
    if not whole or not 0 < len(name) <= 200 or len(parent) > 200:
        return None
    return name, digits, parent or None


def _page(
    found: Preview | None = None,
    *,
    token: str | None = None,
    unreadable: bool = False,
    no_head: bool = False,
) -> str:
    from edge.web.table_words import COLUMNS, PROBLEMS

    return show(
        "roster_import.html",
        **desk_view(),
        held=terminal().desk.standing_roster,
        found=found,
        token=token,
        unreadable=unreadable,
        no_head=no_head,
        columns=COLUMNS,
        problems=PROBLEMS,
    )
