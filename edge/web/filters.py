"""How times and figures look on screen, in the reader's language, always in Vietnam's time.

Lives here: formatting only; the clock is the terminal's (`StatusView.now`).
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale, gettext, ngettext

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def language() -> str:
    """Return the language of this request, `vi` or `en`."""
    return str(get_locale() or "vi")


def clock(at: datetime) -> str:
    """19:04."""
    return f"{at.astimezone(HANOI):%H:%M}"


def day(at: datetime) -> str:
    """05/11/2026, in English 5 Nov 2026."""
    return calendar(at.astimezone(HANOI).date())


def calendar(on: date) -> str:
    """30/11/2026, in English 30 Nov 2026, of a day on the calendar."""
    pattern = "d MMM y" if language() == "en" else "dd/MM/y"
    return format_date(on, pattern, locale=language())


def short_day(at: datetime) -> str:
    """05/11, in English 5 Nov."""
    pattern = "d MMM" if language() == "en" else "dd/MM"
    return format_date(at.astimezone(HANOI), pattern, locale=language())


def long_day(at: datetime) -> str:
    """Thứ Năm, 05/11/2026, in English Thursday, 5 Nov 2026."""
    weekday = format_date(at.astimezone(HANOI), "EEEE", locale=language())
    return f"{weekday}, {day(at)}"


def month(at: datetime) -> str:
    """11/2026, in English November 2026."""
    pattern = "MMMM y" if language() == "en" else "M/y"
    return format_date(at.astimezone(HANOI), pattern, locale=language())


def iso(at: datetime) -> str:
    """2026-11-05T19:04+07:00, for machines."""
    return at.astimezone(HANOI).isoformat(timespec="minutes")


def number(value: float) -> str:
    """1.204, in English 1,204."""
    return format_decimal(value, locale=language())


def share(tenths: int) -> str:
    """72,2 %, in English 72.2%, of `Figures.rate`."""
    figure = format_decimal(Decimal(tenths) / 10, format="0.#", locale=language())
    return f"{figure}%" if language() == "en" else f"{figure} %"


def age(past: timedelta) -> str:
    """6 ngày, 3 giờ: one whole unit, the largest that fits."""
    if past >= timedelta(days=1):
        return str(ngettext("%(num)d ngày", "%(num)d ngày", past.days))
    hours = past // timedelta(hours=1)
    if hours >= 1:
        return str(ngettext("%(num)d giờ", "%(num)d giờ", hours))
    return str(gettext("dưới 1 giờ"))


def span(seconds: float) -> str:
    """4 phút, 2 giờ 40 phút, 45 giây: what is left, never less than it is."""
    whole = math.ceil(seconds)
    if whole < 60:
        return str(ngettext("%(num)d giây", "%(num)d giây", whole))
    minutes = math.ceil(seconds / 60)
    hours, rest = divmod(minutes, 60)
    in_minutes = str(ngettext("%(num)d phút", "%(num)d phút", rest))
    if hours == 0:
        return in_minutes
    in_hours = str(ngettext("%(num)d giờ", "%(num)d giờ", hours))
    return f"{in_hours} {in_minutes}" if rest else in_hours


def install(app: Flask) -> None:
    """Make the formats known to the templates."""
    days = (day, calendar, short_day, long_day, month)
    for format_ in (clock, *days, iso, number, share, age, span):
        app.jinja_env.filters[format_.__name__] = format_
