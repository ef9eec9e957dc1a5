"""Check-ins that lacked certainty and were judged once more: what the centre found.

Nobody is named here: the terminal's own desk, or `tramthe centre open`, tells whose a record is.
"""

from __future__ import annotations

from functools import partial

from flask import Response, request
from flask_babel import gettext

from provisioning.centre import reverified as questions
from provisioning.centre.limits import MAX_EXPORT
from provisioning.centre.pages import asked, labels
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import Column, table_file
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import show
from provisioning.centre.people.roles import Act
from provisioning.centre.reverified import Reverified, Which


@bp.get("/xet-lai")
@needs(Act.REVERIFIED)
def reverified() -> str:
    """List what was found, newest first: cards that were not in order, by themselves."""
    which = _which(default=Which.REJECTED)
    ask = partial(questions.reverified, desk().database, which=which)
    return show("centre/reverified.html", page=asked.page_of("tu", ask), which=which, Which=Which)


@bp.get("/xet-lai.<form>")
@needs(Act.EXPORT)
def reverified_file(form: str) -> Response:
    """Return the list as a file, with the same filter."""
    columns: list[Column[Reverified]] = [
        (gettext("Trạm"), lambda row: row.terminal),
        (gettext("Kỳ nhật ký"), lambda row: row.epoch),
        (gettext("Bản ghi"), lambda row: row.seq),
        (gettext("Đặt thẻ lúc"), lambda row: row.laid_at),
        (gettext("Xét lại lúc"), lambda row: row.at),
        (gettext("Kết quả"), lambda row: gettext(labels.verdict(row.outcome)[1])),
        (gettext("Mã"), lambda row: row.reason),
        (gettext("Số lần"), lambda row: row.times),
    ]
    which = _which(default=Which.ALL)
    rows = questions.reverified(desk().database, which=which, limit=MAX_EXPORT)
    return table_file(form, "xet-lai", columns, rows, desk().clock())


def _which(default: Which) -> Which:
    given = request.args.get("loc", "")
    return Which(given) if given in frozenset(Which) else default
