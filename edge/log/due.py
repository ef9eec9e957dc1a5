"""When the key of a context is due to be destroyed: a rule over values.

Lives here: the rule. Not here: destroying (`append`, `keys`), the secretary who says that all is
done (`edge.meeting.sheets`), which destroys it at once.
Design: DESIGN section 8: at the signed close plus export, or after 30 days. An export is one form
of one sheet, and others are wanted too: the key goes a day after it (docs/adr/0012).

A clock that somebody typed in, or that has only a floor, runs behind until it is set. So an age
between two times counts only where both were known equally well: a context opened under a poor
clock counts from the first time that a good one is there, and not from a date that was wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from verify.moment import Moment, TimeQuality

KEPT = timedelta(days=30)
"""How long names are kept on the terminal at most."""
TAKING_ALONG = timedelta(days=1)
"""How long after the first export other forms and sheets can be had."""

_GOOD = frozenset({TimeQuality.SYNCHRONISED, TimeQuality.HELD})


@dataclass(frozen=True, slots=True)
class ContextState:
    """A context whose key lives, or that is open. `exported`: when first, after it was closed.

    `counted`: from when its age counts, where a good clock came later than the opening.
    `in_use`: something was written to it lately, by a clock that cannot jump.
    """

    context: str
    opened: Moment
    closed: bool
    exported: Moment | None
    has_key: bool
    counted: datetime | None = None
    in_use: bool = False


class Act(Enum):
    """What is due."""

    DESTROY = auto()
    EXPIRE = auto()
    """Close it, then destroy its key."""
    CLOSE = auto()
    """Close it: its key is gone already."""
    COUNT = auto()
    """Remember that its age counts from now."""


def due(contexts: Iterable[ContextState], now: Moment) -> tuple[tuple[str, Act], ...]:
    """Return what is to be done at `now`, in the order of the contexts."""
    acts = ((state.context, _act(state, now)) for state in contexts)
    return tuple((context, act) for context, act in acts if act is not None)


def _act(state: ContextState, now: Moment) -> Act | None:
    if not state.has_key:
        return None if state.closed else Act.CLOSE
    if state.closed and _taken_along(state, now):
        return Act.DESTROY
    since = state.counted or state.opened.at
    if state.counted is None and now.quality in _GOOD and state.opened.quality not in _GOOD:
        return Act.COUNT
    if now.at - since < KEPT or (state.in_use and not state.closed):
        return None
    return Act.DESTROY if state.closed else Act.EXPIRE


def _taken_along(state: ContextState, now: Moment) -> bool:
    """Return whether the first export is long enough ago, by clocks known equally well."""
    if state.exported is None:
        return False
    known = (state.exported.quality in _GOOD) is (now.quality in _GOOD)
    return known and now.at - state.exported.at >= TAKING_ALONG
