"""Passwords from fields."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reader import passwords
from reader.evidence import Password, PasswordKind

CAN, MRZ = PasswordKind.CAN, PasswordKind.MRZ
MRZ_RULE = "mrz(document_number, birth, expiry)"


@pytest.mark.parametrize(
    ("kind", "rule", "fields", "value"),
    [
        (CAN, "last6(number)", {"number": "001201012345"}, "012345"),
        (CAN, "last6(number)", {"number": " 001201012345 "}, "012345"),
        (CAN, "field(can)", {"can": "123456"}, "123456"),
        (
            MRZ,
            MRZ_RULE,
            {"document_number": "L898902C", "birth": "1969-08-06", "expiry": "1994-06-23"},
            "L898902C<369080619406236",
        ),
        (
            MRZ,
            MRZ_RULE,
            {"document_number": "d23145890734", "birth": "340712", "expiry": "950712"},
            "D23145890734934071279507122",
        ),
    ],
)
def test_rule_gives_the_password(
    kind: PasswordKind, rule: str, fields: Mapping[str, str], value: str
) -> None:
    """Both kinds; dates in either form; the MRZ examples of Doc 9303-11 appendix D.2."""
    assert passwords.is_rule(kind, rule)
    assert passwords.derive(rule, kind, fields) == Password(kind, value)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("last6(number)", {}),
        ("last6(number)", {"number": "12345"}),
        ("last6(number)", {"number": "00120101234x"}),
        ("last6(number)", {"number": "٠٠١٢٠١٠١٢٣٤٥"}),
        ("field(can)", {"can": "1234567"}),
        ("field(can)", {"can": ""}),
        (MRZ_RULE, {"document_number": "L898902C", "birth": "1969-08-06"}),
        (MRZ_RULE, {"document_number": "Đ1", "birth": "690806", "expiry": "940623"}),
        (MRZ_RULE, {"document_number": "1", "birth": "06/08/1969", "expiry": "940623"}),
    ],
)
def test_field_missing_or_out_of_form_gives_no_password(
    rule: str, fields: Mapping[str, str]
) -> None:
    """No guess is made from half of what it takes."""
    kind = MRZ if rule == MRZ_RULE else CAN
    assert passwords.derive(rule, kind, fields) is None


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (CAN, "last6"),
        (CAN, "last6()"),
        (CAN, "last6(a, b)"),
        (CAN, "last4(number)"),
        (CAN, MRZ_RULE),
        (MRZ, "mrz(document_number, birth)"),
        (MRZ, "last6(number)"),
    ],
)
def test_text_that_is_no_rule_is_told(kind: PasswordKind, rule: str) -> None:
    """Unknown functions, wrong counts and rules of the other kind."""
    assert not passwords.is_rule(kind, rule)


def test_text_that_is_no_rule_derives_nothing() -> None:
    """Also where nobody asked first."""
    assert passwords.derive("number", CAN, {"number": "123456"}) is None


def test_password_stands_in_no_repr() -> None:
    """A logged password tells only its kind."""
    assert "123456" not in repr(passwords.derive("field(can)", CAN, {"can": "123456"}))
