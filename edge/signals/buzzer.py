"""The buzzers: a passive piezo on one PWM pin, or an active one that has a tone of its own.

Lives here: the devices. Not here: what they play (`patterns`), how time passes (`player`).
Volume is a level from 0 (exclusive) to 1. A passive buzzer takes it as the share of a period
that it is driven; an active one can only sound for a shorter time.
"""

from __future__ import annotations

from math import asin, pi
from typing import Any

from gpiozero import Buzzer as SwitchedBuzzer
from gpiozero import TonalBuzzer
from gpiozero.tones import Tone as Pitch

from edge.signals.patterns import SOUND, Signal, Sound, Tone
from edge.signals.player import Player

_MIDDLE = 1000.0  # Hz; the tones lie within an octave of it
_OCTAVES = 2
_SOFT = 0.31  # of the level of other tones
_SHORTEST = 0.03  # seconds; an active buzzer driven for less only clicks
_SILENT = Tone(None, 0.0)


class PassiveBuzzer:
    """A piezo at BCM pin `pin`. Raises gpiozero's errors where it cannot be had."""

    def __init__(self, pin: int, *, volume: float = 1.0, pin_factory: Any = None) -> None:
        self._volume = volume
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
        self._buzzer.pwm_device.value = duty(self._volume * (_SOFT if tone.soft else 1.0))


class ActiveBuzzer:
    """A buzzer at BCM pin `pin` that sounds while it is driven high.

    Raises gpiozero's errors where it cannot be had.
    """

    def __init__(self, pin: int, *, volume: float = 1.0, pin_factory: Any = None) -> None:
        self._volume = volume
        self._buzzer = SwitchedBuzzer(pin, pin_factory=pin_factory)
        self._player: Player[bool] = Player("buzzer", self._write, False)

    def show(self, signal: Signal) -> None:
        """Play this signal's rhythm once."""
        self._player.play(switched(SOUND[signal], self._volume))

    def close(self) -> None:
        """Fall silent and give the pin back."""
        self._player.close()
        self._buzzer.close()

    def _write(self, on: bool) -> None:
        (self._buzzer.on if on else self._buzzer.off)()


def duty(level: float) -> float:
    """Return the driven share of a period, at most half, whose fundamental has this level.

    The fundamental of a square wave driven for a share d goes as sin(pi * d).
    """
    return asin(level) / pi


def switched(sound: Sound, volume: float) -> tuple[tuple[bool, float], ...]:
    """Return when an active buzzer is on and off. What is softer is shorter, the beat stays."""
    steps: list[tuple[bool, float]] = []
    for tone in sound:
        if tone.hertz is None:
            steps.append((False, tone.seconds))
            continue
        share = volume * (0.5 if tone.soft else 1.0)
        on = min(max(tone.seconds * share, _SHORTEST), tone.seconds)
        steps += [(True, on), (False, tone.seconds - on)]
    return tuple(step for step in steps if step[1] > 0)
