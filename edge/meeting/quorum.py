"""Quorum: how many of whom a decision needs, as data with its source; exact arithmetic.

Lives here: the rule, the presets and their evaluation. Not here: who counts as summoned or present
(`figures`), and what a meeting decides. An ordinary monthly meeting has none: no rule is known
for it.
Sources stand beside each preset; those marked unconfirmed are not settled by an official text
that this project has seen, and every meeting may edit its own copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

from edge.errors import MeetingState

MAX_PART = 100
MAX_TOPIC = 120  # characters


@unique
class Base(StrEnum):
    """Of whom a rule counts, both those called and those present."""

    OFFICIAL = "official"
    """Official members called to the meeting; an exempt one who comes and votes counts too."""
    SUMMONED = "summoned"
    """Everybody called to the meeting."""


@unique
class Preset(StrEnum):
    """The known rules."""

    ADMISSION = "admission"  # kết nạp đảng viên
    RECOGNITION = "recognition"  # công nhận đảng viên chính thức
    RESOLUTION = "resolution"  # nghị quyết của cơ quan lãnh đạo
    CONGRESS = "congress"  # đại hội
    OWN = "own"  # entered at the desk


@dataclass(frozen=True, slots=True)
class QuorumRule:
    """At least `part` of `whole` of the base, or more than that where `strict`.

    `topic` says what of the meeting it is for ("mục 5"), as the secretary typed it. ValueError
    for a fraction that is none.
    """

    preset: Preset
    base: Base
    part: int
    whole: int
    strict: bool
    topic: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.part <= self.whole <= MAX_PART or (self.strict and self.part == self.whole):
            raise ValueError("the fraction of a quorum lies between 0 and 1")
        if len(self.topic) > MAX_TOPIC or not self.topic.isprintable():
            raise ValueError(f"a topic has up to {MAX_TOPIC} printable characters")

    def need(self, of: int) -> int:
        """Return how many of `of` people satisfy the rule; never fewer than one."""
        if self.strict:
            return max(1, self.part * of // self.whole + 1)
        return max(1, -(-self.part * of // self.whole))

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "preset": self.preset.value,
            "base": self.base.value,
            "part": self.part,
            "whole": self.whole,
            "strict": self.strict,
            "topic": self.topic,
        }

    @classmethod
    def from_object(cls, fields: Mapping[str, Any]) -> QuorumRule:
        """Read the JSON object. Raises MeetingState for another form."""
        try:
            part, whole, strict = fields["part"], fields["whole"], fields["strict"]
            if type(part) is not int or type(whole) is not int or type(strict) is not bool:
                raise TypeError("not numbers")
            preset, base = Preset(fields["preset"]), Base(fields["base"])
            return cls(preset, base, part, whole, strict, str(fields["topic"]))
        except (KeyError, TypeError, ValueError) as error:
            raise MeetingState(
                "A quorum rule has not its form.",
                next_step="Give a fraction such as 2/3 and whom it counts.",
            ) from error


@dataclass(frozen=True, slots=True)
class Source:
    """Where a preset comes from; `confirmed` is false where no official text settles it."""

    text: str
    confirmed: bool


PRESETS: Mapping[Preset, tuple[QuorumRule, Source]] = {
    Preset.ADMISSION: (
        QuorumRule(Preset.ADMISSION, Base.OFFICIAL, 2, 3, strict=False),
        Source("294-QĐ/TW, 208-QĐ/TW", confirmed=True),
    ),
    Preset.RECOGNITION: (
        QuorumRule(Preset.RECOGNITION, Base.OFFICIAL, 2, 3, strict=False),
        Source("294-QĐ/TW, 208-QĐ/TW", confirmed=True),
    ),
    Preset.RESOLUTION: (
        QuorumRule(Preset.RESOLUTION, Base.OFFICIAL, 1, 2, strict=True),
        Source("294-QĐ/TW, 208-QĐ/TW", confirmed=True),
    ),
    Preset.CONGRESS: (
        QuorumRule(Preset.CONGRESS, Base.SUMMONED, 2, 3, strict=False),
        Source("208-QĐ/TW", confirmed=False),
    ),
}


@dataclass(frozen=True, slots=True)
class QuorumResult:
    """A rule met or not: `have` are there, `need` of `of` are needed."""

    rule: QuorumRule
    have: int
    need: int
    of: int

    @property
    def satisfied(self) -> bool:
        """Whether enough are there; never where nobody is called."""
        return self.of > 0 and self.have >= self.need
