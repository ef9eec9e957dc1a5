"""The lamp: one RGB LED on three PWM pins, or an LED of one colour on one.

Lives here: the devices. Not here: what they show (`patterns`), how time passes (`player`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gpiozero import PWMLED, RGBLED

from edge.signals.patterns import DARK, LAMP, ONE_COLOUR, Colour, Signal
from edge.signals.player import Player


class Lamp:
    """An LED at BCM pins `pins`: red, green and blue, or one pin for one colour.

    `active_high`: lit by 3.3 V (common cathode), else by 0 V (common anode). Raises gpiozero's
    errors where the pins cannot be had.
    """

    def __init__(
        self, pins: tuple[int, ...], *, active_high: bool = True, pin_factory: Any = None
    ) -> None:
        self._patterns = LAMP if len(pins) > 1 else ONE_COLOUR
        self._led, write = _led(pins, active_high, pin_factory)
        self._player: Player[Colour] = Player("lamp", write, DARK)

    def show(self, signal: Signal) -> None:
        """Begin this signal's pattern."""
        pattern = self._patterns[signal]
        steps = tuple((light.colour, light.seconds) for light in pattern.lights)
        self._player.play(steps, again=pattern.again)

    def close(self) -> None:
        """Go dark and give the pins back."""
        self._player.close()
        self._led.close()


def _led(
    pins: tuple[int, ...], active_high: bool, pin_factory: Any
) -> tuple[Any, Callable[[Colour], None]]:
    """Return the device and what sets its colour."""
    if len(pins) == 1:
        led = PWMLED(pins[0], active_high=active_high, pin_factory=pin_factory)

        def brighten(colour: Colour) -> None:
            led.value = max(colour)

        return led, brighten
    red, green, blue = pins
    lamp = RGBLED(red, green, blue, active_high=active_high, pwm=True, pin_factory=pin_factory)

    def colour_it(colour: Colour) -> None:
        lamp.value = colour

    return lamp, colour_it
