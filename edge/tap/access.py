"""Which password opens the card that lies here: a pure rule over what is at hand.

First hit wins (DESIGN section 3): a scanner line at most 20 s old, the name touched on the
screen, the on-screen keypad; at a counter also what came with the question. Nobody types in the
normal case, and a roster's numbers are never tried one after another: one source gives one
password for one laying.

Not here: where the inputs come from (`flow`, `edge.signals.scanner`, `edge.web`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique

from edge.meeting.roster import Roster, person_key
from edge.tap import mangled
from reader.errors import MalformedData
from reader.evidence import Password, PasswordKind
from reader.lds import dg1
from reader.profile import CardProfile, derive_password
from reader.tlv import encode

SCANNER_MAX_AGE = 20.0  # seconds
CHOICE_MAX_AGE = 30.0  # seconds a touched name or typed number waits for a card
CARD_QR = "TRAMTHE1|DV|"
BADGE_QR = "TRAMTHE1|DB|"
MAX_LINE = 512  # characters


@unique
class PasswordSource(StrEnum):
    """How the password came."""

    SCANNER = "scanner"
    CHOICE = "choice"
    KEYPAD = "keypad"
    REQUEST = "request"
    """With the question of a page that is paired."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A text and when it came, in monotonic seconds."""

    text: str = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything at hand at one moment. `choice` holds a roster id, `keypad` a CAN."""

    scanner: Timed | None = None
    choice: Timed | None = None
    keypad: Timed | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One password for one laying, and the family that its source proposes."""

    password: Password
    source: PasswordSource
    profile: str | None
    person_id: str | None = None


def find(
    inputs: Inputs, now: float, roster: Roster | None, profiles: Sequence[CardProfile]
) -> Access | None:
    """Return the first password that the inputs yield at monotonic time `now`, else None."""
    by_name = {profile.name: profile for profile in profiles}
    if inputs.scanner is not None and now - inputs.scanner.at <= SCANNER_MAX_AGE:
        access = from_scanner(inputs.scanner.text, roster, by_name)
        if access is not None:
            return access
    if inputs.choice is not None and now - inputs.choice.at <= CHOICE_MAX_AGE:
        access = _of_person(inputs.choice.text, PasswordSource.CHOICE, roster)
        if access is not None:
            return access
    if inputs.keypad is not None and now - inputs.keypad.at <= CHOICE_MAX_AGE:
        password = Password(PasswordKind.CAN, inputs.keypad.text)
        return Access(password, PasswordSource.KEYPAD, None)
    return None


def from_scanner(
    line: str, roster: Roster | None, profiles: dict[str, CardProfile]
) -> Access | None:
    """Return what a scanned line yields: a card's own QR, a badge, an MRZ; None for others.

    A line whose letters came out wrong yields what its digits prove (`mangled`).
    """
    text = line.strip()
    if len(text) > MAX_LINE:
        return None
    if text.startswith(CARD_QR):
        return _card_qr(text.removeprefix(CARD_QR).split("|"))
    if text.startswith(BADGE_QR):
        return _of_person(text.removeprefix(BADGE_QR), PasswordSource.SCANNER, roster)
    cells = text.split("|")
    if len(cells) >= CCCD_CELLS and re.fullmatch(r"[0-9]{12}", cells[0]):
        return _citizen(cells[0], profiles)
    if (number := mangled.citizen_number(text)) is not None:
        return _citizen(number, profiles)
    if (code := mangled.card_code(text)) is not None:
        return _known_card(*code, roster)
    return _mrz(mangled.zone(text))


CCCD_CELLS = 7
"""số | CMND cũ | họ tên | ddMMyyyy | giới tính | địa chỉ | ddMMyyyy."""
_DG1, _MRZ = 0x61, 0x5F1F  # Doc 9303-10 section 4.7.1: the zone as DG1 carries it


def _card_qr(cells: Sequence[str]) -> Access | None:
    if len(cells) < 2 or not re.fullmatch(r"[0-9]{6}", cells[1]):
        return None
    return Access(Password(PasswordKind.CAN, cells[1]), PasswordSource.SCANNER, "dang-vien")


def _known_card(number: str, can: str, roster: Roster | None) -> Access | None:
    """Take a party card's digits without its letters only for a number of the roster."""
    person = roster.by_key(person_key("number", number)) if roster is not None else None
    return None if person is None else _card_qr((number, can))


def _citizen(number: str, profiles: dict[str, CardProfile]) -> Access | None:
    if "cccd" not in profiles:
        return None
    password = derive_password(profiles["cccd"], PasswordKind.CAN, {"number": number})
    return None if password is None else Access(password, PasswordSource.SCANNER, "cccd")


def _of_person(person_id: str, source: PasswordSource, roster: Roster | None) -> Access | None:
    person = roster.by_id(person_id) if roster is not None else None
    if person is None or person.can is None:
        return None
    return Access(Password(PasswordKind.CAN, person.can), source, "dang-vien", person.id)


def _mrz(text: str) -> Access | None:
    """Read the password out of a scanned MRZ, all lines in one; a misread one yields nothing."""
    if not re.fullmatch(r"[A-Z0-9<]+", text):
        return None
    try:
        zone = dg1.parse(encode(_DG1, encode(_MRZ, text.encode("ascii"))))
        information = dg1.mrz_information(zone.document_number, zone.birth, zone.expiry)
    except MalformedData:
        return None
    return Access(Password(PasswordKind.MRZ, information), PasswordSource.SCANNER, "icao")
