"""The registry of terminals: what waits for a person, with its button; who is there.

Not here: what an approval does (`provisioning.fleet.decisions`); the verbs that end a terminal,
which are given at the centre's own machine (`tramthe fleet`).
"""

from __future__ import annotations

from functools import partial

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from provisioning.centre.limits import MAX_EXPORT
from provisioning.centre.pages import asked, labels
from provisioning.centre.pages.blueprint import bp, problem
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import Column, table_file
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import session, show
from provisioning.centre.people.roles import Act
from provisioning.errors import FleetRefused
from provisioning.fleet import decisions, registry
from provisioning.fleet.history import history
from provisioning.fleet.registry import State, Terminal
from provisioning.fleet.release import held
from provisioning.fleet.requests import Request, RequestState, requests

FORM_SIZE = 200
"""Requests on one form: those beyond follow when these are decided."""


@bp.get("/so-dang-ky")
@needs(Act.FLEET)
def registered() -> str:
    """List what waits, and the terminals."""
    which = request.args.get("loc", "")
    states = (State(which),) if which in frozenset(State) else ()
    with desk().database.reading() as connection:
        waiting = requests(connection, RequestState.WAITING)
        page = asked.page_of("tu", partial(registry.page, connection, *states))
        counts = registry.counts(connection)
    return show(
        "centre/registry.html",
        waiting=waiting[:FORM_SIZE],
        more=max(0, len(waiting) - FORM_SIZE),
        twice=_twice(waiting),
        page=page,
        counts=counts,
        which=which if states else "",
        states=tuple(State),
    )


@bp.post("/so-dang-ky/duyet")
@needs(Act.APPROVE)
def decide() -> Response | BaseResponse:
    """Approve the requests that were ticked, or refuse one."""
    found = session()
    if found is None:
        abort(404)
    at = desk().clock()
    try:
        with desk().database.writing() as connection:
            refused = request.form.get("tu-choi", type=int)
            if refused is not None:
                why = " ".join(request.form.get("vi-sao", "").split())
                decisions.refuse(connection, refused, found.operator, why, at)
            else:
                for number in request.form.getlist("yeu-cau", type=int)[:FORM_SIZE]:
                    decisions.approve(connection, number, found.operator, at)
    except FleetRefused:
        return problem(
            409,
            gettext("Yêu cầu này không còn chờ: đã có người xử lý, hoặc hai khóa cùng một tên."),
            gettext("Mở lại sổ đăng ký, xem lại từng yêu cầu."),
        )
    return redirect(url_for("pages.registered"), 303)


@bp.get("/so-dang-ky/<terminal>")
@needs(Act.FLEET)
def one_registered(terminal: str) -> str:
    """Show one terminal of the registry: certificates, requests, all that was done to it."""
    with desk().database.reading() as connection:
        found = registry.find(connection, terminal)
        if found is None:
            abort(404)
        return show(
            "centre/registered.html",
            row=found,
            certificates=registry.certificates(connection, terminal),
            asked_for=requests(connection, terminal=terminal),
            held=held(connection, terminal),
            done=history(connection, terminal),
        )


@bp.get("/so-dang-ky.<form>")
@needs(Act.EXPORT)
def registry_file(form: str) -> Response:
    """Return the registry as a file."""
    columns: list[Column[Terminal]] = [
        (gettext("Trạm"), lambda row: row.name),
        (gettext("Tên gọi"), lambda row: row.label),
        (gettext("Mã tổ chức đảng"), lambda row: row.organisation),
        (gettext("Tình trạng"), lambda row: gettext(labels.STATES[row.state][0])),
        (gettext("Từ"), lambda row: row.since),
        (gettext("Kỹ thuật viên"), lambda row: row.technician),
        (gettext("Ghi chú"), lambda row: row.note),
        (gettext("Khóa"), lambda row: row.certificate.key if row.certificate else None),
        (
            gettext("Chứng thư đến"),
            lambda row: row.certificate.not_after if row.certificate else None,
        ),
        (gettext("Thay cho"), lambda row: row.replaces),
        (gettext("Được thay bởi"), lambda row: row.replaced_by),
    ]
    with desk().database.reading() as connection:
        rows = registry.page(connection, skip=0, limit=MAX_EXPORT)
    return table_file(form, "so-dang-ky", columns, rows, desk().clock())


def _twice(waiting: tuple[Request, ...]) -> frozenset[str]:
    """Return the names under which several keys wait: a person compares each with its label."""
    names = [one.terminal for one in waiting]
    return frozenset(name for name in names if names.count(name) > 1)
