"""The order of versions, as Debian has it: which of two packages is the later one.

Source: deb-version(7); Debian Policy section 5.6.12. A version is an upstream part and, after the
last hyphen, a revision; in each, runs of other characters and numbers are compared in turn, a tilde
sorts before the end. An epoch is refused: it stands in no file's name.
"""

from __future__ import annotations

import re
from functools import total_ordering

MAX_VERSION = 64  # characters
_FORM = re.compile(r"[0-9](?:[A-Za-z0-9.+~-]*[A-Za-z0-9.+~])?", re.ASCII)
_RUNS = re.compile(r"([^0-9]*)([0-9]*)", re.ASCII)
_END, _TILDE = 0, -1
_BEHIND_LETTERS = 256


@total_ordering
class DebVersion:
    """One version, ordered. Raises ValueError for text that is none."""

    __slots__ = ("_key", "text")

    def __init__(self, text: str) -> None:
        if len(text) > MAX_VERSION or _FORM.fullmatch(text) is None:
            raise ValueError(f"no version: {text[:MAX_VERSION]!r}")
        upstream, _, revision = text.rpartition("-") if "-" in text else (text, "", "0")
        self.text = text
        self._key = (_ordered(upstream), _ordered(revision))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DebVersion) and self._key == other._key

    def __lt__(self, other: DebVersion) -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"DebVersion({self.text!r})"


def is_version(text: object) -> bool:
    """Whether this is a version without an epoch."""
    return isinstance(text, str) and len(text) <= MAX_VERSION and bool(_FORM.fullmatch(text))


def _ordered(part: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return a part as what compares by Python's own order as Debian's says.

    Each run of other characters ends with _END, which is above a tilde and below all else. Zeros
    at the end count for nothing, as does a part that is absent.
    """
    runs = [(_weights(other), int(digits or "0")) for other, digits in _RUNS.findall(part)]
    while runs and runs[-1] == ((_END,), 0):
        runs.pop()
    return (*runs, ((_END,), 0))


def _weights(text: str) -> tuple[int, ...]:
    return (*(_weight(one) for one in text), _END)


def _weight(one: str) -> int:
    if one == "~":
        return _TILDE
    return ord(one) if one.isalpha() else ord(one) + _BEHIND_LETTERS
