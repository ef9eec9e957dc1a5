"""Organisations by their code of 14 digits: the tree of a day, and each code's own history."""

from __future__ import annotations

from datetime import date

from flask import Response, abort, request

from provisioning.centre import organisations as questions
from provisioning.centre.catalogue import read_code, written
from provisioning.centre.limits import PAGE
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import table_file
from provisioning.centre.pages.fleet import MAX_SOUGHT, today
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import show
from provisioning.centre.people.roles import Act


@bp.get("/to-chuc")
@needs(Act.ORGANISATIONS)
def organisations() -> str:
    """Show the topmost organisations of a day, or those sought."""
    day, sought = _day(), request.args.get("q", "").strip()[:MAX_SOUGHT]
    skip = max(0, request.args.get("bo", 0, type=int))
    rows = questions.organisations(desk().database, day, sought=sought, skip=skip, limit=PAGE + 1)
    return show(
        "centre/organisations.html",
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        skip=skip,
        sought=sought,
        on=day,
        written=written,
    )


@bp.get("/to-chuc.<form>")
@needs(Act.EXPORT)
def organisations_file(form: str) -> Response:
    """Return every organisation of a day as a file, in the form that can be imported again."""
    rows = questions.organisations_of_day(desk().database, _day())
    head = ["ma", "tu", "den", "ten", "truc_thuoc"]
    cells = ([one.code, one.since, one.until, one.name, one.parent] for one in rows)
    return table_file(form, "to-chuc", head, cells, desk().clock())


@bp.get("/to-chuc/<code>")
@needs(Act.ORGANISATIONS)
def organisation(code: str) -> str:
    """Show one code: its versions, what stands above and below it, its terminals."""
    digits = read_code(code)
    versions = questions.versions(desk().database, digits) if digits else ()
    if digits is None or not versions:
        abort(404)
    day = _day()
    skip = max(0, request.args.get("bo", 0, type=int))
    below = questions.organisations(desk().database, day, parent=digits, skip=skip, limit=PAGE + 1)
    return show(
        "centre/organisation.html",
        code=digits,
        versions=versions,
        current=next((one for one in versions if one.covers(day)), None),
        names=questions.names(desk().database, [one.parent for one in versions if one.parent]),
        above=questions.line_above(desk().database, digits, day),
        below=below[:PAGE],
        more=len(below) > PAGE,
        skip=skip,
        terminals=questions.terminals_of(desk().database, digits, day),
        on=day,
        written=written,
    )


def _day() -> str:
    try:
        return date.fromisoformat(request.args.get("ngay", "")).isoformat()
    except ValueError:
        return today()
