"""Text that a card brings and people read: one spelling, nothing invisible.

Lives here: bytes to text fit for a screen, and the separator that stands between the lines of an
address. Not here: the MRZ's alphabet (`dg1`), and which tag of a file carries what.
Source: Doc 9303-10 section 3.9.1 (UTF-8); ITU-T X.690 section 8.23 (strings of ASN.1); Unicode
Standard Annex 15 (NFC).

A genuine card is not refused for a stray character, and no character of a card is obeyed: breaks
and tabs become a space; what else controls rather than shows (escape sequences, changes of
direction, marks that no eye sees) becomes the replacement character. The joiners stay, since
Persian and Indic names are not spelled without them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from reader.lds.asn1 import IA5_STRING, PRINTABLE_STRING, UTF8_STRING, malformed

ENCODINGS: Mapping[int, str] = {
    UTF8_STRING: "utf-8",
    0x12: "utf-8",  # NumericString
    PRINTABLE_STRING: "utf-8",
    0x14: "utf-8",  # TeletexString
    IA5_STRING: "utf-8",
    0x1A: "utf-8",  # VisibleString
    0x1B: "utf-8",  # GeneralString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
"""Tag of a string of ASN.1 to what Python calls its encoding. Issuers put UTF-8 into all kinds
that have one octet for a character."""

SEPARATOR = "<"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}")
_JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})  # general categories: control, format, half of a pair


def utf8(value: bytes, where: str) -> str:
    """Return UTF-8 as text fit to be shown. Raises MalformedData."""
    return decode(value, "utf-8", where)


def decode(value: bytes, encoding: str, where: str) -> str:
    """Return `value` in `encoding`, as Python names it, fit to be shown. Raises MalformedData."""
    try:
        found = value.decode(encoding)
    except UnicodeDecodeError:
        # From None: the cause would carry the holder's data.
        raise malformed(where, f"a text is not {encoding.upper()}") from None
    return plain(found)


def plain(text: str) -> str:
    """Return `text` in NFC, with nothing in it that a screen or a printer would obey."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text)
    return text if text.isprintable() else "".join(map(_visible, text))


def parts(text: str) -> tuple[str, ...]:
    """Return the parts of a place, an address or a list of numbers, empty ones left out."""
    return tuple(part for part in text.split(SEPARATOR) if part)


def joined(parts: Iterable[str]) -> bytes:
    """Return parts as a card keeps them, in UTF-8."""
    return SEPARATOR.join(parts).encode()


def _visible(character: str) -> str:
    if character in _BREAKS:
        return " "
    hidden = unicodedata.category(character) in _UNSEEN and character not in _JOINERS
    return REPLACEMENT if hidden else character
