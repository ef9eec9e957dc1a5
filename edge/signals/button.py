"""The status button: held for five seconds it asks the terminal how it is.

Lives here: the device. Not here: what is looked at (`edge.care`), what lamp and screen then tell.
A shorter press does nothing, so that nobody asks by brushing against it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

from gpiozero import Button, GPIOZeroError, PinFactoryFallback

HELD = 5.0  # seconds
BOUNCE = 0.02  # seconds in which a contact may rattle

_log = logging.getLogger(__name__)


class StatusButton:
    """A button between BCM pin `pin` and ground; `held` is called once for each long press.

    It is called in a thread of gpiozero's and is to return soon. Raises gpiozero's errors where
    the pin cannot be had.
    """

    def __init__(
        self,
        pin: int,
        held: Callable[[], None],
        *,
        seconds: float = HELD,
        bounce: float | None = BOUNCE,
        pin_factory: Any = None,
    ) -> None:
        self._button = Button(
            pin, pull_up=True, bounce_time=bounce, hold_time=seconds, pin_factory=pin_factory
        )
        self._button.when_held = held

    def close(self) -> None:
        """Give the pin back."""
        self._button.close()


def build_button(
    pin: int | None, held: Callable[[], None], pin_factory: Any = None, *, seconds: float = HELD
) -> StatusButton | None:
    """Return the button, None where none is configured or its pin cannot be had (logged)."""
    if pin is None:
        return None
    try:
        with warnings.catch_warnings():
            # gpiozero warns of each library it tried; the one line below says enough.
            warnings.simplefilter("ignore", PinFactoryFallback)
            return StatusButton(pin, held, seconds=seconds, pin_factory=pin_factory)
    except (GPIOZeroError, OSError, ValueError) as error:
        _log.warning("no status button: its pin cannot be had (%s)", type(error).__name__)
        return None
