"""What lamp and buzzer do, checked as data."""

from __future__ import annotations

import pytest

from edge.signals.patterns import DARK, LAMP, RED, SOUND, LampPattern, Signal
from edge.tap.scene import SceneState


def test_signals_are_named_as_the_scenes() -> None:
    """The service maps one to the other by value."""
    assert {s.value for s in Signal} == {s.value for s in SceneState}


def test_every_signal_has_a_lamp_and_a_sound() -> None:
    """Silence is a choice, not an omission."""
    assert set(LAMP) == set(SOUND) == set(Signal)


def test_refused_and_unexpected_cannot_be_told_apart() -> None:
    """The room must not learn why somebody is sent to the secretary."""
    assert LAMP[Signal.REFUSED] == LAMP[Signal.UNEXPECTED]
    assert SOUND[Signal.REFUSED] == SOUND[Signal.UNEXPECTED]
    assert LAMP[Signal.REFUSED].lights[0].colour == RED


def test_outcomes_differ_in_more_than_colour() -> None:
    """Whoever cannot tell green from red knows by rhythm, brightness or tone."""
    looks = {
        (tuple((light.seconds, light.colour == DARK) for light in LAMP[s].lights), SOUND[s])
        for s in Signal
        if s not in (Signal.IDLE, Signal.HOLD, Signal.UNEXPECTED)  # idle is dim, hold is bright
    }
    assert len(looks) == len(Signal) - 3


@pytest.mark.parametrize("signal", Signal)
def test_nothing_blinks_faster_than_2_hz(signal: Signal) -> None:
    """Half a second at least from one flash to the next: safe for everybody."""
    for gap in _seconds_between_flashes(LAMP[signal]):
        assert gap >= 0.5


def _seconds_between_flashes(pattern: LampPattern) -> list[float]:
    lights = pattern.lights * (2 if pattern.again else 1)
    gaps: list[float] = []
    since: float | None = None
    for light in lights:
        if light.colour != DARK:
            if since is not None:
                gaps.append(since)
            since = 0.0
        if since is not None and light.seconds is not None:
            since += light.seconds
    return gaps


@pytest.mark.parametrize("signal", Signal)
def test_tones_can_be_heard_and_end(signal: Signal) -> None:
    """500 to 2000 Hz, and about a second at most."""
    for tone in SOUND[signal]:
        assert tone.hertz is None or 500 <= tone.hertz <= 2000
    assert sum(tone.seconds for tone in SOUND[signal]) <= 1.01
