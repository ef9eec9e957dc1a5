"""Lamp and buzzer together, as far as this machine has them.

Lives here: which devices there are. A terminal without lamp or buzzer, or a machine without
GPIO, is ordinary: `build_signals` then returns a `Signals` with fewer devices or none, and
`show` does less or nothing. Not here: patterns (`patterns`), mapping a scene (`edge.service`).
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gpiozero import GPIOZeroError, PinFactoryFallback

from edge.signals.buzzer import ActiveBuzzer, PassiveBuzzer
from edge.signals.lamp import Lamp
from edge.signals.patterns import Signal

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SignalConfig:
    """Where lamp and buzzer are; no pins: there is none. Pins by BCM number."""

    lamp_pins: tuple[int, ...] = ()
    """Red, green and blue; or the one pin of a lamp of one colour."""
    lamp_anode: bool = False
    """The LED's common lead is its anode (3.3 V): a pin at 0 V lights it."""
    buzzer_pin: int | None = None
    buzzer_active: bool = False
    """The buzzer has a tone of its own and is only switched."""
    volume: float = 1.0
    """Above 0, at most 1."""
    silent: bool = False
    """No sound, whatever happens; the lamp goes on."""


class Device(Protocol):
    """A lamp or a buzzer."""

    def show(self, signal: Signal) -> None:
        """Begin this signal and return at once."""

    def close(self) -> None:
        """Go dark or silent and give the pins back."""


class Signals:
    """The devices of this terminal; none at all is fine. Any thread may call it."""

    def __init__(self, devices: tuple[Device, ...]) -> None:
        self.devices = devices

    def show(self, signal: Signal) -> None:
        """Tell `signal` on every device, in place of the one before; returns at once.

        Shown again, a signal begins again (two members in a row, two green lights), so callers
        pass an outcome once, not each redraw of the screen.
        """
        for device in self.devices:
            device.show(signal)

    def close(self) -> None:
        """Go dark and silent and give all pins back."""
        for device in self.devices:
            device.close()


def build_signals(config: SignalConfig, pin_factory: Any = None) -> Signals:
    """Return the signals that `config` names and this machine has.

    `pin_factory` is gpiozero's, its default where None. Pins that cannot be had are logged and
    left out.
    """
    devices: list[Device] = []
    pins, buzzer_pin = config.lamp_pins, config.buzzer_pin
    if pins:
        active_high = not config.lamp_anode
        _add(devices, "lamp", lambda: Lamp(pins, active_high=active_high, pin_factory=pin_factory))
    if buzzer_pin is not None and not config.silent:
        kind = ActiveBuzzer if config.buzzer_active else PassiveBuzzer
        volume = config.volume
        _add(devices, "buzzer", lambda: kind(buzzer_pin, volume=volume, pin_factory=pin_factory))
    return Signals(tuple(devices))


def _add(devices: list[Device], name: str, make: Callable[[], Device]) -> None:
    try:
        with warnings.catch_warnings():
            # gpiozero warns of each library it tried; the one line below says enough.
            warnings.simplefilter("ignore", PinFactoryFallback)
            devices.append(make())
    except (GPIOZeroError, OSError, ValueError) as error:
        _log.warning("no %s: its pins cannot be had (%s)", name, type(error).__name__)
