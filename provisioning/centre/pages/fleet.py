"""The terminals: when they came last, what they said of themselves, what is held of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

from flask import Response, abort, request
from flask_babel import gettext

from provisioning.centre import alarms as warnings
from provisioning.centre import fleet as questions
from provisioning.centre import meetings as gatherings
from provisioning.centre import support
from provisioning.centre.fleet import SEEN_LIMITS, SILENT, Show, TerminalRow
from provisioning.centre.limits import MAX_EXPORT
from provisioning.centre.local_time import local
from provisioning.centre.meetings import Period
from provisioning.centre.pages import asked, charts, labels, language
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.files import Cell, Column, table_file
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import show
from provisioning.centre.people.roles import Act
from provisioning.fleet import registry
from provisioning.fleet.registry import State

EVENINGS = 14
FRESH_EVENINGS = 2
"""The last ones, of which records are still coming: their bars are grey."""
WRONG_CLOCK = timedelta(minutes=5)


@bp.get("/")
@needs(Act.FLEET)
def fleet() -> str:
    """Show the terminals as screen 16 does: what is amiss, three charts, the list."""
    database, at = desk().database, desk().clock()
    counts = questions.counts(database, at)
    which = _which(default=Show.LOOK if counts.look else Show.ALL)
    sought = asked.sought()
    ask = partial(questions.terminals, database, at, asked.today(), show=which, sought=sought)
    with database.reading() as connection:
        waiting = registry.counts(connection).get(State.WAITING, 0)
    return show(
        "centre/fleet.html",
        waiting=waiting,
        counts=counts,
        alarms=warnings.alarms(database, settled=False, limit=3),
        evenings=_evenings(),
        seen=_seen(),
        lists=_lists(),
        which=which,
        sought=sought,
        page=asked.page_of("tu", ask),
        condition=condition,
    )


@bp.get("/cac-tram.<form>")
@needs(Act.EXPORT)
def fleet_file(form: str) -> Response:
    """Return the list as a file, with the same filter."""
    columns: list[Column[TerminalRow]] = [
        (gettext("Trạm"), lambda row: row.terminal),
        (gettext("Mã tổ chức đảng"), lambda row: row.code),
        (gettext("Tổ chức"), lambda row: row.organisation),
        (gettext("Tình trạng"), lambda row: condition(row).words),
        (gettext("Lần gửi cuối"), lambda row: row.last_seen),
        (gettext("Kỳ nhật ký"), lambda row: row.epoch),
        (gettext("Số kỳ"), lambda row: row.epochs),
        (gettext("Bản ghi đã nhận"), lambda row: row.high_water),
        (gettext("Còn thiếu"), lambda row: row.missing),
        (gettext("Chờ gửi"), lambda row: row.queued),
        (gettext("Để riêng"), lambda row: row.aside),
        (gettext("Cảnh báo chưa xem"), lambda row: row.open_alarms),
        (
            gettext("Danh sách thẻ số"),
            lambda row: row.list_number and str(int(row.list_number, 16)),
        ),
        (gettext("Danh sách thẻ ngày"), lambda row: row.list_at),
        (gettext("Giờ"), lambda row: row.quality and gettext(labels.QUALITIES[row.quality])),
        (gettext("Lệch giờ (giây)"), lambda row: _seconds(row.offset)),
        (gettext("Phiên bản"), lambda row: row.version),
    ]
    at = desk().clock()
    rows = questions.terminals(
        desk().database,
        at,
        asked.today(),
        show=_which(default=Show.ALL),
        sought=asked.sought(),
        limit=MAX_EXPORT,
    )
    return table_file(form, "cac-tram", columns, rows, at)


@bp.get("/tram/<terminal>")
@needs(Act.FLEET)
def terminal(terminal: str) -> str:
    """Show one terminal: its epochs, alarms, what was set aside."""
    database, at = desk().database, desk().clock()
    rows = questions.terminals(database, at, asked.today(), only=terminal)
    if not rows:
        abort(404)
    with database.reading() as connection:
        registered = registry.find(connection, terminal)
    return show(
        "centre/terminal.html",
        registered=registered,
        row=rows[0],
        held=questions.epochs(database, terminal),
        alarms=warnings.alarms(database, terminal=terminal),
        aside=warnings.aside(database, terminal=terminal),
        bundles=support.kept(database, terminal),
        condition=condition,
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """How a terminal is: how it looks (data-state, sign), in words, and what to do, if anything."""

    state: str
    sign: str
    words: str
    advice: str = ""


def condition(row: TerminalRow) -> Condition:
    """Return how a terminal is: the worst thing first."""
    silent = desk().clock() - local(row.last_seen)
    if row.open_alarms:
        words = gettext("%(count)s cảnh báo", count=row.open_alarms)
        return Condition("fault", "alert", words, gettext("Gọi trạm, xem cảnh báo"))
    if row.aside:
        words = gettext("%(count)s bản ghi để riêng", count=row.aside)
        return Condition("unconfirmed", "attend", words, gettext("Mở bản ghi để riêng"))
    if silent > SILENT:
        words = gettext("Im %(span)s", span=language.span(silent))
        return Condition("unconfirmed", "attend", words, gettext("Cử người mang USB"))
    if row.offset is not None and abs(row.offset) > WRONG_CLOCK:
        words = gettext("Sai giờ thiết bị")
        return Condition("unconfirmed", "attend", words, gettext("Đặt lại giờ ở bàn thư ký"))
    if row.missing:
        words = gettext("Đang về: thiếu %(count)s số", count=row.missing)
        return Condition("busy", "busy", words)
    return Condition("accepted", "accepted", gettext("Bình thường"))


def _seconds(span: timedelta | None) -> Cell:
    return None if span is None else round(span.total_seconds())


def _which(default: Show) -> Show:
    given = request.args.get("loc", "")
    return Show(given) if given in frozenset(Show) else default


def _evenings() -> tuple[charts.Bar, ...]:
    today = asked.today()
    first = date.fromisoformat(today) - timedelta(days=EVENINGS - 1)
    period = Period(first.isoformat(), today)
    times = gatherings.by_time(desk().database, period, monthly=False)
    sums = {one.key: one.present for one in times}
    kinds = ["v"] * (EVENINGS - FRESH_EVENINGS) + ["v2"] * FRESH_EVENINGS
    return charts.standing(
        [
            (str(day.day), sums.get(day.isoformat(), 0), kind)
            for day, kind in zip(period.days(), kinds, strict=True)
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
