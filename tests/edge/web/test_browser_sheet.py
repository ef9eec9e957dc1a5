"""The closing sheet printed by a browser: pages of A4, and the letters on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from edge.meeting.attendance import FactKind
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_jws import digest
from edge.web import sheet_page
from tests.edge.meeting.evening import MEMBERS, OPENING, ROSTER, SUPPLEMENT, crowd, the_sheet

pytestmark = pytest.mark.browser

PAPERS = Path("build/papers")
A4 = (b"594.95996", b"841.91998")
"""210 by 297 mm in points, as Chromium rounds them."""
LONG = "H'Ƀlŏ Nguyễn Phương Thảo "
AT = "http://sheet.invalid/"
RARE = "Y Ƀlŏ Č Ĕ Ŭ č ĕ ŭ ƀ Êƀan Ễ Ậ Ỡ đ Đ"

SHEETS: dict[str, Callable[[], Sheet]] = {
    "drawn": the_sheet,
    "practice": lambda: the_sheet(practice=True),
    "supplement": lambda: the_sheet(supplement=SUPPLEMENT),
    "supplement-long": lambda: the_sheet(
        supplement=replace(SUPPLEMENT, later=SUPPLEMENT.later * 40)
    ),
    "nobody": lambda: the_sheet(
        roster=replace(ROSTER, people=()), opening=replace(OPENING, chair=None, secretary=None)
    ),
    "by-hand-40": lambda: crowd(40, how=FactKind.HAND_ENTRY),
    "touched-40": lambda: crowd(40, how=FactKind.CONFIRMED),
    "long-40": lambda: crowd(40, before=LONG),
    "capitals-40": lambda: crowd(40, before="NGUYỄN THỊ "),
    "wide-40": lambda: crowd(40, before="W" * 90 + " "),
    "long-400": lambda: crowd(400, before=LONG),
    **{f"{n}": (lambda n=n: crowd(n)) for n in (1, 40, 41, 45, 46, 100, 400, 1200)},  # type: ignore[misc]
}
ON_ONE_PAGE = ("drawn", "practice", "by-hand-40", "touched-40", "long-40", "capitals-40", "40")


@pytest.fixture
def paper(chromium: Browser, tmp_path: Path) -> Iterator[Callable[[Sheet], Page]]:
    """Return an opener of a sheet's document; what breaks its own policy fails the test."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    def opened(sheet: Sheet) -> Page:
        file = tmp_path / "sheet.html"
        file.write_text(sheet_page.document(sheet, digest(sheet)), "utf-8")
        page.goto(file.as_uri())
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    yield opened
    context.close()
    assert complaints == []


def printed(page: Page, name: str) -> int:
    """Print to a file that is kept to be looked at, and return how many pages it has."""
    pdf = page.pdf(prefer_css_page_size=True)
    PAPERS.mkdir(parents=True, exist_ok=True)
    (PAPERS / f"{name}.pdf").write_bytes(pdf)
    assert set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)) == {A4}
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("name", SHEETS)
def test_pages_of_paper(name: str, paper: Callable[[Sheet], Page]) -> None:
    """As many as the sheet says of itself: no page runs over, none is empty."""
    sheet = SHEETS[name]()
    pages = sheet_page.layout(sheet).pages
    assert printed(paper(sheet), name) == pages
    assert pages == 1 or name not in ON_ONE_PAGE


OVER = """() => [...document.querySelectorAll(".sheet td, .sheet th, .sheet p, .sheet dd")]
  .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 99))"""


@pytest.mark.parametrize("name", ["drawn", "supplement", "long-400", "1200", "wide-40"])
def test_nothing_runs_out_of_its_cell(name: str, paper: Callable[[Sheet], Page]) -> None:
    """Long words break, long numbers are small."""
    page = paper(SHEETS[name]())
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 696, "height": 1043})
    assert page.evaluate(OVER) == []


def test_every_letter_is_of_the_bundled_type(chromium: Browser) -> None:
    """Names of every people of Vietnam, in the heavy weight too; no letter is borrowed."""
    people = (replace(MEMBERS[0], name=f"{RARE} {RARE.replace(' ', '')}"), *MEMBERS[1:])
    sheet = the_sheet(roster=replace(ROSTER, people=people))
    html = sheet_page.document(sheet, digest(sheet))
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route(AT, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(AT)
    assert {custom for _, custom in _types(page)} == {True}
    assert {family.split(" Semi")[0] for family, _ in _types(page)} == {
        "Be Vietnam Pro", "Tram The So",
    }  # fmt: skip
    context.close()


def _types(page: Page) -> set[tuple[str, bool]]:
    """Return (family, whether it came with the page) of the type of every text on the sheet."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    asked = {"nodeId": root, "selector": ".sheet, .sheet *"}
    found = set()
    for node in session.send("DOM.querySelectorAll", asked)["nodeIds"]:
        for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            found.add((font["familyName"], font["isCustomFont"]))
    return found
