"""The floor under the clock, as rules: what moves it, and what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251 -- hypothesis hands one in

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.floor import (
    BUILD_TIME,
    MAX_ADVANCE,
    MAX_SEEN,
    Floor,
    Sighting,
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
witnesses = st.sampled_from(["status", "csca", "foreign"])
sightings = st.builds(Sighting, at=moments, witness=witnesses)
corrections = st.builds(TimeCorrection, number=st.integers(1, 6), latest=moments)


@st.composite
def floors(draw: st.DrawFn) -> Floor:
    """Return a floor that some history left."""
    floor = Floor(correction=draw(st.integers(0, 5)))
    for step in draw(st.lists(st.one_of(moments, sightings), max_size=4)):
        floor = advanced(floor, step) if isinstance(step, Sighting) else anchored(floor, step)
    return floor


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


@given(floor=floors(), seen=sightings)
def test_one_list_moves_the_floor_forward_and_not_past_its_date(
    floor: Floor, seen: Sighting
) -> None:
    """Never back, and never past what some list, or the ground, says."""
    after = advanced(floor, seen)
    assert floor.at <= after.at <= max(floor.at, seen.at, *floor.said.values(), floor.ground)


@given(floor=floors(), dates=st.lists(moments, max_size=40))
def test_one_witness_moves_the_floor_by_the_cap_in_sum(floor: Floor, dates: list[datetime]) -> None:
    """However many lists, of whatever dates, in whatever order: not beyond what others say."""
    others = [at for witness, at in floor.said.items() if witness != "status"]
    ground = max([floor.ground, *others])
    after = floor
    for at in dates:
        after = advanced(after, Sighting(at, "status"))
        assert after.at <= max(floor.at, ground + MAX_ADVANCE)


@given(floor=floors(), steps=st.lists(sightings, max_size=40))
def test_no_witness_is_followed_further_than_the_next_one_and_the_cap(
    floor: Floor, steps: list[Sighting]
) -> None:
    """Without time bound to a nonce no sequence of lists does more."""
    after = floor
    for step in steps:
        after = advanced(after, step)
    second, first = sorted([after.ground, after.ground, *after.said.values()])[-2:]
    reached = min(first, max(second, after.ground) + MAX_ADVANCE)
    assert after.at == max(floor.at, reached)


@given(steps=st.lists(sightings, max_size=20), order=st.randoms(use_true_random=False))
def test_order_of_lists_does_not_matter(steps: list[Sighting], order: Random) -> None:
    """A terminal that lost its memory learns the same floor from the lists that it holds."""
    shuffled = list(steps)
    order.shuffle(shuffled)
    assert _after(steps) == _after(shuffled)


def _after(steps: list[Sighting]) -> Floor:
    floor = Floor()
    for step in steps:
        floor = advanced(floor, step)
    return floor


def test_terminal_that_is_fed_by_stick_for_years() -> None:
    """Never online, it follows the lists of its two signers month by month, and after a pause."""
    floor = Floor()
    for month in [*range(120), 150, 200]:
        now = T + month * timedelta(days=30)
        for witness in ("status", "csca"):
            floor = advanced(floor, Sighting(now, witness))
        assert floor.at == now


def test_signer_who_is_alone_for_years() -> None:
    """Stops at the cap; time bound to a nonce lets him go on by the cap again."""
    floor = Floor()
    for year in range(9):
        floor = advanced(floor, Sighting(T + year * YEAR, "status"))
    assert floor.at == BUILD_TIME + MAX_ADVANCE
    floor = anchored(floor, T + 5 * YEAR)
    assert floor.at == min(T + 5 * YEAR + MAX_ADVANCE, T + 8 * YEAR) == T + 5 * YEAR + MAX_ADVANCE


def test_key_that_was_stolen() -> None:
    """Five lists of one evening, each a year after the last, carry a terminal by the cap."""
    floor = _after([Sighting(T, "status"), Sighting(T, "csca")])
    for year in range(1, 6):
        floor = advanced(floor, Sighting(T + year * YEAR, "status"))
    assert floor.at == T + MAX_ADVANCE


@given(floor=floors(), seen=sightings, times=st.integers(2, 5))
def test_one_list_counts_once(floor: Floor, seen: Sighting, times: int) -> None:
    """Seen again at every start, a list from the future does not creep on."""
    once = advanced(floor, seen)
    again = once
    for _ in range(times):
        again = advanced(again, seen)
    assert again == once


@given(floor=floors(), signed=moments)
def test_time_that_the_centre_signed(floor: Floor, signed: datetime) -> None:
    """Over our nonce: forward without a cap, never back, and never past what lists say."""
    after = anchored(floor, signed)
    assert max(floor.at, signed) <= after.at <= max(floor.at, signed, *floor.said.values())


@given(floor=floors(), correction=corrections)
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
    steps=st.lists(st.one_of(moments, sightings), max_size=30),
    correction=st.none() | corrections,
    where=st.integers(0, 30),
)
def test_any_history(
    steps: list[datetime | Sighting], correction: TimeCorrection | None, where: int
) -> None:
    """Whatever lists and signed times come in whatever order, only the correction goes back."""
    floor = Floor()
    for number, step in enumerate(steps):
        before = floor
        if correction is not None and number == where:
            floor = corrected(floor, correction)
            assert floor.at <= max(BUILD_TIME, correction.latest)
            before = floor
        floor = advanced(floor, step) if isinstance(step, Sighting) else anchored(floor, step)
        assert floor.at >= before.at
    assert len(floor.seen) <= MAX_SEEN
    assert len(floor.said) <= MAX_SEEN


@given(one=floors(), other=floors())
def test_two_memories_of_one_floor(one: Floor, other: Floor) -> None:
    """They agree whoever asks; the later correction's floor stands, else the higher."""
    both = merged(one, other)
    assert both == merged(other, one)
    if one.correction == other.correction:
        assert both.at >= max(one.at, other.at)
    assert both.correction == max(one.correction, other.correction)


@pytest.mark.parametrize("order", [1, -1])
def test_lists_from_the_future_after_a_correction(order: int) -> None:
    """Those that pushed the floor ahead do not do it again, whichever came first."""
    dates = [T + timedelta(days=200), T + timedelta(days=100)][::order]
    bad = [Sighting(at, "status") for at in dates]
    floor = advanced(Floor(), Sighting(T, "status"))
    for one in bad:
        floor = advanced(floor, one)
    floor = corrected(floor, TimeCorrection(1, T + timedelta(days=2)))
    for one in [*bad, Sighting(T, "status")]:
        floor = advanced(floor, one)
    assert floor.at == T + timedelta(days=2)
    later = T + timedelta(days=30)
    assert advanced(floor, Sighting(later, "status")).at == later


def test_a_correction_on_a_terminal_that_needs_none() -> None:
    """It changes nothing but the number: one correction may go to everybody."""
    floor = advanced(Floor(), Sighting(T, "status"))
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
    assert takes == {"floor", "sighting", "signed", "correction", "return"}
