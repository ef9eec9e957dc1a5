"""The pages in a real browser: they move by themselves, and work without script too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from edge.tap.scene import SceneState
from reader.evidence import PasswordKind

from .conftest import Opener, Served
from .fake_terminal import NOW, FakeTerminal

pytestmark = pytest.mark.browser


def card_waits(terminal: FakeTerminal) -> None:
    """Let a card lie there without a password."""
    terminal.show(
        SceneState.CHOOSE,
        kinds=frozenset({PasswordKind.CAN}),
        tries_left=3,
        deadline=NOW + timedelta(seconds=24),
        card_present=True,
    )


def test_the_board_moves_by_itself(served: Served, open_page: Opener) -> None:
    """Scene after scene, with the title, without a reload."""
    page = open_page("/bang")
    expect(page.get_by_role("heading")).to_have_text("Mời đặt thẻ lên đầu đọc")
    served.terminal.admit("3")
    expect(page.get_by_text("Hà Văn Khiêm").last).to_be_visible()
    expect(page).to_have_title("Có mặt – Trạm Thẻ")
    expect(page.locator("#loi")).to_have_text("Có mặt: Hà Văn Khiêm")
    served.terminal.refuse(SceneState.REFUSED, "CARD_REPORTED_LOST")
    expect(page.locator('.board[data-state="refused"]')).to_be_visible()
    expect(page).to_have_title("Mời gặp thư\u00a0ký – Trạm Thẻ")
    assert page.get_by_text("Khiêm").count() == 0
    served.terminal.show(SceneState.IDLE)
    expect(page.get_by_role("heading")).to_have_text("Mời đặt thẻ lên đầu đọc")


def test_a_touch_panel_takes_one_touch(served: Served, open_page: Opener) -> None:
    """A waiting card brings the names up; a touched name brings the board back with the result."""
    page = open_page("/bang?cham=1")
    expect(page.get_by_role("heading")).to_have_text("Mời đặt thẻ lên đầu đọc")
    card_waits(served.terminal)
    page.get_by_role("button", name="Bùi Thị Nga").click()
    expect(page.locator('.board[data-state="accepted"]')).to_be_visible()
    assert served.terminal.acts == [("choose", "4")]


def test_the_names_page_leaves_with_the_card(served: Served, open_page: Opener) -> None:
    """Lifted before anybody touched: the board is back by itself."""
    card_waits(served.terminal)
    page = open_page("/chon?ve=cham")
    expect(page.get_by_text("24 giây")).to_be_visible()
    served.terminal.show(SceneState.IDLE)
    expect(page.locator(".board--idle")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_letters_and_a_name(script: bool, served: Served, open_page: Opener) -> None:
    """Two letters, one name; the same without script."""
    card_waits(served.terminal)
    page = open_page("/chon?ve=bang", script=script)
    page.get_by_role("button", name="T", exact=True).click()
    page.get_by_role("button", name="H", exact=True).click()
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_role("button", name="Vi Thị Thuỷ").click()
    expect(page.locator('.board[data-state="accepted"]')).to_be_visible()
    assert served.terminal.acts == [("choose", "9")]


@pytest.mark.parametrize("script", [True, False])
def test_six_keys_and_a_wrong_number(script: bool, served: Served, open_page: Opener) -> None:
    """The keypad sends the number; a wrong one comes back with the tries left."""
    card_waits(served.terminal)
    page = open_page("/chon/so?ve=cham", script=script)
    for digit in "314159":
        page.get_by_role("button", name=digit, exact=True).click()
    expect(page.get_by_text("Đã nhập 6 trên 6 số")).to_be_visible()
    page.get_by_role("button", name="Mở").last.click()
    expect(page.get_by_text("Còn 2 lần thử.")).to_be_visible()
    assert served.terminal.acts == [("can", "314159")]
    assert "314159" not in page.url


def test_the_enter_key_opens_and_types_nothing(served: Served, open_page: Opener) -> None:
    """A keyboard at the terminal works too."""
    card_waits(served.terminal)
    page = open_page("/chon/so?ve=ban")
    page.get_by_label("6 số in ở mặt trước thẻ").fill("271828")
    page.keyboard.press("Enter")
    expect(page.locator(".desk")).to_be_visible()
    assert served.terminal.acts == [("can", "271828")]


def test_the_desk_moves_by_itself(served: Served, open_page: Opener) -> None:
    """Sums, results and list change; what somebody types stays."""
    page = open_page("/ban")
    page.get_by_placeholder("Tên, không dấu").fill("vang")
    served.terminal.admit("3")
    expect(page.locator("#so-lieu")).to_contain_text("1 / 13")
    expect(page.locator("#vua-qua")).to_contain_text("Khiêm")
    expect(page.get_by_placeholder("Tên, không dấu")).to_have_value("vang")
    expect(page.locator("#danh-sach .row")).to_have_count(12)


def test_one_touch_records_an_unconfirmed_card(served: Served, open_page: Opener) -> None:
    """[Ghi có mặt] at the desk, next to the name it is for."""
    page = open_page("/ban")
    served.terminal.refuse(SceneState.UNCONFIRMED, "CARD_STATUS_STALE", person="Hà Văn Khiêm")
    page.get_by_role("button", name="Ghi có mặt cho Hà Văn Khiêm").click()
    expect(page.locator("#so-lieu")).to_contain_text("1 / 13")
    assert served.terminal.acts == [("confirm", "1")]


def test_a_name_on_the_desk_while_a_card_waits(served: Served, open_page: Opener) -> None:
    """The tiles come up by themselves and choose with one touch."""
    page = open_page("/ban")
    card_waits(served.terminal)
    page.get_by_role("button", name="Vàng A Dơ").click()
    expect(page.locator("#vua-qua")).to_contain_text("Dơ")
    assert served.terminal.acts == [("choose", "1")]


def test_without_script_the_board_refreshes(served: Served, open_page: Opener) -> None:
    """After five seconds at most the page has fetched itself again."""
    page = open_page("/bang", script=False)
    served.terminal.admit("3")
    expect(page.get_by_text("Hà Văn Khiêm").last).to_be_visible()


def test_the_terminal_is_lost(served: Served, open_page: Opener) -> None:
    """An old green must not look like a new one: the page says that it is cut off."""
    page = open_page("/bang")
    served.terminal.admit("3")
    expect(page.locator('.board[data-state="accepted"]')).to_be_visible()
    page.context.set_offline(True)
    served.terminal.show(SceneState.IDLE)
    expect(page.get_by_text("Màn hình mất nối với trạm.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Màn hình mất nối với trạm.")).to_be_hidden()
    expect(page.get_by_role("heading")).to_have_text("Mời đặt thẻ lên đầu đọc")


def test_no_name_stays_in_the_browser(served: Served, open_page: Opener) -> None:
    """Neither local nor session storage keeps what a page showed."""
    page = open_page("/ban")
    served.terminal.admit("3")
    expect(page.locator("#vua-qua")).to_contain_text("Khiêm")
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert all(person.name not in kept for person in served.terminal.people)
