"""The buzzer: a passive piezo on one PWM pin.

Lives here: the device. Not here: what it plays (`patterns`), how time passes (`player`).
"""

from __future__ import annotations

from typing import Any

from gpiozero import TonalBuzzer
from gpiozero.tones import Tone as Pitch

from edge.signals.patterns import SOUND, Signal, Tone
from edge.signals.player import Player

_MIDDLE = 1000.0  # Hz; the tones lie within an octave of it
_OCTAVES = 2
_SOFT_DUTY = 0.1  # of a period; half a period is loudest
_LOUD_DUTY = 0.5
_SILENT = Tone(None, 0.0)


class Buzzer:
    """A passive buzzer at BCM pin `pin`. Raises gpiozero's errors where it cannot be had."""

    def __init__(self, pin: int, pin_factory: Any = None) -> None:
        self._buzzer = TonalBuzzer(
            pin,
            mid_tone=Pitch.from_frequency(_MIDDLE),
            octaves=_OCTAVES,
            pin_factory=pin_factory,
        )
        self._player: Player[Tone] = Player("buzzer", self._write, _SILENT)

    def show(self, signal: Signal) -> None:
        """Play this signal's sound once."""
        self._player.play(tuple((tone, tone.seconds) for tone in SOUND[signal]))

    def close(self) -> None:
        """Fall silent and give the pin back."""
        self._player.close()
        self._buzzer.close()

    def _write(self, tone: Tone) -> None:
        if tone.hertz is None:
            self._buzzer.stop()
            return
        self._buzzer.play(Pitch.from_frequency(tone.hertz))
        self._buzzer.pwm_device.value = _SOFT_DUTY if tone.soft else _LOUD_DUTY
