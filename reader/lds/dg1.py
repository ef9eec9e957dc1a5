"""DG1, the machine readable zone: three layouts, every check digit verified.

Lives here: MRZ text to values, check digits, the "MRZ information" that opens a chip, and the
century of a two-digit year. Not here: names in full, which the MRZ only transliterates and cuts
(DG13 carries them where the family has it).
Source: Doc 9303-10 section 4.7.1; Doc 9303-3 sections 4.8 and 4.9; Doc 9303-4, -5 and -6 section
4.2 (TD3, TD1, TD2); Doc 9303-11 sections 4.3.2 and 4.4.4.1 (MRZ information).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, unique

from reader import tlv
from reader.lds.asn1 import malformed, members

FILLER = "<"
NUMBER_LENGTH = 9  # characters of the document number's own field

_WHERE = "machine readable zone"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = (7, 3, 1)
_MRZ = re.compile(r"[0-9A-Z<]+")
_BIRTH = re.compile(r"[0-9<]{6}")
_SEX = frozenset("MFX<")
_CENTURY = 100  # years
_FIRST_CHIP = 2000  # a year before any eMRTD
_OLDEST_CARD = 80  # years


@unique
class MrzFormat(StrEnum):
    """Size of the document, which decides the layout."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"


@dataclass(frozen=True, slots=True)
class Name:
    """Primary and secondary identifier, transliterated; `given` may be empty."""

    surname: str
    given: str


@dataclass(frozen=True, slots=True)
class Mrz:
    """The MRZ by its data elements, trailing fillers removed.

    `birth` (which may hold fillers for unknown parts) and `expiry` are YYMMDD as they stand.
    `document_number` is whole, also where it runs over into the optional data.
    """

    format: MrzFormat
    document_type: str
    issuing_state: str
    document_number: str = field(repr=False)
    optional_data: str = field(repr=False)
    optional_data_2: str = field(repr=False)
    """The second optional field of TD1; empty elsewhere."""
    birth: str = field(repr=False)
    sex: str = field(repr=False)
    """M, F, X or empty."""
    expiry: str = field(repr=False)
    nationality: str = field(repr=False)
    name: Name = field(repr=False)


def parse(data: bytes) -> Mrz:
    """Read DG1. Raises MalformedData, also for a wrong check digit."""
    (raw,) = members(tlv.unwrap(data, 0x61), (0x5F1F,), _WHERE)
    layout = _LAYOUTS.get(len(raw))
    if layout is None:
        raise malformed(_WHERE, f"it has {len(raw)} characters")
    text = raw.decode("ascii", errors="replace")
    if not _MRZ.fullmatch(text):
        raise malformed(_WHERE, "it has a character that no MRZ has")
    return _read(text, layout)


def check_digit(text: str) -> str:
    """Return the check digit of digits, capital letters and fillers.

    Raises MalformedData for any other character.
    """
    total = 0
    for position, character in enumerate(text):
        value = 0 if character == FILLER else _ALPHABET.find(character)
        if value < 0:
            raise malformed(_WHERE, "it has a character that no MRZ has")
        total += value * _WEIGHTS[position % 3]
    return str(total % 10)


def mrz_information(number: str, birth: str, expiry: str) -> str:
    """Return document number, birth and expiry (YYMMDD), each with its check digit.

    A short number is filled to nine characters, a long one stands whole (Doc 9303-11 appendix
    D.2). Raises MalformedData for a character that no MRZ has, or a date that is not six long.
    """
    if len(birth) != 6 or len(expiry) != 6:
        raise malformed(_WHERE, "a date has not six characters")
    parts = (number.ljust(NUMBER_LENGTH, FILLER), birth, expiry)
    return "".join(part + check_digit(part) for part in parts)


def birth_date(mrz: Mrz, at: date) -> date | None:
    """Return the date of birth: the last such date not after `at`. None where parts are unknown."""
    century = at.year - at.year % _CENTURY
    born = _date(mrz.birth, century)
    return _date(mrz.birth, century - _CENTURY) if born is not None and born > at else born


def expiry_date(mrz: Mrz, at: date) -> date | None:
    """Return the date of expiry, None where it is no date.

    No chip expired before 2000, and none is older than 80 years at `at`: the year lies in the
    hundred years from the later of the two, so that 99 is 2099 (a card without end) and an
    expired card never comes to life again.
    """
    if not mrz.expiry.isdigit():
        return None
    first = max(_FIRST_CHIP, at.year - _OLDEST_CARD)
    year = first + (int(mrz.expiry[:2]) - first) % _CENTURY
    return _date(mrz.expiry, year - year % _CENTURY)


def _date(yymmdd: str, century: int) -> date | None:
    try:
        return date(century + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:  # a filler, or 31 February
        return None


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the elements stand in the lines joined together, as slices."""

    format: MrzFormat
    number: slice
    number_digit: int
    optional: slice
    optional_digit: int | None
    optional_2: slice
    birth: slice
    sex: int
    expiry: slice
    nationality: slice
    name: slice
    composite: tuple[slice, ...]
    composite_digit: int


_TD1 = _Layout(
    format=MrzFormat.TD1,
    number=slice(5, 14),
    number_digit=14,
    optional=slice(15, 30),
    optional_digit=None,
    birth=slice(30, 36),
    sex=37,
    expiry=slice(38, 44),
    nationality=slice(45, 48),
    optional_2=slice(48, 59),
    name=slice(60, 90),
    composite=(slice(5, 30), slice(30, 37), slice(38, 45), slice(48, 59)),
    composite_digit=59,
)
_TD2 = _Layout(
    format=MrzFormat.TD2,
    number=slice(36, 45),
    number_digit=45,
    nationality=slice(46, 49),
    birth=slice(49, 55),
    sex=56,
    expiry=slice(57, 63),
    optional=slice(64, 71),
    optional_digit=None,
    optional_2=slice(0, 0),
    name=slice(5, 36),
    composite=(slice(36, 46), slice(49, 56), slice(57, 71)),
    composite_digit=71,
)
_TD3 = _Layout(
    format=MrzFormat.TD3,
    number=slice(44, 53),
    number_digit=53,
    nationality=slice(54, 57),
    birth=slice(57, 63),
    sex=64,
    expiry=slice(65, 71),
    optional=slice(72, 86),
    optional_digit=86,
    optional_2=slice(0, 0),
    name=slice(5, 44),
    composite=(slice(44, 54), slice(57, 64), slice(65, 87)),
    composite_digit=87,
)
_LAYOUTS = {90: _TD1, 72: _TD2, 88: _TD3}


def _read(text: str, layout: _Layout) -> Mrz:
    number, optional = _number_and_optional(text, layout)
    birth, expiry = text[layout.birth], text[layout.expiry]
    _require(birth, text[layout.birth.stop], "date of birth")
    _require(expiry, text[layout.expiry.stop], "date of expiry")
    composite = "".join(text[part] for part in layout.composite)
    _require(composite, text[layout.composite_digit], "whole")
    if not _BIRTH.fullmatch(birth) or not _BIRTH.fullmatch(expiry):
        raise malformed(_WHERE, "a date is not of digits")
    if text[layout.sex] not in _SEX:
        raise malformed(_WHERE, "the sex is none that the standard knows")
    return Mrz(
        format=layout.format,
        document_type=_plain(text[0:2]),
        issuing_state=_plain(text[2:5]),
        document_number=number,
        optional_data=optional,
        optional_data_2=_plain(text[layout.optional_2]),
        birth=birth,
        sex=_plain(text[layout.sex]),
        expiry=expiry,
        nationality=_plain(text[layout.nationality]),
        name=_name(text[layout.name]),
    )


def _number_and_optional(text: str, layout: _Layout) -> tuple[str, str]:
    """Return the whole document number and what the optional field holds beside it.

    TD1 and TD2: a filler in place of the check digit says that the number goes on at the
    beginning of the optional data, up to its check digit and a filler (Doc 9303-5 section 4.2.2,
    note j).
    """
    number, optional = text[layout.number], text[layout.optional]
    digit = text[layout.number_digit]
    if digit != FILLER or layout.format is MrzFormat.TD3:
        _require(number, digit, "document number")
        if layout.optional_digit is not None:
            _require(optional, text[layout.optional_digit], "optional data", may_be_filler=True)
        return _plain(number), _plain(optional)
    rest, _, beyond = optional.partition(FILLER)
    if len(rest) < 2:
        raise malformed(_WHERE, "the document number has no check digit")
    whole = number + rest[:-1]
    _require(whole, rest[-1], "document number")
    return whole, _plain(beyond)


def _require(text: str, digit: str, what: str, *, may_be_filler: bool = False) -> None:
    if may_be_filler and digit == FILLER and not text.strip(FILLER):
        return
    if digit != check_digit(text):
        raise malformed(_WHERE, f"the check digit of the {what} is wrong")


def _plain(text: str) -> str:
    return text.rstrip(FILLER)


def _name(text: str) -> Name:
    surname, _, given = text.rstrip(FILLER).partition(FILLER * 2)
    return Name(surname.replace(FILLER, " "), given.replace(FILLER, " "))
