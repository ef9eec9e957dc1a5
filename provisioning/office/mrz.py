"""Machine-readable zones as the office prints them: names in A to Z, check digits, line layout.

Lives here: TD1 and TD3 and the password that follows from them. Not here: reading one
(`reader.lds.dg1`) and the file around it (`lds`).
Source: Doc 9303-3 sections 4.6 to 4.9 and 6, Doc 9303-4 section 4.2.2 (TD3), Doc 9303-5
section 4.2.2 (TD1), Doc 9303-11 section 4.3.2 (the password).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date

from provisioning.errors import OfficeInputInvalid

FILLER = "<"
TD1_NAME = 30  # characters
TD3_NAME = 39  # characters
NUMBER_SIZE = 9  # characters

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = (7, 3, 1)
# Letters of the country's languages that Unicode does not decompose.
_LETTERS = str.maketrans({"Đ": "D", "Ƀ": "B", "’": "", "'": "", "ʼ": "", "-": " "})


@dataclass(frozen=True, slots=True)
class MrzData:
    """What a zone says. `name` is as written, surname first."""

    document_code: str
    issuer: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    birth: date = field(repr=False)
    sex: str = field(repr=False)
    expires: date
    nationality: str
    optional: str = field(default="", repr=False)


def check_digit(text: str) -> str:
    """Return the check digit of MRZ characters (weights 7, 3, 1, modulus 10)."""
    total = sum(
        (0 if c == FILLER else _ALPHABET.index(c)) * _WEIGHTS[i % 3] for i, c in enumerate(text)
    )
    return str(total % 10)


def td1(data: MrzData) -> str:
    """Return the 90 characters of a TD1 zone. Raises OfficeInputInvalid for what cannot stand."""
    number = _number(data.number)
    first = f"{_pad(data.document_code, 2)}{data.issuer}{number}{_pad(data.optional, 15)}"
    dates = f"{_dated(data.birth)}{data.sex}{_dated(data.expires)}"
    rest = _pad("", 11)
    composite = check_digit(first[5:30] + dates[:7] + dates[8:] + rest)
    second = f"{dates}{data.nationality}{rest}{composite}"
    return first + second + _name(data.name, TD1_NAME)


def td3(data: MrzData) -> str:
    """Return the 88 characters of a TD3 zone. Raises OfficeInputInvalid for what cannot stand."""
    first = f"{_pad(data.document_code, 2)}{data.issuer}{_name(data.name, TD3_NAME)}"
    optional = _pad(data.optional, 14)
    optional_digit = check_digit(optional) if data.optional else FILLER
    number = _number(data.number)
    dates = f"{_dated(data.birth)}{data.sex}{_dated(data.expires)}"
    tail = f"{optional}{optional_digit}"
    composite = check_digit(number + dates[:7] + dates[8:] + tail)
    return f"{first}{number}{data.nationality}{dates}{tail}{composite}"


def information(data: MrzData) -> str:
    """Return the MRZ information that opens a chip: number, birth, expiry, with check digits."""
    return _number(data.number) + _dated(data.birth) + _dated(data.expires)


def transliterate(name: str) -> str:
    """Return a name in A to Z and single spaces (Doc 9303-3 section 6).

    Raises OfficeInputInvalid where a letter has no known form.
    """
    plain = unicodedata.normalize("NFKD", name.upper().translate(_LETTERS))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    words = letters.split()
    if not words or not all(w.isascii() and w.isalpha() for w in words):
        raise OfficeInputInvalid(
            "A name has a letter that the machine-readable zone cannot show.",
            next_step="Give the name in Latin letters.",
        )
    return " ".join(words)


def _name(name: str, width: int) -> str:
    """Return surname, two fillers, given names, fitted to `width` (Doc 9303-3 section 4.6)."""
    words = transliterate(name).split()
    line = _joined(words)
    # A last filler would hide that the name was cut: the longest word gives up letters for it.
    while len(line) > width and line[width - 1] == FILLER:
        longest = max(range(len(words)), key=lambda i: len(words[i]))
        words[longest] = words[longest][:-1]
        line = _joined(words)
    return _pad(line[:width], width)


def _joined(words: list[str]) -> str:
    return words[0] + FILLER * 2 + FILLER.join(words[1:])


def _pad(text: str, width: int) -> str:
    if len(text) > width or any(c not in _ALPHABET and c != FILLER for c in text):
        raise OfficeInputInvalid(
            f"A field of the machine-readable zone takes {width} characters, A to Z and 0 to 9.",
            next_step="Correct the field.",
        )
    return text.ljust(width, FILLER)


def _number(number: str) -> str:
    padded = _pad(number, NUMBER_SIZE)
    return padded + check_digit(padded)


def _dated(day: date) -> str:
    text = day.strftime("%y%m%d")
    return text + check_digit(text)
