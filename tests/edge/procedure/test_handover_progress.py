"""How far an organisation is, and whether it will be done by its date at the pace so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from edge.procedure.handover import Fact, fold
from edge.procedure.handover_batch import Delivered
from edge.procedure.handover_progress import Pace, judge, progress
from edge.wire.kinds import EventKind, HandoverOutcome

from .batch_made import AT, AYUN, DO, TARGET, TODAY, batch

BEGUN = date(2026, 11, 1)
D10 = date(2026, 11, 10)
D30 = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("left", "delivered", "days", "today", "says"),
    [
        (0, 27, 3, D10, (Pace.DONE, 0)),
        (0, 27, 3, date(2026, 12, 9), (Pace.DONE, 0)),
        (5, 32, 4, date(2026, 12, 1), (Pace.OVERDUE, 0)),
        (37, 0, 0, D10, (Pace.NOT_BEGUN, 0)),
        # 8 a day on 4 days of 10: one more day needed, 8 to come.
        (6, 32, 4, D10, (Pace.ON_TIME, 0)),
        # 9 on the one day of 10: 3 more needed, 2 to come.
        (25, 9, 1, D10, (Pace.LATE, 1)),
        # 10 a day on 2 days: 5 needed, 4 to come.
        (47, 20, 2, D10, (Pace.LATE, 1)),
        # the last day: none is to come after it.
        (1, 30, 10, D30, (Pace.LATE, 1)),
        (21, 10, 1, D30, (Pace.LATE, 3)),
    ],
)
def test_pace(left: int, delivered: int, days: int, today: date, says: tuple[Pace, int]) -> None:
    """Days that the pace needs against days that the rhythm still brings."""
    found = judge(left=left, delivered=delivered, days=days, begun=BEGUN, today=today, target=D30)
    assert found == says


def test_each_organisation_is_counted_by_itself() -> None:
    """Today's cards and those of days before, exceptions apart; all of it out of all cards."""
    gone = (Delivered("991000009", "o2", date(2026, 11, 20)),)
    running = replace(batch(), delivered=gone)
    facts = [
        Fact(1, EventKind.HANDED_OVER, AT, AYUN.id, HandoverOutcome.DELIVERED),
        Fact(2, EventKind.HANDED_OVER, AT, DO.id, HandoverOutcome.ABSENT),
    ]
    khoai, hoc = progress(running, fold(running, facts), TODAY)
    assert (khoai.total, khoai.delivered, khoai.exceptions, khoai.left) == (2, 1, 1, 1)
    assert khoai.pace is Pace.ON_TIME
    assert (hoc.total, hoc.delivered, hoc.exceptions) == (2, 1, 0)
    assert hoc.organisation.target == TARGET
