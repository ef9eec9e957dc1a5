"""Lamp and buzzer on gpiozero's mock pins, and machines that have none."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from gpiozero import Device as GpioDevice
from gpiozero import GPIOPinInUse
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge.signals.buzzer import switched
from edge.signals.panel import SignalConfig, Signals, build_signals
from edge.signals.patterns import AMBER, DARK, GREEN, RED, SOUND, Colour, Light, Signal, Tone
from edge.signals.player import Player

CONFIG = SignalConfig(lamp_pins=(17, 27, 22), buzzer_pin=18)
SOON = 5.0  # seconds; far beyond what any thread here needs


class RecordingPin(MockPWMPin):  # type: ignore[misc]
    """gpiozero's mock pin, which also remembers each audible frequency with its duty."""

    def __init__(self, factory: Any, info: Any) -> None:
        self.tones: list[tuple[float, float]] = []
        super().__init__(factory, info)

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        if self._frequency is not None and value > 0:
            self.tones.append((self._frequency, round(value, 2)))


@pytest.fixture
def pins() -> Iterator[Any]:
    """Return a factory of mock PWM pins."""
    factory = MockFactory(pin_class=RecordingPin)
    yield factory
    factory.reset()


@pytest.fixture
def signals(pins: Any) -> Iterator[Signals]:
    """Return lamp and buzzer on mock pins."""
    built = build_signals(CONFIG, pins)
    yield built
    built.close()


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def _colour(pins: Any) -> Colour:
    red, green, blue = (round(pins.pin(n).state, 2) for n in (17, 27, 22))
    return red, green, blue


def _tones(pins: Any) -> list[tuple[float, float]]:
    """Return the (hertz, duty) that the buzzer was set to so far."""
    return list(pins.pin(18).tones)


def _silent(pins: Any) -> bool:
    return pins.pin(18).frequency is None


def test_green_for_a_member_and_one_short_tone(signals: Signals, pins: Any) -> None:
    """ACCEPTED lights green at once and sounds 1500 Hz; the tone ends by itself."""
    signals.show(Signal.ACCEPTED)
    _wait(lambda: _colour(pins) == GREEN)
    _wait(lambda: (1500, 0.5) in _tones(pins) and _silent(pins))


def test_newer_signal_replaces_the_older_at_once(signals: Signals, pins: Any) -> None:
    """The next card does not wait for the lamp."""
    signals.show(Signal.HOLD)
    _wait(lambda: _colour(pins) == AMBER)
    signals.show(Signal.REFUSED)
    _wait(lambda: _colour(pins) == RED and (500, 0.5) in _tones(pins))


def test_soft_tone_is_softer(signals: Signals, pins: Any) -> None:
    """CHOOSE asks, it does not call."""
    signals.show(Signal.CHOOSE)
    _wait(lambda: (700, 0.1) in _tones(pins))


def test_idle_lamp_is_dim_and_silent(signals: Signals, pins: Any) -> None:
    """The dim white says that the terminal lives."""
    signals.show(Signal.IDLE)
    _wait(lambda: _colour(pins) == (0.12, 0.12, 0.12))
    assert _tones(pins) == []


def test_blinking_goes_on_until_the_next_signal(signals: Signals, pins: Any) -> None:
    """FAULT: red, dark, red again."""
    signals.show(Signal.FAULT)
    red = pins.pin(17)
    _wait(lambda: [state for _, state in red.states[-3:]] == [1, 0, 1])


def test_close_leaves_lamp_dark_buzzer_silent_and_pins_free(pins: Any) -> None:
    """Nothing glows on after the service has ended."""
    built = build_signals(CONFIG, pins)
    built.show(Signal.HOLD)
    _wait(lambda: _colour(pins) == AMBER)
    built.close()
    again = build_signals(CONFIG, pins)
    assert len(again.devices) == 2
    again.close()


def test_silent_mode_has_a_lamp_and_no_buzzer(pins: Any) -> None:
    """A silent terminal still tells by light."""
    built = build_signals(replace(CONFIG, silent=True), pins)
    assert len(built.devices) == 1
    built.show(Signal.ACCEPTED)
    _wait(lambda: _colour(pins) == GREEN)
    assert _tones(pins) == []
    built.close()


def test_lamp_with_a_common_anode(pins: Any) -> None:
    """Each lead is turned round: amber is full red, part green, no blue; dark is all high."""
    built = build_signals(replace(CONFIG, lamp_anode=True), pins)
    built.show(Signal.HOLD)
    _wait(lambda: _colour(pins) == (0, 0.55, 1))
    built.show(Signal.ACCEPTED)
    _wait(lambda: _colour(pins) == (1, 0, 1))
    built.close()


def test_lamp_of_one_colour(pins: Any) -> None:
    """One pin: dim at rest, bright for a member, and a refusal blinks."""
    built = build_signals(SignalConfig(lamp_pins=(17,)), pins)
    lead = pins.pin(17)
    built.show(Signal.IDLE)
    _wait(lambda: round(lead.state, 2) == 0.12)
    built.show(Signal.ACCEPTED)
    _wait(lambda: lead.state == 1)
    built.show(Signal.REFUSED)
    _wait(lambda: [state for _, state in lead.states[-4:]] == [1, 0, 1, 0])
    built.close()


def test_lamp_of_one_colour_with_a_common_anode(pins: Any) -> None:
    """Bright is 0 V."""
    built = build_signals(SignalConfig(lamp_pins=(17,), lamp_anode=True), pins)
    built.show(Signal.IDLE)
    _wait(lambda: round(pins.pin(17).state, 2) == 0.88)
    built.show(Signal.HOLD)
    _wait(lambda: pins.pin(17).state == 0)
    built.close()


@pytest.mark.parametrize(("volume", "share"), [(1.0, 0.5), (0.5, 0.17), (0.01, 0.0)])
def test_volume_of_a_passive_buzzer(volume: float, share: float, pins: Any) -> None:
    """The share of a period that it is driven; what is softer is driven less, never silent."""
    built = build_signals(replace(CONFIG, volume=volume), pins)
    built.show(Signal.ACCEPTED)
    _wait(lambda: (1500, share) in _tones(pins))
    built.close()


def test_active_buzzer_is_switched(pins: Any) -> None:
    """On and off in the rhythm of the signal: three times for a card to be confirmed."""
    built = build_signals(replace(CONFIG, buzzer_active=True), pins)
    lead = pins.pin(18)
    built.show(Signal.UNCONFIRMED)
    _wait(lambda: [state for _, state in lead.states].count(1) == 3 and lead.state == 0)
    built.close()


def test_active_buzzer_given_up_in_the_middle_of_a_tone_falls_silent(pins: Any) -> None:
    """The service ends while it sounds."""
    built = build_signals(replace(CONFIG, buzzer_active=True), pins)
    lead = pins.pin(18)
    built.show(Signal.REFUSED)
    _wait(lambda: lead.state == 1)
    built.close()
    assert lead.state == 0


@pytest.mark.parametrize("signal", Signal)
def test_an_active_buzzer_keeps_the_beat_at_every_volume(signal: Signal) -> None:
    """Softer is shorter; the number of tones and the length of the whole stay."""
    tones = [tone for tone in SOUND[signal] if tone.hertz is not None]
    before = 0.0
    for volume in (0.01, 0.3, 0.7, 1.0):
        steps = switched(SOUND[signal], volume)
        assert sum(1 for on, _ in steps if on) == len(tones)
        assert sum(seconds for _, seconds in steps) == pytest.approx(
            sum(tone.seconds for tone in SOUND[signal])
        )
        sounding = sum(seconds for on, seconds in steps if on)
        assert sounding >= before
        before = sounding


def test_terminal_without_lamp_or_buzzer_is_ordinary() -> None:
    """Nothing configured: nothing to do, and no GPIO library is touched."""
    built = build_signals(SignalConfig())
    assert built.devices == ()
    built.show(Signal.ACCEPTED)
    built.close()


def test_machine_without_gpio_goes_on_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A laptop with a Pi's configuration runs; the log says what is missing."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "native")
    assert GpioDevice.pin_factory is None
    with caplog.at_level(logging.WARNING):
        built = build_signals(CONFIG)
    assert built.devices == ()
    built.show(Signal.ACCEPTED)
    assert [r.getMessage().split(":")[0] for r in caplog.records] == ["no lamp", "no buzzer"]


def test_pin_that_cannot_be_had_leaves_the_other_device(pins: Any) -> None:
    """Lamp and buzzer on the same pin: the lamp works."""
    built = build_signals(replace(CONFIG, buzzer_pin=17), pins)
    assert len(built.devices) == 1
    built.close()


def test_device_that_fails_while_playing_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """A loose wire must not stop a meeting."""

    def fail(_: Light) -> None:
        raise GPIOPinInUse("pin 17 is in use")

    with caplog.at_level(logging.WARNING):
        player = Player("lamp", fail, Light(DARK, None))
        player.play(((Light(RED, 1.0), 1.0),))
        player.close()
    assert [r.getMessage() for r in caplog.records] == ["lamp failed and is given up: GPIOPinInUse"]


def test_steps_are_played_in_order_and_the_rest_follows() -> None:
    """After the last step the device rests."""
    written: list[Tone] = []
    rest, low, high = Tone(None, 0), Tone(500, 0.001), Tone(1500, 0.001)
    player = Player("test", written.append, rest)
    _wait(lambda: written == [rest])
    player.play(((low, 0.001), (high, 0.001)))
    _wait(lambda: len(written) >= 4)
    player.close()
    assert written == [rest, low, high, rest, rest]
