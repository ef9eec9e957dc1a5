"""Lamp and buzzer on gpiozero's mock pins, and machines that have none."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gpiozero import Device as GpioDevice
from gpiozero import GPIOPinInUse
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge.signals.panel import SignalConfig, Signals, build_signals
from edge.signals.patterns import AMBER, DARK, GREEN, RED, Colour, Light, Signal, Tone
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
    built = build_signals(SignalConfig(CONFIG.lamp_pins, CONFIG.buzzer_pin, silent=True), pins)
    assert len(built.devices) == 1
    built.show(Signal.ACCEPTED)
    _wait(lambda: _colour(pins) == GREEN)
    assert _tones(pins) == []
    built.close()


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
    built = build_signals(SignalConfig((17, 27, 22), 17), pins)
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
