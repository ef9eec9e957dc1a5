"""Alarms, and what was set aside: what somebody has to look at.

Bodies stay sealed here: what is shown of an event is what it says in the clear.
"""

from __future__ import annotations

import re
from functools import partial

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from provisioning.centre import alarms as questions
from provisioning.centre import fleet
from provisioning.centre.alarms import AlarmRow, AsideRow
from provisioning.centre.limits import MAX_EXPORT
from provisioning.centre.pages import asked, labels
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import Column, table_file
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import session, show
from provisioning.centre.people.roles import Act

_EPOCH = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@bp.get("/canh-bao")
@needs(Act.ALARMS)
def alarms() -> str:
    """List alarms: those that nobody looked at, or those that somebody did."""
    database, settled = desk().database, request.args.get("loc") == "da-xem"
    return show(
        "centre/alarms.html",
        settled=settled,
        page=asked.page_of("tu", partial(questions.alarms, database, settled=settled)),
        counts=fleet.counts(database, desk().clock()),
    )


@bp.get("/canh-bao.<form>")
@needs(Act.EXPORT)
def alarms_file(form: str) -> Response:
    """Return all alarms as a file."""
    columns: list[Column[AlarmRow]] = [
        (gettext("Trạm"), lambda row: row.terminal),
        (gettext("Kỳ nhật ký"), lambda row: row.epoch),
        (gettext("Bản ghi"), lambda row: row.seq),
        (gettext("Cảnh báo"), lambda row: gettext(labels.alarm(row.code)[0])),
        (gettext("Mã"), lambda row: row.code),
        (gettext("Chi tiết"), lambda row: row.detail),
        (gettext("Lúc"), lambda row: row.raised_at),
        (gettext("Xem lúc"), lambda row: row.settled_at),
        (gettext("Người xem"), lambda row: row.operator),
        (gettext("Ghi chú"), lambda row: row.note),
    ]
    rows = questions.alarms(desk().database, limit=MAX_EXPORT)
    return table_file(form, "canh-bao", columns, rows, desk().clock())


@bp.post("/canh-bao/<terminal>/<epoch>/<int:seq>/<alarm>")
@needs(Act.SETTLE)
def settle(terminal: str, epoch: str, seq: int, alarm: str) -> BaseResponse:
    """Note that an alarm was looked at."""
    found = session()
    note = " ".join(request.form.get("ghi", "").split())
    if found is None or _EPOCH.fullmatch(epoch) is None or seq > asked.MAX_NUMBER:
        abort(404)
    questions.settle(
        desk().database, (terminal, epoch, seq, alarm), found.operator, note, desk().clock()
    )
    return redirect(url_for("pages.alarms"), 303)


@bp.post("/canh-bao-hop-thu/<terminal>/<alarm>/<detail>")
@needs(Act.SETTLE)
def settle_inbox(terminal: str, alarm: str, detail: str) -> BaseResponse:
    """Note that an alarm about an inbox was looked at."""
    found = session()
    note = " ".join(request.form.get("ghi", "").split())
    if found is None:
        abort(404)
    key = (terminal, alarm, detail)
    questions.settle_inbox(desk().database, key, found.operator, note, desk().clock())
    return redirect(url_for("pages.alarms"), 303)


@bp.get("/de-rieng")
@needs(Act.ASIDE)
def aside() -> str:
    """List what was set aside."""
    page = asked.page_of("tu", partial(questions.aside, desk().database))
    return show("centre/aside.html", page=page)


@bp.get("/de-rieng.<form>")
@needs(Act.EXPORT)
def aside_file(form: str) -> Response:
    """Return what was set aside as a file: which and why, not the content."""
    columns: list[Column[AsideRow]] = [
        (gettext("Trạm"), lambda row: row.terminal),
        (gettext("Kỳ nhật ký"), lambda row: row.epoch),
        (gettext("Bản ghi"), lambda row: row.seq),
        (gettext("Vì sao"), lambda row: gettext(labels.alarm(row.why)[0])),
        (gettext("Mã"), lambda row: row.why),
        (gettext("Nhận lúc"), lambda row: row.received_at),
        (gettext("Byte"), lambda row: row.size),
        ("SHA-256", lambda row: row.digest),
    ]
    rows = questions.aside(desk().database, limit=MAX_EXPORT)
    return table_file(form, "de-rieng", columns, rows, desk().clock())


@bp.get("/de-rieng/<terminal>/<epoch>/<int:seq>/<digest>")
@needs(Act.ASIDE)
def aside_one(terminal: str, epoch: str, seq: int, digest: str) -> str:
    """Show one thing set aside beside what is held in its place."""
    if (
        _EPOCH.fullmatch(epoch) is None
        or _DIGEST.fullmatch(digest) is None
        or seq > asked.MAX_NUMBER
    ):
        abort(404)
    both = questions.aside_one(desk().database, terminal, epoch, seq, digest)
    if both is None:
        abort(404)
    return show("centre/aside_one.html", both=both)
