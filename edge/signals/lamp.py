"""The lamp: one RGB LED on three PWM pins.

Lives here: the device. Not here: what it shows (`patterns`), how time passes (`player`).
"""

from __future__ import annotations

from typing import Any

from gpiozero import RGBLED

from edge.signals.patterns import DARK, LAMP, Colour, Signal
from edge.signals.player import Player


class Lamp:
    """A common-cathode RGB LED at BCM pins `pins` (red, green, blue).

    Raises gpiozero's errors where the pins cannot be had.
    """

    def __init__(self, pins: tuple[int, int, int], pin_factory: Any = None) -> None:
        red, green, blue = pins
        self._led = RGBLED(red, green, blue, pwm=True, pin_factory=pin_factory)
        self._player: Player[Colour] = Player("lamp", self._write, DARK)

    def show(self, signal: Signal) -> None:
        """Begin this signal's pattern."""
        pattern = LAMP[signal]
        steps = tuple((light.colour, light.seconds) for light in pattern.lights)
        self._player.play(steps, again=pattern.again)

    def close(self) -> None:
        """Go dark and give the pins back."""
        self._player.close()
        self._led.close()

    def _write(self, colour: Colour) -> None:
        self._led.value = colour
