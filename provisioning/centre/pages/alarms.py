"""Alarms, and what was set aside: what somebody has to look at.

Bodies stay sealed here: what is shown of an event is what it says in the clear.
"""

from __future__ import annotations

import re

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from provisioning.centre import alarms as questions
from provisioning.centre import fleet
from provisioning.centre.limits import MAX_EXPORT, PAGE
from provisioning.centre.pages import labels
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import table_file
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import session, show
from provisioning.centre.people.roles import Act

_EPOCH = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
MAX_SEQ = 2**53 - 1


@bp.get("/canh-bao")
@needs(Act.ALARMS)
def alarms() -> str:
    """List alarms: those that nobody looked at, or those that somebody did."""
    settled = request.args.get("loc") == "da-xem"
    skip = max(0, request.args.get("tu", 0, type=int))
    rows = questions.alarms(desk().database, settled=settled, skip=skip, limit=PAGE + 1)
    return show(
        "centre/alarms.html",
        settled=settled,
        skip=skip,
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        counts=fleet.counts(desk().database, desk().clock()),
    )


@bp.get("/canh-bao.<form>")
@needs(Act.EXPORT)
def alarms_file(form: str) -> Response:
    """Return all alarms as a file."""
    rows = questions.alarms(desk().database, limit=MAX_EXPORT)
    head = [
        gettext("Trạm"),
        gettext("Kỳ nhật ký"),
        gettext("Bản ghi"),
        gettext("Cảnh báo"),
        gettext("Mã"),
        gettext("Lúc"),
        gettext("Xem lúc"),
        gettext("Người xem"),
        gettext("Ghi chú"),
    ]
    cells = (
        [
            row.terminal,
            row.epoch,
            row.seq,
            gettext(labels.alarm(row.code)[0]),
            row.code,
            row.raised_at,
            row.settled_at,
            row.operator,
            row.note,
        ]
        for row in rows
    )
    return table_file(form, "canh-bao", head, cells, desk().clock())


@bp.post("/canh-bao/<terminal>/<epoch>/<int:seq>/<alarm>")
@needs(Act.SETTLE)
def settle(terminal: str, epoch: str, seq: int, alarm: str) -> BaseResponse:
    """Note that an alarm was looked at."""
    found = session()
    note = " ".join(request.form.get("ghi", "").split())
    if found is None or _EPOCH.fullmatch(epoch) is None or seq > MAX_SEQ:
        abort(404)
    questions.settle(
        desk().database, (terminal, epoch, seq, alarm), found.operator, note, desk().clock()
    )
    return redirect(url_for("pages.alarms"), 303)


@bp.get("/de-rieng")
@needs(Act.ASIDE)
def aside() -> str:
    """List what was set aside."""
    skip = max(0, request.args.get("tu", 0, type=int))
    rows = questions.aside(desk().database, skip=skip, limit=PAGE + 1)
    return show("centre/aside.html", rows=rows[:PAGE], skip=skip, more=len(rows) > PAGE)


@bp.get("/de-rieng.<form>")
@needs(Act.EXPORT)
def aside_file(form: str) -> Response:
    """Return what was set aside as a file: which and why, not the content."""
    rows = questions.aside(desk().database, limit=MAX_EXPORT)
    head = [
        gettext("Trạm"),
        gettext("Kỳ nhật ký"),
        gettext("Bản ghi"),
        gettext("Vì sao"),
        gettext("Mã"),
        gettext("Nhận lúc"),
        gettext("Byte"),
        "SHA-256",
    ]
    cells = (
        [
            row.terminal,
            row.epoch,
            row.seq,
            gettext(labels.alarm(row.why)[0]),
            row.why,
            row.received_at,
            row.size,
            row.digest,
        ]
        for row in rows
    )
    return table_file(form, "de-rieng", head, cells, desk().clock())


@bp.get("/de-rieng/<terminal>/<epoch>/<int:seq>/<digest>")
@needs(Act.ASIDE)
def aside_one(terminal: str, epoch: str, seq: int, digest: str) -> str:
    """Show one thing set aside beside what is held in its place."""
    if _EPOCH.fullmatch(epoch) is None or _DIGEST.fullmatch(digest) is None or seq > MAX_SEQ:
        abort(404)
    both = questions.aside_one(desk().database, terminal, epoch, seq, digest)
    if both is None:
        abort(404)
    return show("centre/aside_one.html", both=both)
