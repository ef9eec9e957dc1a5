"""The locked desk in a real browser: keypad, keyboard, card; every screen measured."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from edge.people.lockout import FREE_TRIES
from edge.people.roles import Role
from edge.people.sessions import PROVED_SECONDS
from edge.tap.scene import SceneState
from tests.edge.people.made import PIN, WRONG, Seconds

from .conftest import Opener, Served
from .fake_terminal import NOW
from .test_browser_screens import OVER_THE_EDGE, PICTURES, SIZES

pytestmark = pytest.mark.browser

SMALL = """() => [...document.querySelectorAll("main button:not(.sr), .btn, main .tile")]
  .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.width < 48 || box.height < 48))
  .map(([said]) => said)"""


def press(page: Page, keys: str, *, go: bool = True) -> None:
    """Press keys of the keypad on the screen, and the last one; each gives a new page."""
    for key in [*keys, "mo"] if go else keys:
        with page.expect_navigation():
            page.locator(f'.keys button[value="{key}"]').click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_by_keypad(script: bool, open_page: Opener) -> None:
    """A wrong PIN, then the right one, by touch; the desk, the lock button, the board."""
    page = open_page("/ban", script=script, role=None)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mở bàn thư ký")
    press(page, WRONG)
    expect(page.locator("main")).to_contain_text("Còn 4 lần; sau đó chờ 5 phút.")
    press(page, PIN, go=False)
    expect(page.locator("#pin-muc b")).to_have_text("6")
    assert page.locator(".pin__dots .on").count() == 6
    page.locator('.keys button[value="mo"]').click()
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()
    page.get_by_role("button", name="Khoá").click()
    expect(page.locator(".board")).to_be_visible()
    assert page.goto(page.url.replace("/bang", "/ban")) is not None
    expect(page.get_by_role("heading", level=1)).to_have_text("Mở bàn thư ký")


def test_by_keyboard(open_page: Opener) -> None:
    """Typed at once, without looking for the field; the field stands where the dots were."""
    page = open_page("/ban", role=None)
    page.keyboard.type(PIN[:3])
    expect(page.locator("#so")).to_be_focused()
    expect(page.locator("#so")).to_have_value(PIN[:3])
    expect(page.locator(".pin__dots")).to_be_hidden()
    assert page.locator("#so").get_attribute("type") == "password"
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "login-typing--800x480-vi.png")
    page.keyboard.type(PIN[3:])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()


def test_by_keyboard_alone_without_script(open_page: Opener) -> None:
    """The field is the first thing that Tab reaches in the form."""
    page = open_page("/ban", script=False, role=None)
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.locator("#so").evaluate("e => e === document.activeElement"):
            break
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()


def test_by_card(open_page: Opener, served: Served) -> None:
    """The page turns to the desk by itself; another browser that looks at the board does not."""
    other = open_page("/bang", role=None)
    page = open_page("/ban", role=None)
    expect(page.locator("#dang-cho")).to_contain_text("Đặt thẻ cấp uỷ lên đầu đọc")
    served.keeper.card_laid("3")
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()
    other.goto(served.url + "/ban")
    expect(other.get_by_role("heading", level=1)).to_have_text("Mở bàn thư ký")


def test_a_card_that_waits_for_a_name(open_page: Opener, served: Served) -> None:
    """The page turns to the committee's names, and from there to the desk."""
    served.terminal.kind = None
    page = open_page("/ban", role=None)
    served.terminal.show(SceneState.CHOOSE, card_present=True, deadline=NOW)
    tile = page.get_by_role("button", name="Hà Văn Khiêm")
    expect(tile).to_be_visible()
    served.keeper.card_laid("3")
    tile.click()
    expect(page.get_by_role("heading", name="Chưa mở cuộc họp")).to_be_visible()


def test_the_wait_counts_down(open_page: Opener, served: Served, seconds: Seconds) -> None:
    """No key can be pressed; then they are back by themselves, and the right one opens."""
    for _ in range(FREE_TRIES):
        served.keeper.try_pin(Role.SECRETARY, WRONG)
    page = open_page("/ban", role=None)
    expect(page.locator("#dang-cho")).to_contain_text("Chờ 5 phút")
    expect(page.locator('.keys button[value="1"]')).to_be_disabled()
    seconds.now += 290
    expect(page.locator("#dang-cho")).to_contain_text("Chờ 10 giây")
    seconds.now += 10
    expect(page.locator('.keys button[value="1"]')).to_be_enabled()
    press(page, PIN)
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()


def test_the_desk_locks_itself(open_page: Opener, served: Served) -> None:
    """A page that nobody touches turns to the login page, and back to itself after the PIN."""
    page = open_page("/ban?loc=het")
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()
    served.keeper.sessions.lock_all()
    served.terminal.show(SceneState.IDLE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mở bàn thư ký")
    press(page, PIN)
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()
    assert page.url.endswith("/ban?loc=het")


def _wrong(page: Page, served: Served) -> None:
    press(page, WRONG)
    press(page, "2718", go=False)


def _locked(page: Page, served: Served) -> None:
    for _ in range(FREE_TRIES):
        served.keeper.try_pin(Role.SECRETARY, WRONG)
    page.reload()


def _several(page: Page, served: Served) -> None:
    served.keeper.visits.ask("another browser")
    served.keeper.card_laid("3")
    page.goto(f"{page.url.split('?')[0]}?tu=1")


def _response(page: Page, served: Served) -> None:
    press(page, "4F7K29QM")
    press(page, "4F7", go=False)


def _simple(page: Page, served: Served) -> None:
    press(page, "111111")


def _as_it_is(_page: Page, _served: Served) -> None:
    """Leave the page as it comes."""


SCREENS: dict[str, tuple[str, Role | None, Callable[[Page, Served], None]]] = {
    "login": ("/mo-ban", None, _as_it_is),
    "login-wrong": ("/mo-ban", None, _wrong),
    "login-locked": ("/mo-ban", None, _locked),
    "login-several": ("/mo-ban", None, _several),
    "login-technician": ("/mo-ban?vai=technician", None, _as_it_is),
    "login-act": ("/mo-ban?vai=technician&viec=wipe", Role.TECHNICIAN, _as_it_is),
    "login-roles": ("/mo-ban/vai", None, _as_it_is),
    "login-names": ("/chon?ve=mo-ban", None, _as_it_is),
    "recovery": ("/mo-ban/khoi-phuc", None, _as_it_is),
    "recovery-wrong": ("/mo-ban/khoi-phuc", None, _response),
    "new-pin": ("/mo-ban/pin-moi", Role.SECRETARY, _simple),
}
WITH_NOTICE = ("login-wrong", "login-locked", "recovery-wrong")
NARROW = ((800, 480), (360, 800))


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_screen_fits(
    name: str, language: str, served: Served, open_page: Opener, seconds: Seconds
) -> None:
    """Panel, television and phone: nothing over the edge, no target under 48 px.

    On the panel and on a phone the last key is in sight, with a notice above it.
    """
    path, role, act = SCREENS[name]
    PICTURES.mkdir(parents=True, exist_ok=True)
    join = "&" if "?" in path else "?"
    page = open_page(f"{path}{join}lang={language}", script=False, role=role)
    if name == "login-act":
        seconds.now += PROVED_SECONDS
        page.goto(f"{served.url}{path}")
        expect(page.locator(".keys")).to_be_visible()
    act(page, served)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=PICTURES / f"{name}--{width}x{height}-{language}.png")
        assert page.evaluate(OVER_THE_EDGE) == []
        assert page.evaluate(SMALL) == []
        if name in WITH_NOTICE and (width, height) in NARROW:
            box = page.locator('.keys button[value="mo"]').bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= height
