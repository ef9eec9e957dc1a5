"""The terminals: when they came last, what they said of themselves, what is held of them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from flask import Response, abort, request
from flask_babel import gettext

from provisioning.centre import alarms as warnings
from provisioning.centre import fleet as questions
from provisioning.centre import meetings as gatherings
from provisioning.centre.fleet import SEEN_LIMITS, Show, TerminalRow
from provisioning.centre.limits import MAX_EXPORT, PAGE
from provisioning.centre.local_time import day_of, local
from provisioning.centre.meetings import Period
from provisioning.centre.pages import charts, labels, language
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import table_file
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import show
from provisioning.centre.people.roles import Act

EVENINGS = 14
FRESH_EVENINGS = 2
"""The last ones, of which records are still coming: their bars are grey."""
MAX_SOUGHT = 60  # characters


@bp.get("/")
@needs(Act.FLEET)
def fleet() -> str:
    """Show the terminals as screen 16 does: what is amiss, three charts, the list."""
    database, at = desk().database, desk().clock()
    counts = questions.counts(database, at)
    which = _which(default=Show.LOOK if counts.look else Show.ALL)
    sought, skip = _sought(), _skip()
    rows = questions.terminals(
        database, at, today(), show=which, sought=sought, skip=skip, limit=PAGE + 1
    )
    return show(
        "centre/fleet.html",
        counts=counts,
        alarms=warnings.alarms(database, settled=False, limit=3),
        evenings=_evenings(),
        seen=_seen(),
        lists=_lists(),
        which=which,
        sought=sought,
        skip=skip,
        more=len(rows) > PAGE,
        rows=rows[:PAGE],
        state=state,
        advice=advice,
    )


@bp.get("/cac-tram.<form>")
@needs(Act.EXPORT)
def fleet_file(form: str) -> Response:
    """Return the list as a file, with the same filter."""
    at = desk().clock()
    rows = questions.terminals(
        desk().database,
        at,
        today(),
        show=_which(default=Show.ALL),
        sought=_sought(),
        limit=MAX_EXPORT,
    )
    head = [
        gettext("Trạm"),
        gettext("Mã tổ chức đảng"),
        gettext("Tổ chức"),
        gettext("Tình trạng"),
        gettext("Lần gửi cuối"),
        gettext("Kỳ nhật ký"),
        gettext("Số kỳ"),
        gettext("Bản ghi đã nhận"),
        gettext("Còn thiếu"),
        gettext("Chờ gửi"),
        gettext("Để riêng"),
        gettext("Cảnh báo chưa xem"),
        gettext("Danh sách thẻ số"),
        gettext("Danh sách thẻ ngày"),
        gettext("Giờ"),
        gettext("Lệch giờ (giây)"),
        gettext("Phiên bản"),
    ]
    return table_file(form, "cac-tram", head, (_cells(row) for row in rows), at)


@bp.get("/tram/<terminal>")
@needs(Act.FLEET)
def terminal(terminal: str) -> str:
    """Show one terminal: its epochs, alarms, what was set aside."""
    database, at = desk().database, desk().clock()
    rows = questions.terminals(database, at, today(), only=terminal)
    if not rows:
        abort(404)
    held = questions.epochs(database, terminal)
    return show(
        "centre/terminal.html",
        row=rows[0],
        held=held,
        alarms=warnings.alarms(database, terminal=terminal),
        aside=warnings.aside(database, terminal=terminal),
        state=state,
        advice=advice,
    )


def today() -> str:
    """Return today in Vietnam, as ISO text."""
    return day_of(desk().clock())


def state(row: TerminalRow) -> tuple[str, str, str]:
    """Return (data-state, sign, words) of a terminal: the worst thing first."""
    silent = desk().clock() - local(row.last_seen)
    if row.open_alarms:
        return "fault", "alert", gettext("%(count)s cảnh báo", count=row.open_alarms)
    if row.aside:
        return "unconfirmed", "attend", gettext("%(count)s bản ghi để riêng", count=row.aside)
    if silent > questions.SILENT:
        return "unconfirmed", "attend", gettext("Im %(span)s", span=language.span(silent))
    if row.offset is not None and abs(row.offset) > timedelta(minutes=5):
        return "unconfirmed", "attend", gettext("Sai giờ thiết bị")
    if row.missing:
        return "busy", "busy", gettext("Đang về: thiếu %(count)s số", count=row.missing)
    return "accepted", "accepted", gettext("Bình thường")


def advice(row: TerminalRow) -> str:
    """Return what to do about a terminal, empty where there is nothing."""
    which, _, _ = state(row)
    silent = desk().clock() - local(row.last_seen)
    if row.open_alarms:
        return str(gettext("Gọi trạm, xem cảnh báo"))
    if row.aside:
        return str(gettext("Mở bản ghi để riêng"))
    if silent > questions.SILENT:
        return str(gettext("Cử người mang USB"))
    if which == "unconfirmed":
        return str(gettext("Đặt lại giờ ở bàn thư ký"))
    return ""


def _cells(row: TerminalRow) -> list[str | int | None]:
    return [
        row.terminal,
        row.code,
        row.organisation,
        state(row)[2],
        row.last_seen,
        row.epoch,
        row.epochs,
        row.high_water,
        row.missing,
        row.queued,
        row.aside,
        row.open_alarms,
        row.list_number and str(int(row.list_number, 16)),
        row.list_at,
        row.quality and gettext(labels.QUALITIES[row.quality]),
        None if row.offset is None else round(row.offset.total_seconds()),
        row.version,
    ]


def _which(default: Show) -> Show:
    given = request.args.get("loc", "")
    return Show(given) if given in frozenset(Show) else default


def _sought() -> str:
    return request.args.get("q", "").strip()[:MAX_SOUGHT]


def _skip() -> int:
    return max(0, request.args.get("tu", 0, type=int))


def _evenings() -> tuple[charts.Bar, ...]:
    last = date.fromisoformat(today())
    days = [last - timedelta(days=back) for back in range(EVENINGS - 1, -1, -1)]
    period = Period(days[0].isoformat(), last.isoformat())
    sums = {
        one.key: one.present for one in gatherings.by_time(desk().database, period, monthly=False)
    }
    return charts.standing(
        [
            (
                str(day.day),
                sums.get(day.isoformat(), 0),
                "v" if number < EVENINGS - FRESH_EVENINGS else "v2",
            )
            for number, day in enumerate(days)
        ]
    )


def _seen() -> tuple[charts.Bar, ...]:
    words = [
        gettext("dưới 1 ngày"),
        *(
            gettext("%(first)s đến %(last)s ngày", first=first, last=last)
            for first, last in pairwise(SEEN_LIMITS)
        ),
        gettext("trên %(days)s ngày", days=SEEN_LIMITS[-1]),
    ]
    found = questions.seen_ago(desk().database, desk().clock())
    kinds = ["v"] * len(SEEN_LIMITS) + ["v3"]
    return charts.lying(zip(words, found, kinds, strict=True))


def _lists() -> tuple[charts.Bar, ...]:
    rows = questions.lists_in_use(desk().database)
    found = []
    for number, day, count in rows:
        if number is not None and day is not None:
            words = gettext(
                "%(number)s, %(day)s", number=int(number, 16), day=language.short_day(day)
            )
        elif day is not None:
            words = gettext("cũ hơn")
        else:
            words = gettext("chưa có")
        found.append((words, count, "v" if number is not None else "v3"))
    return charts.lying(found)
