"""What lamp and buzzer do for each outcome, as data.

Lives here: colours, rhythms and tones, and the names they go by. Not here: pins (`lamp`,
`buzzer`). The rules behind the numbers: nothing blinks faster than 2 Hz, tones lie between 500
and 2000 Hz where older ears still hear, a refusal says the same whatever its reason, and no
outcome is told by colour or by sound alone: with either taken away, the rhythm still differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

Colour = tuple[float, float, float]  # red, green, blue, each 0 to 1


@unique
class Signal(StrEnum):
    """The outcomes, by the names that the screens use (`data-state`), and more.

    On the screen leaving has the shape and colour of `already`, and words of its own. The last four
    answer the status button.
    """

    IDLE = "idle"
    HOLD = "hold"
    CHOOSE = "choose"
    ACCEPTED = "accepted"
    ALREADY = "already"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    UNEXPECTED = "unexpected"
    BUSY = "busy"
    FAULT = "fault"
    LOCKED = "locked"
    LEAVING = "leaving"
    CHECKING = "checking"
    WELL = "well"
    ATTEND = "attend"
    UNWELL = "unwell"


@dataclass(frozen=True, slots=True)
class Light:
    """One colour for `seconds`; None: until the next signal."""

    colour: Colour
    seconds: float | None


@dataclass(frozen=True, slots=True)
class LampPattern:
    """Lights in order, once or `again` and again; the lamp is dark after the last."""

    lights: tuple[Light, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Tone:
    """One tone of `hertz` (None: a pause) for `seconds`."""

    hertz: float | None
    seconds: float
    soft: bool = False


Sound = tuple[Tone, ...]

DARK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)
DIM_WHITE: Colour = (0.12, 0.12, 0.12)
AMBER: Colour = (1.0, 0.45, 0.0)
GREEN: Colour = (0.0, 1.0, 0.0)
RED: Colour = (1.0, 0.0, 0.0)


def _steady(colour: Colour, seconds: float | None = None) -> LampPattern:
    return LampPattern((Light(colour, seconds),))


def _once_a_second(colour: Colour, on: float) -> LampPattern:
    """Return 1 Hz, lit for `on` seconds of each."""
    return LampPattern((Light(colour, on), Light(DARK, 1.0 - on)), again=True)


def _double_blink(colour: Colour, on: float) -> LampPattern:
    """Return two blinks of `on` seconds each, every 2 s."""
    lit, gap = Light(colour, on), Light(DARK, 0.25)
    return LampPattern((lit, gap, lit, Light(DARK, 1.75 - 2 * on)), again=True)


def _slowly(colour: Colour, times: int) -> LampPattern:
    """Return so many slow blinks and a longer pause, again and again: they can be counted."""
    lit, gap = Light(colour, 0.5), Light(DARK, 0.5)
    return LampPattern((*(lit, gap) * (times - 1), lit, Light(DARK, 1.5)), again=True)


_TWO_GREEN_BLINKS = LampPattern((Light(GREEN, 0.25), Light(DARK, 0.25), Light(GREEN, 0.25)))
_LONG_AND_SHORT = LampPattern((Light(GREEN, 1.0), Light(DARK, 0.5), Light(GREEN, 0.25)))
_REFUSED_LAMP = _steady(RED, 3.0)

LAMP: Mapping[Signal, LampPattern] = MappingProxyType(
    {
        Signal.IDLE: _steady(DIM_WHITE),
        Signal.HOLD: _steady(AMBER),
        Signal.CHOOSE: _once_a_second(AMBER, 0.5),
        Signal.ACCEPTED: _steady(GREEN, 2.0),
        Signal.ALREADY: _TWO_GREEN_BLINKS,
        Signal.UNCONFIRMED: _double_blink(AMBER, 0.5),
        Signal.REFUSED: _REFUSED_LAMP,
        Signal.UNEXPECTED: _REFUSED_LAMP,
        Signal.BUSY: _once_a_second(WHITE, 0.25),
        Signal.FAULT: _once_a_second(RED, 0.75),
        Signal.LOCKED: _double_blink(RED, 0.25),
        Signal.LEAVING: _LONG_AND_SHORT,
        Signal.CHECKING: LampPattern((Light(WHITE, 1.0), Light(DARK, 1.0)), again=True),
        Signal.WELL: _slowly(GREEN, 1),
        Signal.ATTEND: _slowly(AMBER, 2),
        Signal.UNWELL: _slowly(RED, 3),
    }
)
"""A lamp of three colours."""


def _in_white(pattern: LampPattern) -> LampPattern:
    lights = (Light(_grey(light.colour), light.seconds) for light in pattern.lights)
    return LampPattern(tuple(lights), pattern.again)


def _grey(colour: Colour) -> Colour:
    level = max(colour)
    return level, level, level


_SIX_BLINKS = LampPattern((Light(WHITE, 0.25), Light(DARK, 0.25)) * 6)

ONE_COLOUR: Mapping[Signal, LampPattern] = MappingProxyType(
    {signal: _in_white(pattern) for signal, pattern in LAMP.items()}
    | {Signal.REFUSED: _SIX_BLINKS, Signal.UNEXPECTED: _SIX_BLINKS}
)
"""A lamp of one colour: the same rhythms, but a refusal blinks for its 3 s, since light that is
steady for a while can then only mean "present"."""


def _times(count: int, tone: Tone) -> Sound:
    """Return the tone `count` times with a pause of its own length between."""
    pause = Tone(None, tone.seconds)
    return (tone, *((pause, tone) * (count - 1)))


_SILENCE: Sound = ()
_REFUSED_SOUND: Sound = (Tone(500.0, 0.6),)
_THREE_LOW = _times(3, Tone(500.0, 0.2))

SOUND: Mapping[Signal, Sound] = MappingProxyType(
    {
        Signal.IDLE: _SILENCE,
        Signal.HOLD: _SILENCE,
        Signal.CHOOSE: (Tone(700.0, 0.15, soft=True),),
        Signal.ACCEPTED: (Tone(1500.0, 0.12),),
        Signal.ALREADY: _times(2, Tone(1500.0, 0.12, soft=True)),
        Signal.UNCONFIRMED: _times(3, Tone(1000.0, 0.12)),
        Signal.REFUSED: _REFUSED_SOUND,
        Signal.UNEXPECTED: _REFUSED_SOUND,
        Signal.BUSY: _SILENCE,
        Signal.FAULT: _THREE_LOW,
        Signal.LOCKED: _THREE_LOW,
        Signal.LEAVING: (Tone(1500.0, 0.12), Tone(None, 0.06), Tone(1000.0, 0.24)),
        Signal.CHECKING: (Tone(1000.0, 0.15, soft=True),),
        Signal.WELL: (Tone(1000.0, 0.12), Tone(None, 0.06), Tone(1500.0, 0.24)),
        Signal.ATTEND: _times(2, Tone(1000.0, 0.12)),
        Signal.UNWELL: _times(3, Tone(700.0, 0.2)),
    }
)
