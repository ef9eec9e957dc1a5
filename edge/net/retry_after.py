"""When a server that is busy wants to be asked again.

Lives here: the header `Retry-After`, in both its forms. Not here: how the wait is spread
(`edge.sync.repeat`). Source: RFC 9110 sections 5.6.7 and 10.2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0
"""Seconds; whoever says more, or says it by mistake, is asked again after an hour."""
MAX_DIGITS = 9


def retry_after(headers: Mapping[str, str], at: datetime) -> float | None:
    """Return the seconds to wait, 0 to LONGEST; None where nothing usable is said.

    A date counts from the answer's own `Date`, so that neither side's wrong clock matters; from
    `at` (UTC) only where the answer has none. Header names are in lower case.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return LONGEST if len(text) > MAX_DIGITS else min(float(text), LONGEST)
    until = _date(text)
    if until is None:
        return None
    said = _date(headers.get("date", ""))
    seconds = (until - (at if said is None else said)).total_seconds()
    return min(max(seconds, 0.0), LONGEST)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
