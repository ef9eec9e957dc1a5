"""Meetings and attendance as figures, by organisation and period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from operator import attrgetter

from flask import Response, request
from flask_babel import gettext

from provisioning.centre import meetings as questions
from provisioning.centre import organisations as catalogue
from provisioning.centre.attendance import Attendance
from provisioning.centre.catalogue import read_code, written
from provisioning.centre.limits import MAX_EXPORT
from provisioning.centre.meetings import MeetingRow, Period, Sum
from provisioning.centre.pages import asked, charts
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import Column, table_file
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
    monthly = len(period.days()) > MOST_DAILY
    times = questions.by_time(database, period, monthly=monthly)
    parts = questions.by_organisation(database, period, asked.today())
    most = sorted(parts, key=lambda one: -one.present)[:MOST_BARS]
    return show(
        "centre/meetings.html",
        period=period,
        asked=_asked(period),
        total=questions.total(times),
        line=_line(period),
        monthly=monthly,
        times=times,
        bars=charts.standing(_each(period, times, monthly=monthly)),
        parts=parts,
        part_bars=charts.lying([(part_name(one), one.present, "v") for one in most]),
        part_name=part_name,
        written=written,
        page=asked.page_of("bo", partial(questions.meetings, database, period)),
    )


@bp.get("/cuoc-hop.<form>")
@needs(Act.EXPORT)
def meetings_file(form: str) -> Response:
    """Return the meetings of the period as a file."""
    columns: list[Column[MeetingRow]] = [
        (gettext("Ngày"), lambda row: row.day),
        (gettext("Mã tổ chức đảng"), lambda row: row.code and written(row.code)),
        (gettext("Tổ chức"), lambda row: row.organisation),
        (gettext("Trạm"), lambda row: row.terminal),
        (gettext("Khai mạc"), lambda row: row.opened_at),
        (gettext("Kết thúc"), lambda row: row.closed_at),
        (gettext("Số cửa"), lambda row: row.doors),
        *_attendance(),
        (gettext("Cuộc họp"), lambda row: row.context),
    ]
    rows = questions.meetings(desk().database, _period(), limit=MAX_EXPORT)
    return table_file(form, "cuoc-hop", columns, rows, desk().clock())


@bp.get("/theo-to-chuc.<form>")
@needs(Act.EXPORT)
def parts_file(form: str) -> Response:
    """Return the sums by organisation as a file."""
    columns: list[Column[Sum]] = [
        (gettext("Mã tổ chức đảng"), lambda one: one.key and written(one.key)),
        (gettext("Tổ chức"), lambda one: one.name),
        (gettext("Số cuộc họp"), lambda one: one.meetings),
        *_attendance(),
    ]
    parts = questions.by_organisation(desk().database, _period(), asked.today())
    return table_file(form, "theo-to-chuc", columns, parts, desk().clock())


@bp.get("/theo-ngay.<form>")
@needs(Act.EXPORT)
def times_file(form: str) -> Response:
    """Return the sums by day as a file."""
    columns: list[Column[Sum]] = [
        (gettext("Ngày"), lambda one: one.key),
        (gettext("Số cuộc họp"), lambda one: one.meetings),
        *_attendance(),
    ]
    times = questions.by_time(desk().database, _period(), monthly=False)
    return table_file(form, "theo-ngay", columns, times, desk().clock())


def part_name(one: Sum) -> str:
    """Return the name of an organisation in a table of sums."""
    if one.key is None:
        return str(gettext("chưa rõ tổ chức"))
    return one.name or written(one.key)


def _attendance() -> list[Column[Attendance]]:
    return [
        (gettext("Có mặt"), attrgetter("present")),
        (gettext("Bằng thẻ"), attrgetter("by_card")),
        (gettext("Ghi tay"), attrgetter("by_hand")),
        (gettext("Về sớm"), attrgetter("left_early")),
        (gettext("Vắng có lý do"), attrgetter("excused")),
        (gettext("Vắng không lý do"), attrgetter("unexcused")),
        (gettext("Được miễn"), attrgetter("exempt")),
        (gettext("Chưa đủ căn cứ"), attrgetter("undecided")),
        (gettext("Thẻ không nhận"), attrgetter("refused")),
    ]


def _period() -> Period:
    """Return the period that the address asks for: the last thirty days where it says nothing."""
    today = asked.today()
    usual = (date.fromisoformat(today) - timedelta(days=USUAL_DAYS - 1)).isoformat()
    since, until = sorted((asked.day("tu", usual), asked.day("den", today)))
    earliest = date.fromordinal(max(1, date.fromisoformat(until).toordinal() - MAX_DAYS))
    return Period(max(since, earliest.isoformat()), until, read_code(request.args.get("ma", "")))


def _asked(period: Period) -> dict[str, str]:
    """Return what an address of this period says."""
    asked = {"tu": period.since, "den": period.until}
    return asked if period.code is None else {**asked, "ma": period.code}


def _line(period: Period) -> Sequence[tuple[str, str]]:
    """Return (code, name) of the organisation that is looked at and those above it."""
    if period.code is None:
        return ()
    above = catalogue.line_above(desk().database, period.code, asked.today())
    found = [(one.code, one.name) for one in above]
    names = catalogue.names(desk().database, [period.code])
    return (*found, (period.code, names.get(period.code, written(period.code))))


def _each(period: Period, times: Sequence[Sum], *, monthly: bool) -> list[tuple[str, int, str]]:
    """Return a bar for each day or month of the period, those without a meeting too."""
    sums = {one.key: one.present for one in times}
    keys = dict.fromkeys(day.isoformat()[: 7 if monthly else 10] for day in period.days())
    return [(_label(key), sums.get(key, 0), "v") for key in keys]


def _label(key: str) -> str:
    """Return what stands under a bar: 5 of `2026-11-05`, 11/26 of `2026-11`."""
    year, month, *day = key.split("-")
    return str(int(day[0])) if day else f"{int(month)}/{year[2:]}"
