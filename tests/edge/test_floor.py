"""The floor under the clock, as rules: what moves it, and what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.floor import (
    BUILD_TIME,
    MAX_ADVANCE,
    MAX_SEEN,
    Floor,
    advanced,
    anchored,
    corrected,
    effective,
    merged,
)
from provisioning.office.trust import sign_time_correction
from verify import jws
from verify.correction import TYP, TimeCorrection
from verify.errors import CorrectionRefused
from verify.moment import TimeQuality
from verify.trust import TYP as TRUST_LIST

moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))
floors = st.builds(
    Floor,
    at=moments.map(lambda at: max(BUILD_TIME, at)),
    seen=st.frozensets(moments, max_size=4),
    correction=st.integers(0, 5),
)
corrections = st.builds(TimeCorrection, number=st.integers(1, 6), latest=moments)
T = datetime(2026, 11, 20, tzinfo=UTC)
YEAR = timedelta(days=365)


@given(system=moments, floor=moments, synchronised=st.booleans(), held=st.booleans())
def test_time_is_never_before_the_floor(
    system: datetime, floor: datetime, synchronised: bool, held: bool
) -> None:
    """Effective time is the later of clock and floor; behind the floor no clock is believed."""
    moment = effective(system, floor, synchronised=synchronised, held=held)
    assert moment.at == max(system, floor)
    if system < floor:
        assert moment.quality is TimeQuality.FLOOR_ONLY
    if moment.quality is TimeQuality.SYNCHRONISED:
        assert synchronised


@given(floor=floors, seen=moments)
def test_one_list_moves_the_floor_forward_and_not_too_far(floor: Floor, seen: datetime) -> None:
    """Never back, by at most the cap, never past the list's own date."""
    after = advanced(floor, seen)
    assert floor.at <= after.at <= floor.at + MAX_ADVANCE
    assert after.at <= max(floor.at, seen)


@given(floor=floors, seen=moments, times=st.integers(2, 5))
def test_one_list_counts_once(floor: Floor, seen: datetime, times: int) -> None:
    """Seen again at every start, a list from the future does not creep on."""
    once = advanced(floor, seen)
    again = once
    for _ in range(times):
        again = advanced(again, seen)
    assert again == once


@given(floor=floors, signed=moments)
def test_time_that_the_centre_signed(floor: Floor, signed: datetime) -> None:
    """Over our nonce: forward without a cap, never back."""
    assert anchored(floor, signed).at == max(floor.at, signed)


@given(floor=floors, correction=corrections)
def test_only_a_new_correction_lowers_the_floor(floor: Floor, correction: TimeCorrection) -> None:
    """Down to its time and not below this version's build; never up; each number once."""
    if correction.number <= floor.correction:
        with pytest.raises(CorrectionRefused):
            corrected(floor, correction)
        return
    after = corrected(floor, correction)
    assert after.at == max(BUILD_TIME, min(floor.at, correction.latest))
    assert after.at <= floor.at
    with pytest.raises(CorrectionRefused):
        corrected(after, correction)


@given(
    steps=st.lists(st.one_of(moments, st.tuples(moments)), max_size=30),
    correction=st.none() | corrections,
    where=st.integers(0, 30),
)
def test_any_history(
    steps: list[datetime | tuple[datetime]], correction: TimeCorrection | None, where: int
) -> None:
    """Whatever lists and signed times come in whatever order, only the correction goes back."""
    floor = Floor()
    for number, step in enumerate(steps):
        before = floor
        if correction is not None and number == where:
            floor = corrected(floor, correction)
            assert floor.at <= max(BUILD_TIME, correction.latest)
            before = floor
        floor = anchored(floor, *step) if isinstance(step, tuple) else advanced(floor, step)
        assert floor.at >= before.at
    assert len(floor.seen) <= MAX_SEEN


@given(one=floors, other=floors)
def test_two_memories_of_one_floor(one: Floor, other: Floor) -> None:
    """They agree whoever asks; the later correction's floor stands, else the higher."""
    both = merged(one, other)
    assert both == merged(other, one)
    if one.correction == other.correction:
        assert both.at == max(one.at, other.at)
    assert both.correction == max(one.correction, other.correction)


@pytest.mark.parametrize("order", [1, -1])
def test_lists_from_the_future_after_a_correction(order: int) -> None:
    """Those that pushed the floor ahead do not do it again, whichever came first."""
    bad = [T + timedelta(days=200), T + timedelta(days=100)][::order]
    floor = advanced(Floor(), T)
    for this_update in bad:
        floor = advanced(floor, this_update)
    floor = corrected(floor, TimeCorrection(1, T + timedelta(days=2)))
    for this_update in [*bad, T]:
        floor = advanced(floor, this_update)
    assert floor.at == T + timedelta(days=2)
    later = T + timedelta(days=30)
    assert advanced(floor, later).at == later


def test_a_correction_on_a_terminal_that_needs_none() -> None:
    """It changes nothing but the number: one correction may go to everybody."""
    floor = advanced(Floor(), T)
    after = corrected(floor, TimeCorrection(1, T + YEAR))
    assert after == replace(floor, correction=1)


KEY = ec.generate_private_key(ec.SECP256R1())
CORRECTION = TimeCorrection(3, T)


def test_a_signed_correction() -> None:
    """What the root signed is what the terminal reads."""
    compact = sign_time_correction(CORRECTION, KEY)
    assert TimeCorrection.from_compact(compact, KEY.public_key()) == CORRECTION


def test_a_correction_that_another_key_signed() -> None:
    """Only the root may turn time back."""
    compact = sign_time_correction(CORRECTION, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(CorrectionRefused):
        TimeCorrection.from_compact(compact, KEY.public_key())


def test_another_object_of_the_root() -> None:
    """A trust list with a correction's members is no correction."""
    compact = jws.sign(CORRECTION.to_payload(), typ=TRUST_LIST, key=KEY)
    with pytest.raises(CorrectionRefused):
        TimeCorrection.from_compact(compact, KEY.public_key())


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"number": 0},
        {"number": True},
        {"number": "3"},
        {"number": -1},
        {"latest": "2026-11-20"},
        {"latest": "2026-11-20T00:00:00+07:00"},
        {"latest": 5},
        {"latest": None},
        {"more": 1},
    ],
)
def test_a_correction_that_is_malformed(change: dict[str, object]) -> None:
    """Signed or not, it is refused whole."""
    compact = jws.sign({**CORRECTION.to_payload(), **change}, typ=TYP, key=KEY)
    with pytest.raises(CorrectionRefused):
        TimeCorrection.from_compact(compact, KEY.public_key())


@given(text=st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.decode("latin-1")))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_bytes_that_are_no_correction(text: str) -> None:
    """Refused with our own error."""
    with pytest.raises(CorrectionRefused):
        TimeCorrection.from_compact(text, KEY.public_key())


def test_corrections_that_nobody_can_issue() -> None:
    """A number out of range, a time not in whole seconds of UTC."""
    for number, latest in [
        (0, T),
        (1 << 53, T),
        (1, T.replace(microsecond=1)),
        (1, T.replace(tzinfo=None)),
    ]:
        with pytest.raises(ValueError, match="correction"):
            TimeCorrection(number, latest)


def test_card_dates_are_no_argument() -> None:
    """No rule of the floor takes a card, a document signer or a date of theirs."""
    takes = {name for rule in (advanced, anchored, corrected) for name in rule.__annotations__}
    assert takes == {"floor", "this_update", "signed", "correction", "return"}
