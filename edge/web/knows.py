"""What the terminal cannot know now, in words with dates: the strip on every page.

Lives here: the sentences made of `StatusView`. Not here: what the status page advises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from crl.status import Purpose
from edge.web.filters import clock, number, short_day
from edge.web.terminal import ListAge, StatusView
from verify.freshness import Standing
from verify.moment import TimeQuality


@dataclass(frozen=True, slots=True)
class Knows:
    """The strip: the network first, then what follows from it."""

    online: bool
    network: str
    facts: tuple[str, ...]


def knows(status: StatusView) -> Knows:
    """Return the strip for this state, in the language of the request."""
    return Knows(
        online=status.online,
        network=_network(status),
        facts=(
            _cards(oldest(status.lists, Purpose.CARD_STATUS), status.now),
            clock_words(status.time_quality),
            _unsent(status.unsent),
        ),
    )


def oldest(lists: Sequence[ListAge], purpose: Purpose) -> ListAge | None:
    """Return the oldest list of a purpose: what it does not know, nobody here knows."""
    of_purpose = [entry for entry in lists if entry.purpose == purpose]
    return min(of_purpose, key=lambda entry: entry.this_update, default=None)


def clock_words(quality: TimeQuality) -> str:
    """Return how well the time is known."""
    match quality:
        case TimeQuality.SYNCHRONISED:
            return str(gettext("Giờ đã kiểm"))
        case TimeQuality.HELD:
            return str(gettext("Giờ chưa kiểm lại"))
        case TimeQuality.ASSERTED:
            return str(gettext("Giờ đặt tay"))
        case TimeQuality.FLOOR_ONLY:
            return str(gettext("Giờ có thể sai"))


def _network(status: StatusView) -> str:
    if status.online:
        return str(gettext("Trực tuyến"))
    if status.last_sync is None:
        return str(gettext("Chưa nối với trung tâm"))
    day = short_day(status.last_sync)
    since = clock(status.last_sync) if day == short_day(status.now) else day
    return str(gettext("Ngoại tuyến từ %(day)s", day=since))


def _cards(entry: ListAge | None, now: datetime) -> str:
    if entry is None:
        return str(gettext("Chưa có danh sách thẻ thu hồi"))
    of = short_day(entry.this_update)
    match entry.standing:
        case Standing.STALE | Standing.TOO_OLD:
            return str(gettext("Danh sách thẻ thu hồi %(day)s đã quá hạn", day=of))
        case Standing.UNPROVED:
            return str(gettext("Danh sách thẻ thu hồi %(day)s chưa chắc còn mới", day=of))
        case Standing.FRESH if of == short_day(now):
            return str(gettext("Danh sách thẻ thu hồi của hôm nay"))
        case Standing.FRESH:
            return str(gettext("Chưa biết thẻ báo mất từ %(day)s", day=of))


def _unsent(count: int) -> str:
    if count == 0:
        return str(gettext("Đã gửi hết"))
    return str(gettext("Chưa gửi: %(count)s", count=number(count)))
