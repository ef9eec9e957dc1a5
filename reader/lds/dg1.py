"""DG1, the machine readable zone: three layouts, every check digit verified.

Lives here: MRZ text to values and back, check digits, the "MRZ information" that opens a chip,
and the century of a two-digit year. Not here: where an element stands (`mrz_layout`), and names in
full, which the MRZ only transliterates and cuts (DG13 carries them where the family has it).
Source: Doc 9303-10 section 4.7.1; Doc 9303-3 sections 4.6, 4.8 and 4.9; Doc 9303-11 sections 4.3.2
and 4.4.4.1 (MRZ information).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from reader import tlv
from reader.lds.asn1 import malformed, members, require_size
from reader.lds.mrz_layout import BY_FORMAT, LAYOUTS, Layout, MrzFormat

__all__ = [
    "FILLER",
    "MAX_DG1",
    "NUMBER_LENGTH",
    "Mrz",
    "MrzFormat",
    "Name",
    "birth_date",
    "check_digit",
    "expiry_date",
    "mrz_information",
    "name_of",
    "parse",
]

MAX_DG1 = 128  # bytes; the longest zone has 90 characters

FILLER = "<"
NUMBER_LENGTH = 9  # characters of the document number's own field

_WHERE = "machine readable zone"
_TEMPLATE = 0x61
_ZONE = 0x5F1F
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = bytes(max(0, _ALPHABET.find(octet)) for octet in range(0x100))
"""Octet to its value in a check digit; the filler counts nothing."""
_DIGITS = "0123456789"
_MRZ = re.compile(r"[0-9A-Z<]*")
_DATE = re.compile(r"[0-9<]{6}")
_SEX = frozenset("MFX<")
_CENTURY = 100  # years
_FIRST_CHIP = 2000  # a year before any eMRTD
_OLDEST_CARD = 80  # years


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
    filler_digit: bool = field(default=False, repr=False)
    """TD3 without optional data: whether their check digit is a filler, and no zero."""

    def to_bytes(self) -> bytes:
        """Return DG1. Raises MalformedData where an element does not fit its place."""
        zone = _write(self, BY_FORMAT[self.format])
        return tlv.encode(_TEMPLATE, tlv.encode(_ZONE, zone.encode("ascii")))


def parse(data: bytes) -> Mrz:
    """Read DG1. Raises MalformedData, also for a wrong check digit."""
    require_size(data, MAX_DG1, _WHERE)
    (raw,) = members(tlv.unwrap(data, _TEMPLATE), (_ZONE,), _WHERE)
    layout = LAYOUTS.get(len(raw))
    if layout is None:
        raise malformed(_WHERE, f"it has {len(raw)} characters")
    text = raw.decode("ascii", errors="replace")
    if not _MRZ.fullmatch(text):
        raise malformed(_WHERE, "it has a character that no MRZ has")
    return _read(text, raw.translate(_VALUES), layout)


def check_digit(text: str) -> str:
    """Return the check digit of digits, capital letters and fillers (Doc 9303-3 section 4.9).

    Raises MalformedData for any other character.
    """
    if not _MRZ.fullmatch(text):
        raise malformed(_WHERE, "it has a character that no MRZ has")
    return _digit(text.encode("ascii").translate(_VALUES))


def mrz_information(number: str, birth: str, expiry: str) -> str:
    """Return document number, birth and expiry (YYMMDD), each with its check digit.

    A short number is filled to nine characters, a long one stands whole (Doc 9303-11 appendix
    D.2). Raises MalformedData for a character that no MRZ has, or a date that is not six long.
    """
    if len(birth) != 6 or len(expiry) != 6:
        raise malformed(_WHERE, "a date has not six characters")
    parts = (number.ljust(NUMBER_LENGTH, FILLER), birth, expiry)
    return "".join(part + check_digit(part) for part in parts)


def name_of(text: str) -> Name:
    """Return the identifiers in a name written as in the MRZ (Doc 9303-3 section 4.6)."""
    surname, _, given = text.rstrip(FILLER).partition(FILLER * 2)
    return Name(surname.replace(FILLER, " "), given.replace(FILLER, " "))


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


def _digit(values: bytes) -> str:
    """Return the check digit of characters given by their values: weights 7, 3 and 1 in turn."""
    return _DIGITS[(7 * sum(values[0::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10]


def _read(text: str, values: bytes, layout: Layout) -> Mrz:
    number, optional = _number_and_optional(text, values, layout)
    for place, what in ((layout.birth, "date of birth"), (layout.expiry, "date of expiry")):
        _require(values[place], text[place.stop], what)
    composite = b"".join([values[part] for part in layout.composite])
    _require(composite, text[layout.composite_digit], "whole")
    birth, expiry, nationality = text[layout.birth], text[layout.expiry], text[layout.nationality]
    if not _DATE.fullmatch(birth) or not _DATE.fullmatch(expiry):
        raise malformed(_WHERE, "a date is not of digits")
    if text[layout.sex] not in _SEX:
        raise malformed(_WHERE, "the sex is none that the standard knows")
    if not (text[:5] + nationality).replace(FILLER, "A").isalpha():
        raise malformed(_WHERE, "a digit stands in the kind of document, or in a country")
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
        nationality=_plain(nationality),
        name=name_of(text[layout.name]),
        filler_digit=layout.optional_digit and text[layout.optional.stop] == FILLER,
    )


def _number_and_optional(text: str, values: bytes, layout: Layout) -> tuple[str, str]:
    """Return the whole document number and what the optional field holds beside it.

    TD1 and TD2: a filler in place of the check digit says that the number goes on at the
    beginning of the optional data, up to its check digit and a filler (Doc 9303-5 and -6 section
    4.2.2, note j).
    """
    number, optional = text[layout.number], text[layout.optional]
    digit = text[layout.number.stop]
    if layout.optional_digit:
        _require(values[layout.number], digit, "document number")
        own = text[layout.optional.stop]
        if own != FILLER or optional.strip(FILLER):
            _require(values[layout.optional], own, "optional data")
        return _plain(number), _plain(optional)
    if digit != FILLER:
        _require(values[layout.number], digit, "document number")
        return _plain(number), _plain(optional)
    rest, separator, beyond = optional.partition(FILLER)
    if len(rest) < 2 or not separator:
        raise malformed(_WHERE, "the document number has no check digit")
    whole = number + rest[:-1]
    if rest[-1] != check_digit(whole):
        raise malformed(_WHERE, "the check digit of the document number is wrong")
    return whole, _plain(beyond)


def _require(values: bytes, digit: str, what: str) -> None:
    if digit != _digit(values):
        raise malformed(_WHERE, f"the check digit of the {what} is wrong")


def _plain(text: str) -> str:
    return text.rstrip(FILLER)


def _write(mrz: Mrz, layout: Layout) -> str:
    """Return the lines joined together, check digits and fillers put in."""
    zone = [FILLER] * layout.size

    def put(place: slice, text: str) -> str:
        if len(text) > place.stop - place.start or not _MRZ.fullmatch(text):
            raise malformed(_WHERE, "an element does not fit its place")
        zone[place] = text.ljust(place.stop - place.start, FILLER)
        return "".join(zone[place])

    def with_digit(place: slice, text: str) -> None:
        zone[place.stop] = check_digit(put(place, text))

    number, optional = mrz.document_number, mrz.optional_data
    if len(number) > NUMBER_LENGTH and not layout.optional_digit:
        put(layout.number, number[:NUMBER_LENGTH])
        optional = number[NUMBER_LENGTH:] + check_digit(number) + FILLER + optional
    else:
        with_digit(layout.number, number)
    if layout.optional_digit and not mrz.filler_digit:
        with_digit(layout.optional, optional)
    else:
        put(layout.optional, optional)
    put(slice(0, 2), mrz.document_type)
    put(slice(2, 5), mrz.issuing_state)
    put(layout.optional_2, mrz.optional_data_2)
    with_digit(layout.birth, mrz.birth)
    put(slice(layout.sex, layout.sex + 1), mrz.sex)
    with_digit(layout.expiry, mrz.expiry)
    put(layout.nationality, mrz.nationality)
    given = FILLER * 2 + mrz.name.given if mrz.name.given else ""
    put(layout.name, (mrz.name.surname + given).replace(" ", FILLER))
    covered = "".join("".join(zone[part]) for part in layout.composite)
    zone[layout.composite_digit] = check_digit(covered)
    return "".join(zone)
