"""The English catalogue: whole, compiled, and of the texts that the pages really use."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import edge.web

WEB = Path(edge.web.__file__).parent
FOLDER = WEB / "translations" / "en" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Return every text that code and templates mark."""
    found = extract_from_dir(WEB, METHODS, keywords=KEYWORDS)
    return {m[0] if isinstance(m, tuple) else m for _, _, m, _, _ in found}


@pytest.fixture(scope="module")
def english() -> Catalog:
    """Return the catalogue as its translators keep it."""
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def entries(catalog: Catalog) -> list[Message]:
    """Return the messages without the header."""
    return [message for message in catalog if message.id]


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the singular and plural forms of a text."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def texts(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return each message's forms in source and translation."""
    return {forms(m.id): forms(m.string) for m in entries(catalog)}


def test_a_text_is_not_translated(used: set[str], english: Catalog) -> None:
    """Every text on screen stands in the English catalogue, and nothing else does."""
    known = {source[0] for source in texts(english)}
    assert used - known == set()
    assert known - used == set()
    assert not english.obsolete


def test_nobody_is_called_suspended(used: set[str], english: Catalog) -> None:
    """Neither language has a word for it: it is said on no screen."""
    said = [*used, *(text for form in texts(english).values() for text in form)]
    assert [text for text in said if re.search("đình chỉ|suspen", text, re.IGNORECASE)] == []


def test_a_translation_is_empty_or_fuzzy(english: Catalog) -> None:
    """Each is there, for each plural form, and was looked at by a person."""
    for message in entries(english):
        assert all(forms(message.string)), message.id
        assert not message.fuzzy, message.id


def test_a_translation_loses_a_place_holder(english: Catalog) -> None:
    """Names and figures go where the source has them."""
    for source, translated in texts(english).items():
        for text in translated:
            assert set(re.findall(r"%\(\w+\)\w", text)) == set(re.findall(r"%\(\w+\)\w", source[0]))


def test_a_translation_is_left_in_vietnamese(english: Catalog) -> None:
    """English texts carry no Vietnamese letter."""
    for source, translated in texts(english).items():
        assert all(text.isascii() for text in translated), source


def test_the_compiled_catalogue_is_old(english: Catalog) -> None:
    """The .mo says exactly what the .po says."""
    fresh = io.BytesIO()
    write_mo(fresh, english)
    fresh.seek(0)
    with (FOLDER / "messages.mo").open("rb") as file:
        shipped = read_mo(file)
    assert texts(shipped) == texts(read_mo(fresh))
