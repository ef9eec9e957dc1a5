"""The floor under the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.clock import BUILD_TIME, MAX_ADVANCE, Clock, advanced, effective
from verify.moment import TimeQuality

T = datetime(2026, 11, 20, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    timezones=st.just(UTC),
)


def _clock(folder: Path, system: datetime, *, synchronised: bool = False) -> Clock:
    return Clock(
        folder / "floor",
        system=lambda: system,
        synchronised=lambda: synchronised,
        held=lambda: True,
    )


def test_system_clock_behind_the_floor_is_not_believed() -> None:
    """A Pi that woke in 1970 lives at the floor, and says so."""
    moment = effective(datetime(1970, 1, 1, tzinfo=UTC), T, synchronised=True, held=True)
    assert (moment.at, moment.quality) == (T, TimeQuality.FLOOR_ONLY)


def test_nothing_kept_the_time_since_power_on() -> None:
    """Without battery clock and network the floor is all that is known."""
    assert effective(T, BUILD_TIME, synchronised=False, held=False).quality is (
        TimeQuality.FLOOR_ONLY
    )


@given(floor=moments, seen=moments)
def test_floor_never_goes_back_and_never_leaps(floor: datetime, seen: datetime) -> None:
    """One list moves the floor forward only, and by no more than the cap."""
    after = advanced(floor, seen)
    assert floor <= after <= floor + MAX_ADVANCE


def test_floor_survives_a_restart(tmp_path: Path) -> None:
    """What a verified list proved is still known after the power comes back."""
    _clock(tmp_path, T).saw_verified_list(T)
    again = _clock(tmp_path, datetime(1970, 1, 1, tzinfo=UTC))
    assert again.now().at == T


def test_floor_file_is_garbage(tmp_path: Path) -> None:
    """A damaged floor file falls back to the build time; the terminal starts."""
    (tmp_path / "floor").write_bytes(b"\xff{")
    assert _clock(tmp_path, T).floor == BUILD_TIME


def test_floor_cannot_be_written(tmp_path: Path) -> None:
    """A read-only disk does not stop the floor from counting until the next start."""
    clock = _clock(tmp_path / "absent", T)
    clock.saw_verified_list(T + timedelta(days=1))
    assert clock.floor == T + timedelta(days=1)
