"""Coming in and leaving: the only pages that nobody has to have come in for.

Lives here: the form of the login. Not here: what a right password is (`people.accounts`), who may
do what afterwards (`guard`).
"""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from provisioning.centre.pages import browser
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.guard import needs, ours
from provisioning.centre.pages.show import show
from provisioning.centre.people.accounts import Answer
from provisioning.centre.people.passwords import MAX_LENGTH
from provisioning.centre.people.roles import Act

MAX_NAME = 32  # characters


@bp.get("/dang-nhap")
def login() -> str | BaseResponse:
    """Ask for name and password; lead on where somebody came in already."""
    token = browser.known()
    onward = ours(request.args.get("tiep"))
    if token is not None and desk().sessions.find(token, desk().clock()) is not None:
        return redirect(onward or url_for("pages.fleet"), 303)
    return show("centre/login.html", onward=onward, answer=None, typed="")


@bp.post("/dang-nhap")
def enter() -> Response | BaseResponse:
    """Try a password."""
    name = request.form.get("ten", "").strip().lower()[:MAX_NAME]
    password = request.form.get("mat-khau", "")[: MAX_LENGTH + 1]
    onward = ours(request.form.get("tiep"))
    at = desk().clock()
    answer = desk().operators.try_password(name, password, at)
    if answer is not Answer.RIGHT:
        page = show("centre/login.html", onward=onward, answer=answer.name, typed=name)
        return make_response(page, 429 if answer is Answer.WAIT else 403)
    desk().sessions.open(browser.renew(), name, at)
    return redirect(onward or url_for("pages.fleet"), 303)


@bp.post("/ra")
@needs(Act.OWN_PASSWORD)
def leave() -> BaseResponse:
    """End the session of this browser."""
    token = browser.known()
    if token is not None:
        desk().sessions.close(token, desk().clock())
    browser.renew()
    return redirect(url_for("pages.login"), 303)
