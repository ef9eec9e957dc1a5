"""`docs/secretary.md`: every button that it names is one, every picture is there and small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from PIL import Image

import edge.web

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "secretary.md").read_text("utf-8")
CATALOGUE = Path(edge.web.__file__).parent / "translations/en/LC_MESSAGES/messages.po"
PICTURES = re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]+)">', PAGE)
LARGEST = 60_000  # bytes of a picture: somebody reads this over a poor network
MOST = 7
CENTRES = "trung-tam"
"""So begin the pictures of `docs/centre.md`."""
LINES = 100
"""One page, printed with its pictures on both sides."""


def test_every_button_is_one() -> None:
    """What stands in bold is written so on a page of the terminal, in one language or the other."""
    with CATALOGUE.open("rb") as file:
        known = {text for m in read_po(file, locale="en") for text in (m.id, m.string)}
    named = {" ".join(found.split()) for found in re.findall(r"\*\*(.+?)\*\*", PAGE, re.DOTALL)}
    assert len(named) > 20
    assert named - known == set()


def test_what_the_board_says_is_what_it_says() -> None:
    """The table of lights quotes the board."""
    with CATALOGUE.open("rb") as file:
        known = {str(m.id).replace("\u00a0", " ") for m in read_po(file, locale="en")}
    rows = [row.split("|")[2].strip() for row in PAGE.splitlines() if row.startswith("| ")][1:]
    quoted = {word for row in rows for word in row.split(", ")}
    assert len(quoted) == 8
    assert quoted - known == set()


def test_it_is_one_page() -> None:
    """It stays short, with few pictures; each is used, and says what it shows."""
    assert len(PAGE.splitlines()) <= LINES
    assert len(PICTURES) <= MOST
    used = {(DOCS / source).name for source, _ in PICTURES}
    there = {file.name for file in (DOCS / "pictures").iterdir()}
    assert used == {name for name in there if not name.startswith(CENTRES)}


@pytest.mark.parametrize(("source", "says"), PICTURES)
def test_a_picture(source: str, says: str) -> None:
    """A small PNG file that opens, with words for whoever cannot see it."""
    file = DOCS / source
    assert file.stat().st_size < LARGEST
    with Image.open(file) as picture:
        picture.load()
        assert picture.format == "PNG"
    assert len(says) > 20
