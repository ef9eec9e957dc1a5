"""Base 32 for people: read aloud, typed by hand, no letter taken for a digit.

Source: Douglas Crockford, Base 32 (no I, L, O, U; reading takes I and L for 1, O for 0).
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5  # of one character
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_BETWEEN = " -\t\n\r"


def encode(data: bytes, characters: int) -> str:
    """Return the first bits of `data` in so many characters. ValueError where it has fewer."""
    spare = len(data) * 8 - characters * BITS
    if spare < 0:
        raise ValueError("too few bytes for so many characters")
    number = int.from_bytes(data) >> spare
    shifts = range((characters - 1) * BITS, -1, -BITS)
    return "".join(ALPHABET[number >> shift & 31] for shift in shifts)


def canonical(text: str) -> str | None:
    """Return what a person typed, as `encode` writes it; None where a character is none of ours.

    Case, spaces and hyphens do not count.
    """
    letters = [c for c in text.upper() if c not in _BETWEEN]
    if not all(c in _VALUES for c in letters):
        return None
    return "".join(ALPHABET[_VALUES[c]] for c in letters)


def grouped(text: str, size: int = 4) -> str:
    """Return the text in groups, for reading aloud: 4F7K 29QM."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
