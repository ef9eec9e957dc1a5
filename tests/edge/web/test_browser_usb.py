"""A stick that is plugged in while the status page is open, in a real browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from edge.stick_desk import Done, StickAct
from edge.sync.courier_outcome import Exported

from .conftest import Opener, Served
from .fake_terminal import NOW, STICKS

pytestmark = pytest.mark.browser


def test_a_stick_is_plugged_in_copied_to_and_pulled(served: Served, open_page: Opener) -> None:
    """It shows by name without a reload; one press; while it runs no button; then the result."""
    page = open_page("/trang-thai")
    expect(page.get_by_text("Chưa thấy USB. Cắm vào cổng bất kỳ.")).to_be_visible()
    served.terminal.plugged = replace(STICKS, sticks=STICKS.sticks[:1])
    expect(page.get_by_text("GÓI-XÃ")).to_be_visible()
    page.get_by_role("button", name="Chép lên USB (61)").click()
    expect(page).to_have_url(f"{served.url}/trang-thai#usb")
    assert served.terminal.acts == [("copy", "GÓI-XÃ")]
    served.terminal.plugged = replace(STICKS, busy=(StickAct.COPY, "GÓI-XÃ"))
    expect(page.get_by_text("Đang chép lên GÓI-XÃ. Đừng rút USB.")).to_be_visible()
    expect(page.locator("#usb button")).to_have_count(0)
    done = Done(StickAct.COPY, "GÓI-XÃ", NOW, exported=Exported(None, 61, 61, 1))
    served.terminal.plugged = replace(STICKS, sticks=(), last=done)
    expect(page.get_by_text("Rút USB được rồi.")).to_be_visible()


def test_without_script(served: Served, open_page: Opener) -> None:
    """The buttons are plain forms, and a running act has a link to look again."""
    served.terminal.plugged = replace(STICKS, sticks=STICKS.sticks[:1])
    page = open_page("/trang-thai", script=False)
    page.get_by_role("button", name="Nhận từ USB").click()
    assert served.terminal.acts == [("take", "GÓI-XÃ")]
    served.terminal.plugged = replace(STICKS, busy=(StickAct.TAKE, "GÓI-XÃ"))
    page.reload()
    served.terminal.plugged = STICKS
    page.locator("#usb").get_by_role("link", name="Kiểm lại").click()
    expect(page.get_by_text("1A2B-3C4D")).to_be_visible()
