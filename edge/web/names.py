"""Finding Vietnamese names by what somebody types, without accents.

Lives here: pure rules over NFC text. Not here: the order of names (`edge.meeting.names`).
"""

from __future__ import annotations

import unicodedata

_STROKES = str.maketrans({"đ": "d", "Đ": "D", "ƀ": "b", "Ƀ": "B"})
MAX_QUERY = 60  # characters


def fold(text: str) -> str:
    """Return the text in small letters without accents and strokes."""
    parts = unicodedata.normalize("NFD", text.translate(_STROKES))
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


def found_by(name: str, query: str) -> bool:
    """Whether a typed query finds the name: beginnings of its words, in any order, or run on."""
    words = fold(name).split()
    asked = fold(query[:MAX_QUERY]).split()
    if all(any(word.startswith(part) for word in words) for part in asked):
        return True
    run_on = "".join(asked)
    return any("".join(words[i:]).startswith(run_on) for i in range(len(words)))
