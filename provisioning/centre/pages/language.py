"""The language of a page, and how times and figures look in it: always in Vietnam's time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Response, request
from flask_babel import get_locale, gettext, ngettext

from provisioning.centre.local_time import local

LANGUAGES = ("vi", "en")
COOKIE = "lang"
COOKIE_AGE = 365 * 24 * 3600  # seconds


def chosen() -> str:
    """Return the language that was asked for: by the address, by the cookie, Vietnamese."""
    for given in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if given in LANGUAGES:
            return given
    return LANGUAGES[0]


def remember(response: Response) -> Response:
    """Keep the language where the address asks for one."""
    given = request.args.get("lang")
    if given in LANGUAGES:
        response.set_cookie(
            COOKIE, given, max_age=COOKIE_AGE, httponly=True, samesite="Lax", path="/"
        )
    return response


def language() -> str:
    """Return the language of this request, `vi` or `en`."""
    return str(get_locale() or "vi")


def mark(text: str) -> str:
    """Return the text: it stands in a table and is translated where it is shown."""
    return text


def day(at: datetime | str) -> str:
    """05/11/2026, in English 5 Nov 2026."""
    pattern = "d MMM y" if language() == "en" else "dd/MM/y"
    return format_date(local(at), pattern, locale=language())


def short_day(at: datetime | str) -> str:
    """05/11, in English 5 Nov."""
    pattern = "d MMM" if language() == "en" else "dd/MM"
    return format_date(local(at), pattern, locale=language())


def iso_day(text: str) -> str:
    """05/11/2026 of `2026-11-05`, 11/2026 of `2026-11`; in English 5 Nov 2026, Nov 2026."""
    whole = len(text) > len("2026-11")
    at = date.fromisoformat(text if whole else f"{text}-01")
    if language() == "en":
        return format_date(at, "d MMM y" if whole else "MMM y", locale="en")
    return format_date(at, "dd/MM/y" if whole else "MM/y", locale="vi")


def clock(at: datetime | str) -> str:
    """19:04."""
    return f"{local(at):%H:%M}"


def when(at: datetime | str, now: datetime) -> str:
    """Hôm nay 07:12; 02/11 19:40; with the year where it is another one."""
    found, today = local(at), local(now)
    if found.date() == today.date():
        return str(gettext("hôm nay %(clock)s", clock=clock(found)))
    if found.year == today.year:
        return f"{short_day(found)} {clock(found)}"
    return f"{day(found)} {clock(found)}"


def number(value: float) -> str:
    """1.204, in English 1,204."""
    return format_decimal(value, locale=language())


def span(past: timedelta) -> str:
    """6 ngày, 3 giờ, 5 phút: one whole unit, the largest that fits; 40 giây under a minute."""
    if past >= timedelta(days=1):
        return str(ngettext("%(num)d ngày", "%(num)d ngày", past.days))
    if past >= timedelta(hours=1):
        hours = past // timedelta(hours=1)
        return str(ngettext("%(num)d giờ", "%(num)d giờ", hours))
    if past >= timedelta(minutes=1):
        minutes = past // timedelta(minutes=1)
        return str(ngettext("%(num)d phút", "%(num)d phút", minutes))
    seconds = max(0, past // timedelta(seconds=1))
    return str(ngettext("%(num)d giây", "%(num)d giây", seconds))
