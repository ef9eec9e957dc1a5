"""Dates in data groups 11, 12 and 16: eight digits, or the same packed into four bytes.

Lives here: both forms to ISO 8601, as far as a date is known. Not here: the two-digit years of the
MRZ (`dg1`) and the Vietnamese texts of DG13 (`sources`).
Source: Doc 9303-10 sections 4.7.11.1 (unknown parts are zeros) and 4.7.12 (packed forms are
recommended to be understood).
"""

from __future__ import annotations

from datetime import date, datetime

from reader.lds.asn1 import malformed

_DATE = 8  # digits
_MOMENT = 14  # digits


def day(value: bytes, where: str) -> str:
    """Return yyyy-mm-dd, yyyy-mm or yyyy as far as it is known, empty where nothing is.

    Raises MalformedData for bytes that are no date, and for a date that never was.
    """
    digits = _digits(value, _DATE, where)
    year, month, dd = digits[:4], digits[4:6], digits[6:]
    if year == "0000":
        return ""
    if month == "00":
        return year
    try:
        known = date.fromisoformat(f"{year}-{month}-{'01' if dd == '00' else dd}")
    except ValueError:
        raise malformed(where, "a date never was") from None
    return known.isoformat()[:7] if dd == "00" else known.isoformat()


def moment(value: bytes, where: str) -> str:
    """Return yyyy-mm-ddThh:mm:ss. Raises MalformedData for bytes that are no such moment."""
    digits = _digits(value, _MOMENT, where)
    parts = [digits[:4], *(digits[at : at + 2] for at in range(4, _MOMENT, 2))]
    try:
        known = datetime.fromisoformat("{}-{}-{}T{}:{}:{}".format(*parts))
    except ValueError:
        raise malformed(where, "a time never was") from None
    return known.isoformat()


def encode(iso: str) -> bytes:
    """Return a date or moment, as above, in digits; unknown parts as zeros."""
    digits = "".join(filter(str.isdigit, iso))
    return digits.ljust(_MOMENT if "T" in iso else _DATE, "0").encode("ascii")


def _digits(value: bytes, count: int, where: str) -> str:
    """Return `count` digits from their characters, or from two packed into each byte."""
    text = value.hex() if len(value) * 2 == count else value.decode("ascii", errors="replace")
    if len(text) != count or not text.isdigit():
        raise malformed(where, "a date is not of digits")
    return text
