"""What was measured, in words that can be said in another language too.

Lives here: a sentence with gaps. Not here: which there are (`judge_machine`, `judge_terminal`), the
same in Vietnamese (`edge.web.care_words`). A part that is no sentence (a name, a number, a code) is
plain text and the same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """An English `pattern` with a `%(name)s` for each of its values."""

    pattern: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        return self.pattern % self.values


Part = str | Said
Figure = Part | tuple[Part, ...]
"""What was measured of one thing, part by part."""


def say(pattern: str, **values: object) -> Said:
    """Return a sentence with its gaps filled."""
    return Said(pattern, {name: str(value) for name, value in values.items()})


def parts(figure: Figure) -> tuple[Part, ...]:
    """Return the parts of a figure."""
    return figure if isinstance(figure, tuple) else (figure,)


def in_english(figure: Figure) -> str:
    """Return a figure in English."""
    return ", ".join(map(str, parts(figure)))


def readable(figure: Figure) -> Figure:
    """Return a figure without signs that nobody can read: devices name themselves as they like."""
    return tuple(
        Said(part.pattern, {name: _readable(text) for name, text in part.values.items()})
        if isinstance(part, Said)
        else _readable(part)
        for part in parts(figure)
    )


def _readable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
