"""The language of a profile's fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from reader.errors import MalformedData
from reader.lds import sources
from reader.lds.files import FileId
from reader.lds.sources import CardFiles

AT = date(2025, 9, 1)


@pytest.fixture
def card(td1: Callable[..., bytes], dg13_of: Callable[..., bytes]) -> CardFiles:
    """Return a citizen card's DG1 and DG13."""
    texts = {
        1: "001201000001",
        2: "Nguyễn Văn An",
        3: "03/02/2001",
        11: "31/02/2021",
        12: "Không thời hạn",
        13: ("Bình", "Mơ"),
        15: "  ",
    }
    files = {FileId.DG1: td1(optional="001201000001<<5"), FileId.DG13: dg13_of(texts)}
    return CardFiles(files, AT)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("DG1.document_number", "201000001"),
        ("DG1.optional_data[0:12]", "001201000001"),
        ("DG1.optional_data[0:20]", None),
        ("DG1.birth", "2001-02-03"),
        ("DG1.expiry", "2031-02-03"),
        ("DG1.name", "NGUYEN VAN AN"),
        ("DG1.surname", "NGUYEN"),
        ("DG1.given", "VAN AN"),
        ("DG1.sex", "M"),
        ("DG1.nationality", "VNM"),
        ("DG1.document_type", "ID"),
        ("DG1.optional_data_2", None),
        ("DG13.2", "Nguyễn Văn An"),
        ("DG13.13", "Bình, Mơ"),
        ("DG13.15", None),
        ("DG13.99", None),
        ("date(DG13.3)", "2001-02-03"),
        ("date(DG13.11)", None),
        ("date(DG13.12)", None),
        ("date(DG13.12) | DG1.expiry", "2031-02-03"),
        ("DG13.2 | DG1.name", "Nguyễn Văn An"),
        ("DG1.issuing_state + DG1.document_number", "VNM201000001"),
        ("DG1.issuing_state + DG13.99", None),
    ],
)
def test_source_gives_what_the_card_has(card: CardFiles, source: str, value: str | None) -> None:
    """Elements, slices, texts, dates, alternatives and joints; None where the card has nothing."""
    assert card.value(sources.parse(source)) == value


@pytest.mark.parametrize(
    "source",
    [
        "",
        "DG1",
        "DG1.colour",
        "DG1.optional_data[12:0]",
        "DG1.optional_data[3:]",
        "DG2.1",
        "DG13.name",
        "date(DG13.3",
        "DG13.3)",
        "date(DG1.birth)",
        "DG13.1 |",
        "DG13.1 + ",
        "DG13.1," * 40,
    ],
)
def test_source_that_is_not_understood_is_refused(source: str) -> None:
    """ValueError, for the profile's loader to name the key."""
    with pytest.raises(ValueError):  # noqa: PT011 the text differs, the kind is the promise
        sources.parse(source)


def test_files_of_a_source_are_known_before_reading() -> None:
    """So that the loader can refuse a field from a file that nobody reads."""
    assert sources.parse("DG13.2 | DG1.name").files == {FileId.DG1, FileId.DG13}


def test_card_without_the_file_has_nothing() -> None:
    """An absent file is an absent value."""
    card = CardFiles({}, AT)
    assert card.value(sources.parse("DG1.name | DG13.2")) is None


def test_malformed_file_is_an_error_and_not_an_absence() -> None:
    """A file that is there but broken raises MalformedData."""
    card = CardFiles({FileId.DG13: b"\x6d\x00"}, AT)
    with pytest.raises(MalformedData):
        card.value(sources.parse("DG13.2"))
