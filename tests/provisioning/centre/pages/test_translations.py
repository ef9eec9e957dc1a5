"""The English catalogue of the centre's pages: whole, compiled, and of texts that are used."""

from __future__ import annotations

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from provisioning.centre import pages

FOLDER = Path(pages.__file__).parent
ENGLISH = FOLDER / "translations" / "en" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def catalogue() -> Catalog:
    """Return it as its translators keep it."""
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def first(text: object) -> str:
    """Return a text, of one with a plural the singular."""
    return str(text[0] if isinstance(text, (list, tuple)) else text)


def test_every_text_is_there() -> None:
    """Each text on screen stands in it, and nothing else does; none is empty."""
    found = extract_from_dir(FOLDER, METHODS, keywords=KEYWORDS)
    used = {first(message) for _, _, message, _, _ in found}
    kept = {first(message.id): first(message.string) for message in catalogue() if message.id}
    assert kept.keys() == used
    assert all(kept.values())


def test_places_for_values_are_the_same() -> None:
    """What a sentence is filled with is in both languages."""
    for message in catalogue():
        if message.id:
            texts = (first(message.id), first(message.string))
            found = [sorted(PLACEHOLDER.findall(text)) for text in texts]
            assert found[0] == found[1], texts


def test_it_is_compiled() -> None:
    """What the pages read is what stands in the catalogue."""
    compiled = read_mo(io.BytesIO((ENGLISH / "messages.mo").read_bytes()))
    read = {first(message.id): first(message.string) for message in compiled if message.id}
    kept = {first(message.id): first(message.string) for message in catalogue() if message.id}
    assert read == kept
