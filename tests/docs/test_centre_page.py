"""`docs/centre.md`: every button that it names is one, every picture is there and small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from provisioning.centre import pages
from provisioning.centre.catalogue import read_organisations
from provisioning.centre.people.roles import Act, Role, may

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "centre.md").read_text("utf-8")
CATALOGUE = Path(pages.__file__).parent / "translations/en/LC_MESSAGES/messages.po"
PICTURES = re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]+)">', PAGE)
LARGEST = 60_000  # bytes of a picture: somebody reads this over a poor network
IN_EVERY_LANGUAGE = {"English", "CSV", "XLSX"}


def test_every_button_is_one() -> None:
    """What stands in bold is written so on a page of the centre."""
    with CATALOGUE.open("rb") as file:
        known = {str(message.id) for message in read_po(file, locale="en")}
    named = {" ".join(found.split()) for found in re.findall(r"\*\*(.+?)\*\*", PAGE, re.DOTALL)}
    assert len(named) > 15
    assert named - known - IN_EVERY_LANGUAGE == set()


@pytest.mark.parametrize(("picture", "says"), PICTURES)
def test_picture(picture: str, says: str) -> None:
    """Is there, is small, and is said in words."""
    assert 0 < (DOCS / picture).stat().st_size <= LARGEST
    assert len(says) > 20


def test_roles_are_those_of_the_program() -> None:
    """The table of roles: who may settle and export, who sees the audit."""
    for role in Role:
        cells = re.search(rf"^\| `{role}` \|(.*)\|(.*)\|(.*)\|$", PAGE, re.MULTILINE)
        assert cells is not None
        found = [cell.strip() == "được" for cell in cells.groups()]
        assert found == [may(role, act) for act in (Act.FLEET, Act.EXPORT, Act.AUDIT)]


def test_example_of_a_catalogue_is_taken() -> None:
    """The lines on the page under the head on the page."""
    lines = re.findall(r"^    (99\.\S.*)$", PAGE, re.MULTILINE)
    head = "ma;tu;den;ten;truc_thuoc"
    assert head in PAGE
    assert len(read_organisations("\n".join([head, *lines]).encode())) == 2
