"""`docs/verdicts.md` is whole: every code, in the words of the screens, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import edge.web
from edge.log.fault import LogFault
from edge.tap.admit import AdmitReason
from edge.tap.fault import Fault
from edge.web import words
from verify.reasons import Reason

PAGE = Path(__file__).parents[3] / "docs" / "verdicts.md"
ENGLISH = Path(edge.web.__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
TABLES: dict[type[StrEnum], str] = {
    Reason: "Reasons of the verdict",
    AdmitReason: "Reasons of the door",
    Fault: "Faults of laying, reader and terminal",
    LogFault: "Why recording is locked",
}
CODES = [code for table in TABLES for code in table]
MAKES = re.compile(r"(rejected|undecided|by the profile)([;,] .+)?")


@dataclass(frozen=True)
class Row:
    """One line of a table: each cell's Vietnamese and English."""

    makes: str | None
    says: tuple[str, ...]
    secretary: tuple[str, ...]
    officer: tuple[str, ...]


def rows(section: str) -> dict[str, Row]:
    """Return the rows under a heading, by code."""
    found: dict[str, Row] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        code = re.fullmatch(r"`([A-Z_0-9]+)`", cells[0]) if line.startswith("|") else None
        if code is not None:
            assert code[1] not in found, f"{code[1]} stands twice"
            makes = cells[1] if len(cells) == 5 else None
            found[code[1]] = Row(makes, *(tuple(cell.split("<br>")) for cell in cells[-3:]))
    return found


@pytest.fixture(scope="module")
def page() -> Mapping[str, dict[str, Row]]:
    """Return the tables of the page, by heading."""
    sections = PAGE.read_text("utf-8").split("\n## ")[1:]
    return {text.partition("\n")[0]: rows(text) for text in sections}


@pytest.fixture(scope="module")
def english() -> Catalog:
    """Return the English catalogue."""
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_a_code_is_missing_or_was_dropped(
    page: Mapping[str, dict[str, Row]], table: type[StrEnum]
) -> None:
    """Each table lists exactly the codes of its family, in their order."""
    assert list(page[TABLES[table]]) == [code.value for code in table]


def test_a_table_of_nothing_we_know(page: Mapping[str, dict[str, Row]]) -> None:
    """There are these four tables and no other."""
    assert list(page) == list(TABLES.values())


@pytest.mark.parametrize("code", CODES)
def test_a_sentence_differs_from_the_screen(
    page: Mapping[str, dict[str, Row]], english: Catalog, code: StrEnum
) -> None:
    """Vietnamese as `edge.web.words` has it, English as its catalogue does."""
    row = page[TABLES[type(code)]][code.value]
    shown = words.of_reason(code.value)
    for cell, text in ((row.says, shown.says), (row.secretary, shown.next_step)):
        message = english.get(text)
        assert message is not None
        assert cell == (text, message.string)


@pytest.mark.parametrize("code", CODES)
def test_the_officer_is_told_nothing(page: Mapping[str, dict[str, Row]], code: StrEnum) -> None:
    """What to do at a counter, a sentence in each language."""
    row = page[TABLES[type(code)]][code.value]
    vietnamese, translated = row.officer
    assert vietnamese.endswith(".")
    assert translated.endswith(".")
    assert translated.isascii()
    assert not vietnamese.isascii()
    for wrong in ("ủy", "khóa", "hủy"):
        assert wrong not in vietnamese


@pytest.mark.parametrize("code", list(Reason))
def test_what_a_reason_makes_of_the_verdict(
    page: Mapping[str, dict[str, Row]], code: Reason
) -> None:
    """Rejected, undecided, or left to the profile; age alone exactly where a list is in grace."""
    makes = page[TABLES[Reason]][code.value].makes
    assert makes is not None
    assert MAKES.fullmatch(makes)
    assert ("age alone" in makes) is code.value.endswith("_STALE")
