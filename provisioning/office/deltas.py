"""From which earlier lists deltas begin: those of a day, a week and a month ago.

Lives here: the choice. Not here: a delta's content (`entry_table`, `lists`) and its octets
(`signed_list`).
Source: DESIGN section 6; RFC 5280 section 5.2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

AGES = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""How far back deltas begin."""
SLACK = timedelta(hours=2)
"""A list of yesterday may be issued a little earlier in the day than today's."""


def bases(earlier: Mapping[int, datetime], this_update: datetime) -> set[int]:
    """Return the numbers of the lists on which deltas are made for a list of `this_update`.

    `earlier`: thisUpdate of each complete list before it, by number. For each age the newest list
    that is so old; the oldest where none is yet.
    """
    ordered = sorted(earlier, reverse=True)
    chosen = set()
    for age in AGES:
        old = [number for number in ordered if this_update - earlier[number] >= age - SLACK]
        chosen.update((old or ordered[-1:])[:1])
    return chosen
