"""How old a list is, what that counts for, and whether it is proved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crl.status import Answer, Status
from verify.freshness import Standing, Tier, standing, tier, tier_of
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT, Freshness

LIMITS = DEFAULT.card_status
DAY = timedelta(days=1)
ISSUED = datetime(2026, 11, 1, tzinfo=UTC)
NEVER = ISSUED + 10_000 * DAY

spans = st.timedeltas(timedelta(seconds=1), 400 * DAY)
limits = st.builds(lambda fresh, more: Freshness(fresh, fresh + more), spans, spans)
ages = st.timedeltas(-400 * DAY, 1000 * DAY)
times = ages.map(lambda age: ISSUED + age)
qualities = st.sampled_from(TimeQuality)


@pytest.mark.parametrize(
    ("age", "tier_then"),
    [
        (-DAY, Tier.FRESH),
        (timedelta(0), Tier.FRESH),
        (10 * DAY, Tier.FRESH),
        (10 * DAY + timedelta(seconds=1), Tier.GRACE),
        (100 * DAY, Tier.GRACE),
        (100 * DAY + timedelta(seconds=1), Tier.REFUSE),
    ],
)
def test_ten_days_and_a_hundred(age: timedelta, tier_then: Tier) -> None:
    """The defaults, to the second."""
    assert tier(ISSUED, NEVER, ISSUED + age, LIMITS) is tier_then


def test_past_its_next_update() -> None:
    """A list that its issuer calls outdated is not fresh, however young."""
    soon = ISSUED + DAY
    assert tier(ISSUED, soon, soon, LIMITS) is Tier.FRESH
    assert tier(ISSUED, soon, soon + timedelta(seconds=1), LIMITS) is Tier.GRACE


def test_kinds_have_limits_of_their_own() -> None:
    """One policy may give certificate lists and card lists different tiers."""
    short = Freshness(DAY, 2 * DAY)
    at = ISSUED + 5 * DAY
    assert tier(ISSUED, NEVER, at, LIMITS) is Tier.FRESH
    assert tier(ISSUED, NEVER, at, short) is Tier.REFUSE


@given(limits=limits, next_update=times, one=times, other=times)
def test_a_list_never_grows_younger(
    limits: Freshness, next_update: datetime, one: datetime, other: datetime
) -> None:
    """Later is never better; a newer nextUpdate is never worse; each tier starts at its limit."""
    early, late = sorted((one, other))
    assert tier(ISSUED, next_update, early, limits) <= tier(ISSUED, next_update, late, limits)
    assert tier(ISSUED, next_update + DAY, late, limits) <= tier(ISSUED, next_update, late, limits)
    found = tier(ISSUED, next_update, late, limits)
    assert (found is Tier.REFUSE) is (late - ISSUED > limits.grace)
    if found is Tier.FRESH:
        assert late - ISSUED <= limits.fresh
        assert late <= next_update


@given(
    status=st.sampled_from([Status.GOOD, Status.STALE]),
    age=ages,
    next_update=times,
    limits=limits,
)
def test_an_answer_is_never_better_than_its_dates(
    status: Status, age: timedelta, next_update: datetime, limits: Freshness
) -> None:
    """Whoever looked it up: GOOD from an old list counts as old, STALE never counts as fresh."""
    answer = Answer(status, None, None, 7, ISSUED, next_update, age)
    found = tier_of(answer, limits)
    assert found >= tier(ISSUED, next_update, ISSUED + age, limits)
    assert (found is Tier.FRESH) <= (status is Status.GOOD)


def test_an_answer_without_dates() -> None:
    """Counts for nothing."""
    assert tier_of(Answer(Status.GOOD), LIMITS) is Tier.REFUSE


@pytest.mark.parametrize(
    ("quality", "at", "floor", "known"),
    [
        (TimeQuality.SYNCHRONISED, 5, 0, Standing.FRESH),
        (TimeQuality.HELD, 5, 0, Standing.FRESH),
        (TimeQuality.FLOOR_ONLY, 5, 5, Standing.UNPROVED),
        (TimeQuality.FLOOR_ONLY, 11, 11, Standing.STALE),
        (TimeQuality.FLOOR_ONLY, 101, 101, Standing.TOO_OLD),
        (TimeQuality.FLOOR_ONLY, 11, 5, Standing.UNPROVED),
        (TimeQuality.SYNCHRONISED, 11, 0, Standing.STALE),
        (TimeQuality.SYNCHRONISED, 101, 0, Standing.TOO_OLD),
        (TimeQuality.HELD, 11, 5, Standing.UNPROVED),
        (TimeQuality.ASSERTED, 101, 5, Standing.UNPROVED),
        (TimeQuality.HELD, 11, 11, Standing.STALE),
        (TimeQuality.HELD, 101, 11, Standing.STALE),
    ],
)
def test_what_is_proved(quality: TimeQuality, at: int, floor: int, known: Standing) -> None:
    """The floor and a synchronised clock prove that a list is stale; nothing else does.

    A clock that is only a floor never proves one fresh: it only fails to prove it stale.
    """
    moment = Moment(ISSUED + at * DAY, quality)
    assert standing(ISSUED, NEVER, moment, ISSUED + floor * DAY, LIMITS) is known


@given(quality=qualities, at=times, behind=spans, next_update=times, limits=limits)
def test_proofs(
    quality: TimeQuality, at: datetime, behind: timedelta, next_update: datetime, limits: Freshness
) -> None:
    """Stale is said only by a time that is certain, fresh only by a clock that is known."""
    floor = at - behind
    known = standing(ISSUED, next_update, Moment(at, quality), floor, limits)
    now, least = tier(ISSUED, next_update, at, limits), tier(ISSUED, next_update, floor, limits)
    if known is Standing.FRESH:
        assert now is Tier.FRESH
        assert quality is not TimeQuality.FLOOR_ONLY
    if known in (Standing.STALE, Standing.TOO_OLD):
        assert least is not Tier.FRESH or quality is TimeQuality.SYNCHRONISED
    if least is Tier.REFUSE:
        assert known is Standing.TOO_OLD
    if quality is TimeQuality.FLOOR_ONLY:
        assert known is not Standing.FRESH
