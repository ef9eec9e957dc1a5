"""One's own account, who the operators are, and what they did.

Operators are added and removed at the centre's own machine (`tramthe centre operator`), never from
a page. Not here: the rows (`people.accounts`, `people.audit`).
"""

from __future__ import annotations

from datetime import datetime

from flask import Response, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from provisioning.centre.pages import asked, browser
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import session, show
from provisioning.centre.people import audit as trail
from provisioning.centre.people.accounts import Answer
from provisioning.centre.people.passwords import MAX_LENGTH, MIN_LENGTH, fault_of
from provisioning.centre.people.roles import Act

DIFFERS, SAME = "DIFFERS", "SAME"
"""Why a new password was not taken; the name of a `PasswordFault` or an `Answer` besides."""


@bp.get("/tai-khoan")
@needs(Act.OWN_PASSWORD)
def account() -> str:
    """Show who one is here, and offer a new password."""
    return show("centre/account.html", fault=None, least=MIN_LENGTH)


@bp.post("/tai-khoan")
@needs(Act.OWN_PASSWORD)
def change_password() -> Response | BaseResponse:
    """Set one's own new password."""
    found = session()
    if found is None:
        abort(403)
    at, name = desk().clock(), found.operator
    old, new, again = (request.form.get(key, "")[: MAX_LENGTH + 1] for key in ("cu", "moi", "lai"))
    why = _why_not(name, old, new, again, at)
    if why is not None:
        return make_response(show("centre/account.html", fault=why, least=MIN_LENGTH), 409)
    desk().operators.change_password(name, new, at)
    desk().sessions.open(browser.renew(), name, at)
    return redirect(url_for("pages.fleet"), 303)


@bp.get("/nguoi-dung")
@needs(Act.OPERATORS)
def operators() -> str:
    """List who may come in, and who might in the past."""
    return show("centre/operators.html", operators=desk().operators.all())


@bp.get("/viec-da-lam")
@needs(Act.AUDIT)
def audit() -> str:
    """List what was done, newest first."""
    who = request.args.get("ai") or None
    before = asked.number("truoc")
    rows = trail.read(desk().database, operator=who, before=before)
    return show(
        "centre/audit.html",
        rows=rows,
        who_only=who,
        older=rows[-1].number if len(rows) == trail.PAGE else None,
        operators=desk().operators.all(),
    )


def _why_not(name: str, old: str, new: str, again: str, at: datetime) -> str | None:
    """Return why a new password is not taken, None where it is; the old one is tried last."""
    if new != again:
        return DIFFERS
    if new == old:
        return SAME
    fault = fault_of(new, name)
    if fault is not None:
        return fault.name
    answer = desk().operators.try_password(name, old, at)
    return None if answer is Answer.RIGHT else answer.name
