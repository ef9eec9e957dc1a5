"""Machine-readable zones against the standard's own examples, and back through the reader."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from provisioning.errors import OfficeInputInvalid
from provisioning.office import lds, mrz
from reader.lds import dg1

# Doc 9303-4 appendix B and Doc 9303-5 appendix B: Utopia's specimen holder.
SPECIMEN = mrz.MrzData(
    document_code="P",
    issuer="UTO",
    number="L898902C3",
    name="Eriksson Anna Maria",
    birth=date(1974, 8, 12),
    sex="F",
    expires=date(2012, 4, 15),
    nationality="UTO",
    optional="ZE184226B",
)


def test_the_standards_passport() -> None:
    """TD3 of Doc 9303-4, letter for letter."""
    assert mrz.td3(SPECIMEN) == (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    )


def test_the_standards_identity_card() -> None:
    """TD1 of Doc 9303-5, letter for letter."""
    card = dataclasses.replace(SPECIMEN, document_code="I", number="D23145890", optional="")
    assert mrz.td1(card) == (
        "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    )


def test_the_standards_password() -> None:
    """The MRZ information of Doc 9303-11 appendix D.2."""
    card = dataclasses.replace(
        SPECIMEN, number="L898902C", birth=date(1969, 8, 6), expires=date(1994, 6, 23)
    )
    assert mrz.information(card) == "L898902C<369080619406236"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Nguyễn Thị Hồng Phương", "NGUYEN THI HONG PHUONG"),
        ("Đỗ Đức Đệ", "DO DUC DE"),
        ("H’Ƀlăm Niê", "HBLAM NIE"),
        ("Y Krŭng Kƀuôr", "Y KRUNG KBUOR"),
        ("Nguye\u0302\u0303n Thuỷ", "NGUYEN THUY"),
        ("Trần-Lê Ưng", "TRAN LE UNG"),
    ],
)
def test_names_of_the_country(written: str, printed: str) -> None:
    """Every letter of the country's languages has its place in A to Z, composed or not."""
    assert mrz.transliterate(written) == printed


@pytest.mark.parametrize("name", ["", "  ", "Анна", "王", "Anna2"])
def test_name_that_cannot_be_printed(name: str) -> None:
    """A letter without a Latin form is refused instead of dropped."""
    with pytest.raises(OfficeInputInvalid, match="letter"):
        mrz.transliterate(name)


def test_long_name_ends_in_a_letter() -> None:
    """A name cut short ends in a letter, so that one sees it was cut."""
    for name in ("Nguyễn Thị Hồng Phương Thảo Ngọc", "Nguyen Thi Hong Phuong Thaoo Ngoc"):
        line = mrz.td1(dataclasses.replace(SPECIMEN, name=name, optional=""))[60:]
        assert len(line) == 30
        assert line[-1] != "<"
        assert "<<" in line


def test_name_of_one_word() -> None:
    """A holder without a given name has the surname alone."""
    line = mrz.td3(dataclasses.replace(SPECIMEN, name="Niê"))[5:44]
    assert line == "NIE".ljust(39, "<")


@pytest.mark.parametrize(
    "data",
    [
        dataclasses.replace(SPECIMEN, number="1234567890"),
        dataclasses.replace(SPECIMEN, number="12-4"),
        dataclasses.replace(SPECIMEN, optional="x" * 9),
    ],
)
def test_field_that_does_not_fit(data: mrz.MrzData) -> None:
    """Too long a field, or a character that no zone has, is refused."""
    with pytest.raises(OfficeInputInvalid, match="characters"):
        mrz.td3(data)


def test_the_reader_reads_what_the_office_prints() -> None:
    """Both layouts pass the reader's parser, which checks every check digit."""
    for text in (mrz.td1(SPECIMEN), mrz.td3(SPECIMEN)):
        zone = dg1.parse(lds.dg1(text))
        assert zone.document_number == "L898902C3"
        assert zone.optional_data == "ZE184226B"
        assert (zone.name.surname, zone.name.given) == ("ERIKSSON", "ANNA MARIA")
        assert mrz.information(SPECIMEN) == dg1.mrz_information(
            zone.document_number, zone.birth, zone.expiry
        )
