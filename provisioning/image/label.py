"""A terminal's label: whose key it has, for eyes, for a scanner, and for reading aloud.

Lives here: what a label says, and whether a code that somebody reads out is that of a key. Not
here: the page that is printed (`label_page`). Nothing on a label is secret.
Sources: Crockford's base 32; ISO/IEC 18004 (what the QR code carries is short plain text).

The code is the first 80 bits of the key's fingerprint (SHA-256 of its SubjectPublicKeyInfo): to
make another key with the same code takes more work than there is in the world, and it fits a phone
call. Digits are said as digits, letters by a short word that nobody spells otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, unique

from edge import crockford
from provisioning.errors import OfficeInputInvalid

CODE = 16  # characters: 80 bits
QR_PREFIX = "TRAMTHE:TERMINAL:"
MAX_CONTACT = 60  # characters
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_HASH = 52  # characters that hold 256 bits
_SPARE = bytes(1)  # 52 characters are 260 bits
_SAID = {
    "0": "không", "1": "một", "2": "hai", "3": "ba", "4": "bốn", "5": "năm", "6": "sáu",
    "7": "bảy", "8": "tám", "9": "chín", "A": "Anh", "B": "Bò", "C": "Cá", "D": "Đất", "E": "Em",
    "F": "ép-phờ", "G": "Gà", "H": "Hoa", "J": "gi", "K": "Kim", "M": "Mẹ", "N": "Núi", "P": "Pin",
    "Q": "Quả", "R": "Rồng", "S": "Sông", "T": "Tay", "V": "Voi", "W": "vê-kép", "X": "Xe",
    "Y": "Yến", "Z": "dét",
}  # fmt: skip


@unique
class Paper(StrEnum):
    """What labels are printed on."""

    SMALL = "62x29"
    """Millimetres: a roll of address labels."""
    LARGE = "89x36"
    A4 = "a4"
    """24 labels of 70 by 37 mm."""


@dataclass(frozen=True, slots=True)
class Label:
    """One terminal's label. `fingerprint`: of its key, hexadecimal; None before there is one."""

    terminal: str
    organisation: str | None = None
    fingerprint: str | None = None
    serial: str | None = None
    """The machine's own number, as its maker gave it."""
    contact: str | None = None
    """Whom to call about a terminal that was found or does not work."""

    @property
    def code(self) -> str | None:
        """Return the key's code in groups: 7Q4K 19ZD 4F7K 29QM."""
        if self.fingerprint is None:
            return None
        return crockford.grouped(code_of(self.fingerprint))

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Return the code as it is read aloud, a row for each group."""
        code = self.code or ""
        return tuple(tuple(_SAID[one] for one in group) for group in code.split())

    @property
    def qr_text(self) -> str:
        """Return what the QR code carries: name, serial, whole fingerprint, as far as known."""
        serial = "" if self.serial is None else f":S={self.serial}"
        if self.fingerprint is None:
            return f"{QR_PREFIX}{self.terminal}{serial}"
        whole = crockford.encode(bytes.fromhex(self.fingerprint) + _SPARE, _HASH)
        return f"{QR_PREFIX}{self.terminal}{serial}:K={whole}"


def code_of(fingerprint: str) -> str:
    """Return the code of a key by its fingerprint in hexadecimal, ungrouped."""
    return crockford.encode(bytes.fromhex(check_fingerprint(fingerprint)), CODE)


def is_code_of(typed: str, fingerprint: str) -> bool:
    """Whether what a person typed or heard is the code of the key, or a label's scanned text.

    Case, blanks and hyphens do not count, O is 0, I and L are 1.
    """
    whole = crockford.encode(bytes.fromhex(check_fingerprint(fingerprint)) + _SPARE, _HASH)
    _, marked, scanned = typed.strip().rpartition(":K=")
    if marked:
        return crockford.canonical(scanned) == whole
    return crockford.canonical(typed) == whole[:CODE]


def check_fingerprint(text: str) -> str:
    """Return a fingerprint: 64 hexadecimal digits. Raises OfficeInputInvalid."""
    plain = text.lower().replace(" ", "").replace(":", "")
    if not _FINGERPRINT.fullmatch(plain):
        raise OfficeInputInvalid(
            "That is no fingerprint of a key: 64 hexadecimal digits.",
            next_step="Copy it from where the office shows the terminal's request.",
        )
    return plain


def check_contact(text: str) -> str:
    """Return whom to call. Raises OfficeInputInvalid for more than a label has room for."""
    if not text.isprintable() or not 0 < len(text) <= MAX_CONTACT:
        raise OfficeInputInvalid(
            f"Whom to call has to fit one line of {MAX_CONTACT} characters.",
            next_step="Give a name and a number.",
        )
    return text
