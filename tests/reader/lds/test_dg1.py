"""DG1 against the examples of Doc 9303 and the Dutch specimen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg1
from reader.lds.dg1 import MrzFormat, Name

# Doc 9303-5 and 9303-6, appendices B. (The short examples of Doc 9303-11 appendix D.2 print a
# composite check digit that does not hold by section 4.9; the long ones below are right.)
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<< 7408122F1204159UTO<<<<<<<<<<<6 ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<< D231458907UTO7408122F1204159<<<<<<<6"
# Doc 9303-11 appendix D.2
TD1_LONG = (
    "I<UTOD23145890<7349<<<<<<<<<<< 3407127M9507122UTO<<<<<<<<<<<2 STEVENSON<<PETER<JOHN<<<<<<<<<"
)
TD2_LONG = "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<< D23145890<UTO3407127M95071227349<<<8"
# Doc 9303-4 appendix B
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<< L898902C36UTO7408122F1204159ZE184226B<<<<<10"
# Doc 9303-10 appendix A.2.1, which prints 4 for the composite check digit
TD1_LDS = (
    "I<NLDXI85935F86999999990<<<<<< 7208148F1108268NLD<<<<<<<<<<<8 VAN<DER<STEEN<<MARIANNE<LOUISE"
)
AT = date(2025, 1, 1)

Build = Callable[[str], bytes]


def test_specimen_reads_in_full(specimen: Callable[[str], bytes]) -> None:
    """Every element of the Dutch specimen's MRZ stands where the standard puts it."""
    mrz = dg1.parse(specimen("0101"))
    assert (mrz.format, mrz.document_type, mrz.issuing_state) == (MrzFormat.TD3, "P", "NLD")
    assert (mrz.document_number, mrz.optional_data) == ("XX0001328", "123456789")
    assert (mrz.birth, mrz.sex, mrz.expiry) == ("711019", "F", "111001")
    assert mrz.name == Name("MEULENDIJK", "LOES ALBERTINE")


def test_td3_of_the_standard_reads_in_full(dg1_of: Build) -> None:
    """The passport example of Doc 9303-4."""
    mrz = dg1.parse(dg1_of(TD3))
    assert (mrz.document_number, mrz.optional_data) == ("L898902C3", "ZE184226B")
    assert (mrz.birth, mrz.sex, mrz.expiry, mrz.nationality) == ("740812", "F", "120415", "UTO")


@pytest.mark.parametrize(
    ("mrz", "number"),
    [
        (TD1, "D23145890"),
        (TD2, "D23145890"),
        (TD1_LONG, "D23145890734"),
        (TD2_LONG, "D23145890734"),
    ],
    ids=["TD1", "TD2", "TD1 long", "TD2 long"],
)
def test_document_number_is_whole_in_every_layout(dg1_of: Build, mrz: str, number: str) -> None:
    """A number of more than nine characters goes on in the optional data."""
    found = dg1.parse(dg1_of(mrz))
    assert (found.document_number, found.optional_data) == (number, "")
    assert found.name.given in ("ANNA MARIA", "PETER JOHN")


@pytest.mark.parametrize("mrz", [TD1, TD2, TD3, TD1_LONG, TD2_LONG, TD1_LDS])
def test_zone_of_the_standard_is_written_back(dg1_of: Build, mrz: str) -> None:
    """Elements, fillers and check digits go back to the same characters."""
    assert dg1.parse(dg1_of(mrz)).to_bytes() == dg1_of(mrz)


def test_example_of_the_logical_data_structure(dg1_of: Build) -> None:
    """Optional data beside a number, and a name of several words (Doc 9303-10 appendix A.2.1)."""
    mrz = dg1.parse(dg1_of(TD1_LDS))
    assert (mrz.document_number, mrz.optional_data) == ("XI85935F8", "999999990")
    assert mrz.name == Name("VAN DER STEEN", "MARIANNE LOUISE")
    with pytest.raises(MalformedData, match="check digit of the whole"):
        dg1.parse(dg1_of(TD1_LDS.replace("<8 ", "<4 ")))


def test_citizen_card_has_its_full_number_in_the_optional_data(td1: Callable[..., bytes]) -> None:
    """The twelve digits begin the optional data of the first line."""
    mrz = dg1.parse(td1(optional="001201000001<<5"))
    assert mrz.optional_data[0:12] == "001201000001"
    assert (mrz.document_type, mrz.issuing_state) == ("ID", "VNM")


def test_name_without_secondary_identifier_has_no_given_name(td1: Callable[..., bytes]) -> None:
    """One name alone is the primary identifier."""
    assert dg1.parse(td1(name="SUKARNO")).name == Name("SUKARNO", "")


@pytest.mark.parametrize("position", [44 + 9, 44 + 19, 44 + 27, 44 + 42, 44 + 43])
def test_wrong_check_digit_is_refused(dg1_of: Build, position: int) -> None:
    """Number, birth, expiry, optional data and composite are each checked."""
    joined = "".join(TD3.split())
    wrong = "1" if joined[position] != "1" else "2"
    with pytest.raises(MalformedData, match="check digit"):
        dg1.parse(dg1_of(joined[:position] + wrong + joined[position + 1 :]))


def test_passport_without_optional_data_may_leave_out_its_check_digit(dg1_of: Build) -> None:
    """Doc 9303-4: where the personal number is absent, its check digit may be a filler."""
    joined = "".join(TD3.split())
    for digit in "<0":
        lower = joined[44:72] + "<" * 14 + digit
        composite = dg1.check_digit(lower[0:10] + lower[13:20] + lower[21:43])
        data = dg1_of(joined[:44] + lower + composite)
        mrz = dg1.parse(data)
        assert (mrz.optional_data, mrz.filler_digit) == ("", digit == "<")
        assert mrz.to_bytes() == data


def test_optional_data_without_their_check_digit_are_refused(dg1_of: Build) -> None:
    """Only where there are none may a filler stand for the digit."""
    joined = "".join(TD3.split())
    lower = joined[44:86] + "<"
    composite = dg1.check_digit(lower[0:10] + lower[13:20] + lower[21:43])
    with pytest.raises(MalformedData, match="check digit of the optional data"):
        dg1.parse(dg1_of(joined[:44] + lower + composite))


def test_long_number_without_its_check_digit_is_refused(dg1_of: Build) -> None:
    """A filler for the check digit with nothing in the optional data is no number."""
    with pytest.raises(MalformedData, match="no check digit"):
        dg1.parse(dg1_of(TD1.replace("D231458907", "D23145890<")))


def test_long_number_that_nothing_ends_is_refused(dg1_of: Build) -> None:
    """Note j: a filler stands behind its check digit."""
    beyond = "7" * 14
    number = f"D23145890<{beyond}{dg1.check_digit('D23145890' + beyond)}"
    zone = "".join(TD1.replace("D231458907<<<<<<<<<<<<<<<", number).split())
    whole = dg1.check_digit(zone[5:30] + zone[30:37] + zone[38:45] + zone[48:59])
    with pytest.raises(MalformedData, match="no check digit"):
        dg1.parse(dg1_of(zone[:59] + whole + zone[60:]))


@pytest.mark.parametrize("change", [("I<UTO", "I4UTO"), ("I<UTO", "I<U7O"), ("4159UTO", "4159UT0")])
def test_digit_in_a_code_of_letters_is_refused(dg1_of: Build, change: tuple[str, str]) -> None:
    """The kind of document, its issuer and the nationality are letters (tables 40 to 42)."""
    assert change[0] in TD1
    with pytest.raises(MalformedData, match="a digit stands"):
        dg1.parse(dg1_of(TD1.replace(*change)))


@pytest.mark.parametrize(
    "changes",
    [
        {"document_number": "D2314589012345678901234"},
        {"optional_data": "X" * 16},
        {"birth": "7408122"},
        {"name": Name("A" * 31, "")},
        {"name": Name("Eriksson", "Anna")},
        {"nationality": "UTOPIA"},
        {"sex": "FF"},
    ],
)
def test_element_that_does_not_fit_is_not_written(dg1_of: Build, changes: dict[str, Any]) -> None:
    """Nothing is cut to make it fit."""
    mrz = replace(dg1.parse(dg1_of(TD1)), **changes)
    with pytest.raises(MalformedData, match="does not fit"):
        mrz.to_bytes()


@pytest.mark.parametrize(
    "mrz",
    [
        "",
        "".join(TD1.split())[:-1],
        TD1.replace("ERIKSSON", "ERiKSSON"),
        TD1.replace("2F1204", "2Q1204"),
    ],
    ids=["empty", "short", "small letter", "sex Q"],
)
def test_zone_not_of_the_standard_is_refused(dg1_of: Build, mrz: str) -> None:
    """A wrong length, alphabet or sex raises MalformedData."""
    with pytest.raises(MalformedData):
        dg1.parse(dg1_of(mrz))


def test_zone_with_bytes_beyond_ascii_is_refused() -> None:
    """No decoding error leaks."""
    with pytest.raises(MalformedData):
        dg1.parse(tlv.encode(0x61, tlv.encode(0x5F1F, b"\xff" * 90)))


def test_file_beyond_the_cap_is_refused() -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        dg1.parse(bytes(dg1.MAX_DG1 + 1))


def test_letters_in_a_date_are_refused(td1: Callable[..., bytes]) -> None:
    """A date has digits, or fillers where it is unknown."""
    with pytest.raises(MalformedData, match="digits"):
        dg1.parse(td1(birth="01A203"))


@pytest.mark.parametrize(
    ("number", "birth", "expiry", "information"),
    [
        ("L898902C", "690806", "940623", "L898902C<369080619406236"),
        ("D23145890734", "340712", "950712", "D23145890734934071279507122"),
    ],
)
def test_mrz_information_is_that_of_the_standard(
    number: str, birth: str, expiry: str, information: str
) -> None:
    """Both examples of Doc 9303-11 appendix D.2."""
    assert dg1.mrz_information(number, birth, expiry) == information


@pytest.mark.parametrize(
    ("number", "birth"), [("L898902c", "690806"), ("L898902C", "69080"), ("Đ", "690806")]
)
def test_mrz_information_of_foreign_characters_is_refused(number: str, birth: str) -> None:
    """Small letters, a short date and Vietnamese letters raise MalformedData."""
    with pytest.raises(MalformedData):
        dg1.mrz_information(number, birth, "940623")


@pytest.mark.parametrize(
    ("birth", "born"),
    [
        ("010203", date(2001, 2, 3)),
        ("250101", date(2025, 1, 1)),
        ("250102", date(1925, 1, 2)),
        ("620413", date(1962, 4, 13)),
        ("62<<<<", None),
        ("010230", None),
    ],
)
def test_birth_is_the_last_such_day_not_in_the_future(
    td1: Callable[..., bytes], birth: str, born: date | None
) -> None:
    """Nobody is born tomorrow; an unknown part makes the date unknown."""
    assert dg1.birth_date(dg1.parse(td1(birth=birth)), AT) == born


@pytest.mark.parametrize(
    ("at", "expiry", "expires"),
    [
        (AT, "310203", date(2031, 2, 3)),
        (AT, "111001", date(2011, 10, 1)),
        (AT, "000101", date(2000, 1, 1)),
        (AT, "991231", date(2099, 12, 31)),
        (date(2085, 1, 1), "041231", date(2104, 12, 31)),
        (date(2085, 1, 1), "051231", date(2005, 12, 31)),
        (AT, "<<<<<<", None),
        (AT, "310230", None),
    ],
)
def test_expiry_never_wraps_into_a_new_life(
    td1: Callable[..., bytes], at: date, expiry: str, expires: date | None
) -> None:
    """Long expired stays expired, a card without end (99) is not expired."""
    assert dg1.expiry_date(dg1.parse(td1(expiry=expiry)), at) == expires


def test_holder_stands_in_no_repr(td1: Callable[..., bytes]) -> None:
    """A logged MRZ tells neither name nor number nor date."""
    shown = repr(dg1.parse(td1(optional="001201000001")))
    for secret in ("NGUYEN", "201000001", "001201000001", "010203", "310203"):
        assert secret not in shown
