"""Meetings and attendance as figures, by organisation and period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask import Response, request
from flask_babel import gettext

from provisioning.centre import meetings as questions
from provisioning.centre import organisations as catalogue
from provisioning.centre.attendance import SUMS
from provisioning.centre.catalogue import read_code, written
from provisioning.centre.limits import MAX_EXPORT, PAGE
from provisioning.centre.meetings import Period, Sum
from provisioning.centre.pages import charts
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import Cell, table_file
from provisioning.centre.pages.fleet import today
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import show
from provisioning.centre.people.roles import Act

USUAL_DAYS = 30
MAX_DAYS = 3 * 366
MOST_DAILY = 45
"""Days of a period up to which its chart has a bar for each; longer ones have one a month."""
MOST_BARS = 12
"""Organisations in a chart; the table has all."""


@bp.get("/cuoc-hop")
@needs(Act.MEETINGS)
def meetings() -> str:
    """Show sums, charts and the meetings of a period below an organisation."""
    database, period = desk().database, _period()
    monthly = _days(period) > MOST_DAILY
    times = questions.by_time(database, period, monthly=monthly)
    parts = questions.by_organisation(database, period, today())
    skip = max(0, request.args.get("bo", 0, type=int))
    rows = questions.meetings(database, period, skip=skip, limit=PAGE + 1)
    most = sorted(parts, key=lambda one: -one.present)[:MOST_BARS]
    return show(
        "centre/meetings.html",
        period=period,
        asked=_asked(period),
        total=questions.total(database, period),
        line=_line(period),
        monthly=monthly,
        times=times,
        bars=charts.standing(_each(period, times, monthly=monthly)),
        parts=parts,
        part_bars=charts.lying([(part_name(one), one.present, "v") for one in most]),
        part_name=part_name,
        written=written,
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        skip=skip,
    )


@bp.get("/cuoc-hop.<form>")
@needs(Act.EXPORT)
def meetings_file(form: str) -> Response:
    """Return the meetings of the period as a file."""
    rows = questions.meetings(desk().database, _period(), limit=MAX_EXPORT)
    head = [
        gettext("Ngày"),
        gettext("Mã tổ chức đảng"),
        gettext("Tổ chức"),
        gettext("Trạm"),
        gettext("Khai mạc"),
        gettext("Kết thúc"),
        gettext("Số cửa"),
        *_sum_head(),
        gettext("Cuộc họp"),
    ]
    cells = (
        [
            row.day,
            row.code and written(row.code),
            row.organisation,
            row.terminal,
            row.opened_at,
            row.closed_at,
            row.doors,
            *(getattr(row, name) for name in SUMS),
            row.context,
        ]
        for row in rows
    )
    return table_file(form, "cuoc-hop", head, cells, desk().clock())


@bp.get("/theo-to-chuc.<form>")
@needs(Act.EXPORT)
def parts_file(form: str) -> Response:
    """Return the sums by organisation as a file."""
    parts = questions.by_organisation(desk().database, _period(), today())
    head = [gettext("Mã tổ chức đảng"), gettext("Tổ chức"), gettext("Số cuộc họp"), *_sum_head()]
    cells = ([one.key and written(one.key), one.name, *_sums(one)] for one in parts)
    return table_file(form, "theo-to-chuc", head, cells, desk().clock())


@bp.get("/theo-ngay.<form>")
@needs(Act.EXPORT)
def times_file(form: str) -> Response:
    """Return the sums by day as a file."""
    times = questions.by_time(desk().database, _period(), monthly=False)
    head = [gettext("Ngày"), gettext("Số cuộc họp"), *_sum_head()]
    cells = ([one.key, *_sums(one)] for one in times)
    return table_file(form, "theo-ngay", head, cells, desk().clock())


def part_name(one: Sum) -> str:
    """Return the name of an organisation in a table of sums."""
    if one.key is None:
        return str(gettext("chưa rõ tổ chức"))
    return one.name or written(one.key)


def _sum_head() -> list[str]:
    return [
        gettext("Có mặt"),
        gettext("Bằng thẻ"),
        gettext("Ghi tay"),
        gettext("Về sớm"),
        gettext("Vắng có lý do"),
        gettext("Vắng không lý do"),
        gettext("Được miễn"),
        gettext("Chưa đủ căn cứ"),
        gettext("Thẻ không nhận"),
    ]


def _sums(one: Sum) -> list[Cell]:
    return [one.meetings, *(getattr(one, name) for name in SUMS)]


def _period() -> Period:
    """Return the period that the address asks for: the last thirty days where it says nothing."""
    last = date.fromisoformat(today())
    since, until = _day("tu", last - timedelta(days=USUAL_DAYS - 1)), _day("den", last)
    if since > until:
        since, until = until, since
    since = max(since, until - timedelta(days=MAX_DAYS))
    code = read_code(request.args.get("ma", ""))
    return Period(since.isoformat(), until.isoformat(), code)


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise


def _asked(period: Period) -> dict[str, str]:
    """Return what an address of this period says."""
    asked = {"tu": period.since, "den": period.until}
    return asked if period.code is None else {**asked, "ma": period.code}


def _days(period: Period) -> int:
    return (date.fromisoformat(period.until) - date.fromisoformat(period.since)).days + 1


def _line(period: Period) -> Sequence[tuple[str, str]]:
    """Return (code, name) of the organisation that is looked at and those above it."""
    if period.code is None:
        return ()
    above = catalogue.line_above(desk().database, period.code, today())
    found = [(one.code, one.name) for one in above]
    names = catalogue.names(desk().database, [period.code])
    return (*found, (period.code, names.get(period.code, written(period.code))))


def _each(period: Period, times: Sequence[Sum], *, monthly: bool) -> list[tuple[str, int, str]]:
    """Return a bar for each day or month of the period, those without a meeting too."""
    sums = {one.key: one.present for one in times}
    day, last = date.fromisoformat(period.since), date.fromisoformat(period.until)
    if monthly:
        months = sorted({(day + timedelta(days=n)).strftime("%Y-%m") for n in range(_days(period))})
        return [(f"{int(key[5:])}/{key[2:4]}", sums.get(key, 0), "v") for key in months]
    bars = []
    while day <= last:
        bars.append((str(day.day), sums.get(day.isoformat(), 0), "v"))
        day += timedelta(days=1)
    return bars
