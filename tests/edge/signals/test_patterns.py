"""What lamp and buzzer do, checked as data."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pytest

from edge.signals.patterns import (
    AMBER,
    DARK,
    DIM_WHITE,
    GREEN,
    LAMP,
    ONE_COLOUR,
    RED,
    SOUND,
    WHITE,
    Colour,
    LampPattern,
    Signal,
)
from edge.tap.scene import SceneState


def test_signals_are_named_as_the_scenes() -> None:
    """The service maps one to the other by value; leaving is a kind of `already` on the screen.

    The others answer the status button, which has a page of its own.
    """
    more = {"leaving", "checking", "well", "attend", "unwell"}
    assert {s.value for s in Signal} == {s.value for s in SceneState} | more


def test_every_signal_has_a_lamp_and_a_sound() -> None:
    """Silence is a choice, not an omission."""
    assert set(LAMP) == set(ONE_COLOUR) == set(SOUND) == set(Signal)


def test_refused_and_unexpected_cannot_be_told_apart() -> None:
    """The room must not learn why somebody is sent to the secretary."""
    for lamp in (LAMP, ONE_COLOUR):
        assert lamp[Signal.REFUSED] == lamp[Signal.UNEXPECTED]
    assert SOUND[Signal.REFUSED] == SOUND[Signal.UNEXPECTED]
    assert LAMP[Signal.REFUSED].lights[0].colour == RED


PAIRS = list(combinations((s for s in Signal if s is not Signal.UNEXPECTED), 2))


def _beat(pattern: LampPattern) -> object:
    """Return what a camera without colour and without a microphone sees."""
    lights = tuple((max(light.colour), light.seconds) for light in pattern.lights)
    return lights, pattern.again


@pytest.mark.parametrize("lamp", [LAMP, ONE_COLOUR], ids=["three colours", "one colour"])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_outcomes_differ_without_colour_and_without_sound(
    one: Signal, other: Signal, lamp: Mapping[Signal, LampPattern]
) -> None:
    """Whoever cannot tell green from red, at a silent terminal, knows by rhythm or brightness."""
    assert _beat(lamp[one]) != _beat(lamp[other])


def test_a_lamp_of_one_colour_is_steady_for_a_while_only_for_somebody_present() -> None:
    """Two seconds and three are no difference to an eye: a refusal blinks there."""
    steady = [
        signal
        for signal, pattern in ONE_COLOUR.items()
        if len(pattern.lights) == 1 and pattern.lights[0].seconds is not None
    ]
    assert steady == [Signal.ACCEPTED]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_outcomes_that_sound_are_told_apart_by_ear(one: Signal, other: Signal) -> None:
    """Except that a terminal out of order and a locked one call alike: both mean the machine."""
    if SOUND[one] and {one, other} != {Signal.FAULT, Signal.LOCKED}:
        assert SOUND[one] != SOUND[other]


# The outcome table of the screens: colour first seen, seconds of one round, tones.
TABLE = [
    (Signal.IDLE, DIM_WHITE, None, []),
    (Signal.HOLD, AMBER, None, []),
    (Signal.CHOOSE, AMBER, 1.0, [(700, 0.15)]),
    (Signal.ACCEPTED, GREEN, 2.0, [(1500, 0.12)]),
    (Signal.ALREADY, GREEN, 0.75, [(1500, 0.12)] * 2),
    (Signal.UNCONFIRMED, AMBER, 2.0, [(1000, 0.12)] * 3),
    (Signal.REFUSED, RED, 3.0, [(500, 0.6)]),
    (Signal.UNEXPECTED, RED, 3.0, [(500, 0.6)]),
    (Signal.BUSY, WHITE, 1.0, []),
    (Signal.FAULT, RED, 1.0, [(500, 0.2)] * 3),
    (Signal.LOCKED, RED, 2.0, [(500, 0.2)] * 3),
    (Signal.LEAVING, GREEN, 1.75, [(1500, 0.12), (1000, 0.24)]),
    (Signal.CHECKING, WHITE, 2.0, [(1000, 0.15)]),
    (Signal.WELL, GREEN, 2.0, [(1000, 0.12), (1500, 0.24)]),
    (Signal.ATTEND, AMBER, 3.0, [(1000, 0.12)] * 2),
    (Signal.UNWELL, RED, 4.0, [(700, 0.2)] * 3),
]


@pytest.mark.parametrize(("signal", "colour", "seconds", "tones"), TABLE)
def test_the_outcome_table(
    signal: Signal, colour: Colour, seconds: float | None, tones: list[tuple[float, float]]
) -> None:
    """Each row: its colour and no other, the length of its round, its tones."""
    lights = LAMP[signal].lights
    assert lights[0].colour == colour
    assert {light.colour for light in lights} <= {colour, DARK}
    lasting = [light.seconds for light in lights if light.seconds is not None]
    assert (sum(lasting) if len(lasting) == len(lights) else None) == seconds
    heard = [(tone.hertz, tone.seconds) for tone in SOUND[signal] if tone.hertz is not None]
    assert heard == tones
    assert LAMP[signal].again == (signal in GO_ON)


BLINKING = {Signal.CHOOSE, Signal.UNCONFIRMED, Signal.BUSY, Signal.FAULT, Signal.LOCKED}
GO_ON = BLINKING | {Signal.CHECKING, Signal.WELL, Signal.ATTEND, Signal.UNWELL}
"""What blinks until something else happens."""


def test_the_table_names_every_signal() -> None:
    """A new outcome cannot be forgotten here."""
    assert [row[0] for row in TABLE] == list(Signal)


@pytest.mark.parametrize("lamp", [LAMP, ONE_COLOUR], ids=["three colours", "one colour"])
@pytest.mark.parametrize("signal", Signal)
def test_nothing_blinks_faster_than_2_hz(
    signal: Signal, lamp: Mapping[Signal, LampPattern]
) -> None:
    """Half a second at least from one flash to the next: safe for everybody."""
    for gap in _seconds_between_flashes(lamp[signal]):
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
