"""Vietnamese names in lists: which word is the given name, and the order.

Lives here: pure rules over text. Not here: finding a name by what was typed (`edge.web.names`).
Source of the order: the Vietnamese alphabet of 29 letters; marks of tone only decide between names
of the same letters.
"""

from __future__ import annotations

import unicodedata

_ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Huyền, hỏi, ngã, sắc, nặng; no mark comes first."""
_FOREIGN = 1000
"""Letters outside the alphabet sort after it, in code point order."""


def given_and_rest(name: str) -> tuple[str, str]:
    """Return (all but the last word, the given name), as lists show it."""
    rest, _, given = name.strip().rpartition(" ")
    return rest, given


def order(name: str) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Return a sort key: given name first, then family and middle names, Vietnamese order."""
    rest, given = given_and_rest(name)
    return tuple(_word_key(word) for word in [given, *rest.split()])


def _word_key(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters: list[int] = []
    tones: list[int] = []
    for char in unicodedata.normalize("NFC", word).casefold():
        parts = unicodedata.normalize("NFD", char)
        tone = next((_TONES[c] for c in parts if c in _TONES), 0)
        base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
        place = _ALPHABET.find(base)
        letters.append(place if place >= 0 else _FOREIGN + ord(base[0]))
        tones.append(tone)
    return tuple(letters), tuple(tones)
