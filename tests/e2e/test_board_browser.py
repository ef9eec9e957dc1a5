"""The board in a real browser, before a running terminal: it changes when a card is laid."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.people.roles import Role
from edge.people.sessions import Way
from edge.web.security import COOKIE
from provisioning import people
from provisioning.softcard.chip import Chip
from tests.conftest import PATIENCE
from tests.e2e.conftest import Starter, Terminal

pytestmark = pytest.mark.browser


@pytest.fixture
def terminal(start: Starter) -> Terminal:
    """Return a terminal with an open meeting."""
    running = start()
    running.service.open_meeting("regular")
    return running


def look(chromium: Browser, terminal: Terminal, path: str) -> Page:
    """Return a page of the terminal."""
    page = chromium.new_page()
    token = terminal.service.people.open_desk(None, Role.SECRETARY, Way.PIN)
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": terminal.url}])
    page.set_default_timeout(PATIENCE)
    page.goto(terminal.url + path)
    return page


@pytest.mark.parametrize(
    ("path", "idle", "present", "secretary"),
    [
        ("/bang", "Mời đặt thẻ lên đầu đọc", "Có mặt", "Mời gặp thư\u00a0ký"),
        ("/bang?lang=en", None, "Present", "See the secretary"),
    ],
    ids=["vi", "en"],
)
def test_the_board_changes_when_a_card_is_laid(
    chromium: Browser,
    terminal: Terminal,
    path: str,
    idle: str | None,
    present: str,
    secretary: str,
) -> None:
    """Name and word for a member; for a refused card the secretary, and no name."""
    page = look(chromium, terminal, path)
    expect(page.locator(".board--idle")).to_be_visible()
    if idle is not None:
        expect(page.get_by_role("heading")).to_have_text(idle)
    terminal.tap("member-1")
    expect(page.locator('.board[data-state="accepted"]')).to_be_visible()
    expect(page.get_by_role("heading")).to_contain_text(present)
    expect(page.locator(".outcome__name")).to_have_text(people.NGOC.person.name)
    terminal.tap("lost")
    expect(page.locator('.board[data-state="refused"]')).to_be_visible()
    expect(page.get_by_role("heading")).to_have_text(secretary)
    assert page.get_by_text(people.DOI.person.name).count() == 0
    assert page.get_by_text(people.NGOC.person.name).count() == 0
    expect(page.locator(".board--idle")).to_be_visible()
    page.close()


def test_a_waiting_card_and_one_touch(chromium: Browser, terminal: Terminal) -> None:
    """The touch panel turns to the names by itself; one touch, and the photo is on the board."""
    page = look(chromium, terminal, "/bang?cham=1")
    expect(page.locator(".board--idle")).to_be_visible()
    terminal.reader.lay(Chip(terminal.cast("member-1").image))
    page.get_by_role("button", name=people.NGOC.person.name).click()
    expect(page.locator('.board[data-state="accepted"]')).to_be_visible()
    photo = page.locator("img.photo")
    expect(photo).to_be_visible()
    expect(photo).to_have_js_property("naturalWidth", 240)
    page.close()


def test_a_changed_photo_is_never_seen(chromium: Browser, terminal: Terminal) -> None:
    """Green goes, the secretary is called, and no picture was asked for."""
    page = look(chromium, terminal, "/bang")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(page.locator(".board--idle")).to_be_visible()
    terminal.service.enter_can(terminal.cast("changed-photo").image.can or "")
    terminal.reader.lay(Chip(terminal.cast("changed-photo").image))
    expect(page.locator('.board[data-state="refused"]')).to_be_visible()
    assert not any("/anh/" in url for url in asked)
    assert page.locator("img.photo").count() == 0
    page.close()


def test_the_desk_knows_why(chromium: Browser, terminal: Terminal) -> None:
    """The desk moves by itself too and says the reason, in the language asked for."""
    page = look(chromium, terminal, "/ban?lang=en")
    terminal.tap("lost")
    expect(page.locator("#vua-qua")).to_contain_text("reported lost")
    expect(page.locator("#vua-qua")).to_contain_text(people.DOI.person.name.split()[-1])
    page.close()
