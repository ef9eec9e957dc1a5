"""Organisations by their code of 14 digits: the tree of a day, and each code's own history."""

from __future__ import annotations

from functools import partial

from flask import Response, abort

from provisioning.centre import organisations as questions
from provisioning.centre.catalogue import Version, read_code, written
from provisioning.centre.pages import asked
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import Column, table_file
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import show
from provisioning.centre.people.roles import Act


@bp.get("/to-chuc")
@needs(Act.ORGANISATIONS)
def organisations() -> str:
    """Show the topmost organisations of a day, or those sought."""
    day, sought = _day(), asked.sought()
    ask = partial(questions.organisations, desk().database, day, sought=sought)
    return show(
        "centre/organisations.html",
        page=asked.page_of("bo", ask),
        sought=sought,
        on=day,
        written=written,
    )


@bp.get("/to-chuc.<form>")
@needs(Act.EXPORT)
def organisations_file(form: str) -> Response:
    """Return every organisation of a day as a file, in the form that can be imported again."""
    columns: list[Column[Version]] = [
        ("ma", lambda one: one.code),
        ("tu", lambda one: one.since),
        ("den", lambda one: one.until),
        ("ten", lambda one: one.name),
        ("truc_thuoc", lambda one: one.parent),
    ]
    rows = questions.organisations_of_day(desk().database, _day())
    return table_file(form, "to-chuc", columns, rows, desk().clock())


@bp.get("/to-chuc/<code>")
@needs(Act.ORGANISATIONS)
def organisation(code: str) -> str:
    """Show one code: its versions, what stands above and below it, its terminals."""
    database, digits, day = desk().database, read_code(code), _day()
    versions = questions.versions(database, digits) if digits else ()
    if digits is None or not versions:
        abort(404)
    ask = partial(questions.organisations, database, day, parent=digits)
    return show(
        "centre/organisation.html",
        code=digits,
        versions=versions,
        current=next((one for one in versions if one.covers(day)), None),
        names=questions.names(database, [one.parent for one in versions if one.parent]),
        above=questions.line_above(database, digits, day),
        below=asked.page_of("bo", ask),
        terminals=questions.terminals_of(database, digits, day),
        on=day,
        written=written,
    )


def _day() -> str:
    return asked.day("ngay", asked.today())
