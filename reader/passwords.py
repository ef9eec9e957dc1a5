"""How a chip's password follows from what is known of the card or its holder.

Lives here: the rules that a profile may name. Not here: where the fields come from at a tap
(`edge.tap.access`), and guessing: there is none.

    last6(field)                    CAN: the last six digits of a number
    field(field)                    CAN: as it stands, six digits
    mrz(number, birth, expiry)      MRZ information with check digits

Source: Doc 9303-11 section 4.4.4.1; a CAN has six digits (Doc 9303-4, -5 and -6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reader.evidence import Password, PasswordKind
from reader.lds import dg1

_RULE = re.compile(r"([a-z0-9]+)\(([a-z0-9_]+(?:, ?[a-z0-9_]+)*)\)")
_ARGUMENTS = {PasswordKind.CAN: {"last6": 1, "field": 1}, PasswordKind.MRZ: {"mrz": 3}}

_CAN = re.compile(r"[0-9]{6}")
_DIGITS = re.compile(r"[0-9]{6,32}")
_MRZ_NUMBER = re.compile(r"[0-9A-Z<]{1,22}")
_MRZ_DATE = re.compile(r"[0-9<]{6}")
_ISO_DATE = re.compile(r"[0-9]{2}([0-9]{2})-([0-9]{2})-([0-9]{2})")


def is_rule(kind: PasswordKind, text: str) -> bool:
    """Tell whether `text` is a rule for this kind of password."""
    rule = _RULE.fullmatch(text)
    return rule is not None and _ARGUMENTS[kind].get(rule[1]) == rule[2].count(",") + 1


def derive(rule: str, kind: PasswordKind, fields: Mapping[str, str]) -> Password | None:
    """Return the password by a rule of `is_rule`; dates are yyyy-mm-dd, or YYMMDD as in the MRZ.

    None where a field is missing or has not the form that the rule needs.
    """
    parts = _RULE.fullmatch(rule)
    if parts is None:
        return None
    values = [fields.get(name.strip(), "").strip() for name in parts[2].split(",")]
    value = _apply(parts[1], values)
    return None if value is None else Password(kind, value)


def _apply(function: str, values: list[str]) -> str | None:
    match function:
        case "last6":
            return values[0][-6:] if _DIGITS.fullmatch(values[0]) else None
        case "field":
            return values[0] if _CAN.fullmatch(values[0]) else None
        case _:
            return _mrz(*values)


def _mrz(number: str, birth: str, expiry: str) -> str | None:
    number, birth, expiry = number.upper(), _mrz_date(birth), _mrz_date(expiry)
    if not (_MRZ_NUMBER.fullmatch(number) and birth and expiry):
        return None
    return dg1.mrz_information(number, birth, expiry)


def _mrz_date(text: str) -> str:
    iso = _ISO_DATE.fullmatch(text)
    if iso:
        return iso[1] + iso[2] + iso[3]
    return text if _MRZ_DATE.fullmatch(text) else ""
