"""A closed meeting printed from its page by a browser, as a secretary prints it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from edge.meeting.roster import Category, Person, Roster
from edge.web.papers import knowledge
from edge.wire.kinds import EventKind, ExportOutcome

from .conftest import Opener
from .meeting_terminal import MeetingTerminal, running
from .test_browser_sheet import printed

pytestmark = pytest.mark.browser


def roster(count: int) -> Roster:
    """Return an organisation of this many official members."""
    people = tuple(
        Person(f"{n}", f"Lò Văn {chr(65 + n % 26)}{n}", Category.OFFICIAL) for n in range(count)
    )
    return Roster("Chi bộ bản Nậm Khoai", "99168053000004", people, parent="Đảng bộ xã Pha Hín")


@pytest.fixture
def terminal(request: pytest.FixtureRequest) -> Iterator[MeetingTerminal]:
    """Return a terminal that closed a meeting of so many people, all but one of whom came."""
    with running(roster(request.param)) as made:
        made.begin()
        for n in range(1, request.param):
            made.tap(f"{n}")
        context = made.desk.require().context
        made.later(100)
        made.close_meeting()
        made.sheets.sign(context, knowledge(made.status()))
        yield made


def on_paper(terminal: MeetingTerminal, open_page: Opener) -> Page:
    """Return the page that the button leads to."""
    page = open_page("/ban/bien-ban")
    page.get_by_role("link", name="Sinh hoạt thường kỳ").click()
    page.get_by_role("button", name="In biên bản").click()
    expect(page.get_by_role("heading", name="BIÊN BẢN ĐIỂM DANH")).to_be_visible()
    page.evaluate("document.fonts.ready.then(() => true)")
    return page


def heads(page: Page) -> list[int]:
    """Return how many tables with a head stand before each page's end, as the browser lays it."""
    page.emulate_media(media="print")
    found: list[int] = page.evaluate(
        """() => [...document.querySelectorAll(".sheet__lists")].map(
          (band) => [...band.querySelectorAll("thead")].filter((e) => e.offsetHeight > 8).length)"""
    )
    return found


@pytest.mark.parametrize("terminal", [40], indirect=True)
def test_forty_people_are_one_page(terminal: MeetingTerminal, open_page: Opener) -> None:
    """With places to sign, the code in letters and as a QR code; and it is logged once."""
    page = on_paper(terminal, open_page)
    last = terminal.events()[-1]
    assert (last.kind, last.outcome) == (EventKind.EXPORTED, ExportOutcome.PRINT)
    assert printed(page, "desk-40") == 1
    assert heads(page) == [2]
    for said in ("THƯ KÝ", "CHỦ TRÌ", "Chữ ký số:", "Trang 1/1", "Lúc ký, trạm chưa biết:"):
        expect(page.locator(".sheet")).to_contain_text(said)
    expect(page.get_by_role("img", name="Mã QR của biên bản")).to_be_visible()
    expect(page.locator(".paper__bar")).to_be_hidden()
    assert terminal.events()[-1] == last


@pytest.mark.parametrize("terminal", [120], indirect=True)
def test_a_hundred_and_twenty_people_are_more_pages(
    terminal: MeetingTerminal, open_page: Opener
) -> None:
    """Each with its heads and its number; the places to sign are on the last one."""
    page = on_paper(terminal, open_page)
    pages = printed(page, "desk-120")
    assert pages > 1
    assert heads(page) == [2] * pages
    numbers = page.locator(".sheet__id").all_inner_texts()
    assert [text.split("Trang ")[1] for text in numbers] == [
        f"{number}/{pages}" for number in range(1, pages + 1)
    ]
    assert page.locator(".sheet__sign").count() == 2


@pytest.mark.parametrize("terminal", [3], indirect=True)
def test_a_button_prints(terminal: MeetingTerminal, open_page: Opener) -> None:
    """A panel has no keys to press: the page's own button calls the browser's printing."""
    page = on_paper(terminal, open_page)
    page.evaluate("addEventListener('beforeprint', () => { document.title = 'printing' })")
    page.get_by_role("button", name="In", exact=True).click()
    expect(page).to_have_title("printing")


@pytest.mark.parametrize("terminal", [3], indirect=True)
def test_no_button_that_does_nothing(terminal: MeetingTerminal, open_page: Opener) -> None:
    """Without script the keys are named and the button is not there; the way back is."""
    page = open_page("/ban/bien-ban", script=False)
    page.get_by_role("link", name="Sinh hoạt thường kỳ").click()
    page.get_by_role("button", name="In biên bản").click()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Bấm Ctrl và P cũng in được.")).to_be_visible()
    page.get_by_role("link", name="Về Biên bản").click()
    expect(page.get_by_role("heading", name="Biên bản", exact=True)).to_be_visible()
