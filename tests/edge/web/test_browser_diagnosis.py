"""The diagnosis in a browser: pictures at three sizes, in both languages; it comes by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest
from playwright.sync_api import expect

from edge.care.check import Check, State
from edge.care.diagnose import Terminal, diagnose
from edge.people.roles import Role

from .conftest import Opener, Served
from .fake_terminal import CHECKS
from .test_browser_screens import OVER_THE_EDGE, PICTURES, SIZES
from .waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["vi", "en"])
def test_nothing_runs_over_the_edge(language: str, served: Served, open_page: Opener) -> None:
    """What this very machine says of itself, on the technician's page and for the button."""
    terminal = served.terminal
    terminal.checks = (*CHECKS, *diagnose(Terminal({}, 2, 1)))
    terminal.diagnosis.begin(button=True)
    wait_until(lambda: terminal.by_button == [State.FAULT])
    PICTURES.mkdir(parents=True, exist_ok=True)
    pages = (("diagnosis", "/chan-doan", Role.TECHNICIAN), ("button", "/chan-doan/nut", None))
    for name, path, role in pages:
        page = open_page(f"{path}?lang={language}", script=False, role=role)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=PICTURES / f"{name}--{width}x{height}-{language}.png")
            assert page.evaluate(OVER_THE_EDGE) == []
        page.screenshot(path=PICTURES / f"{name}--whole-{language}.png", full_page=True)


def test_board_turns_to_it_and_back(served: Served, open_page: Opener) -> None:
    """Held: the board shows that the terminal looks, then what it found; a card brings it back."""
    terminal, go = served.terminal, threading.Event()

    def slow() -> Iterable[Check]:
        go.wait(10)
        return CHECKS

    terminal.diagnosis._look = slow
    page = open_page("/bang", role=None)
    terminal.diagnosis.begin(button=True)
    expect(page.get_by_role("heading", name="Trạm đang tự kiểm.")).to_be_visible()
    page.screenshot(path=PICTURES / "button-looking--800x480-vi.png")
    go.set()
    expect(page.get_by_role("heading", name="Có 1 việc phải sửa trước.")).to_be_visible()
    terminal.diagnosis.hide()
    page.wait_for_url("**/bang")
