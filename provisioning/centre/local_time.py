"""Vietnam's time, by which the centre's people live and its meetings have their days.

Lives here: from a moment to the time and the day there, and back. Not here: how either
looks on a page (`pages.language`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def local(at: datetime | str) -> datetime:
    """Return a time, or RFC 3339 text, in Vietnam's time."""
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found.astimezone(HANOI)


def day_of(at: datetime | str) -> str:
    """Return the day of a time in Vietnam, as ISO text."""
    return local(at).date().isoformat()


def begin_of(day: str) -> datetime:
    """Return when a day begins in Vietnam, in UTC. `day`: ISO text."""
    return datetime.combine(date.fromisoformat(day), time(), HANOI).astimezone(UTC)
