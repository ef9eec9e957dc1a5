"""The pages of a meeting in Chromium: walked without script, nothing over the edge, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from edge.meeting.opening import default
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.rules import Kind
from edge.web.papers import knowledge
from edge.wire.kinds import AbsenceOutcome, HandReason

from .conftest import Opener, Served
from .meeting_terminal import MeetingTerminal, running, standing_roster
from .test_browser_screens import OVER_THE_EDGE, PICTURES, SIZES


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a roster and no meeting."""
    with running(standing_roster()) as made:
        yield made


def evening(terminal: MeetingTerminal, *, practice: bool = False) -> None:
    """Open a meeting and let some people come, in every way."""
    rule = replace(PRESETS[Preset.RECOGNITION][0], topic="Mục 5")
    opening = default(Kind.REGULAR, begins=terminal.at)
    opening = replace(
        opening, title="tháng 11/2026", quorums=(rule,), chair="1", secretary="2", place="nhà họp"
    )
    terminal.desk.open(opening, practice=practice)
    for person in "12":
        terminal.tap(person)
    terminal.tap("4", "UNCONFIRMED")
    terminal.desk.hand_entry("3", HandReason.NOT_EXCHANGED, late=False)
    terminal.desk.hand_entry("6", HandReason.PROBATIONARY, late=True)


PAGES = {
    "announce": "/ban/cong-bo",
    "closing": "/ban/dong",
    "amend": "/ban/sua",
    "board-figures": "/bang",
}
BEFORE = {
    "roster": "/danh-sach",
    "sheets": "/ban/bien-ban",
    "open-kinds": "/ban/mo",
    "open-practice": "/ban/mo?thu=1",
    "open-more": "/ban/mo/them",
}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", [*PAGES, *BEFORE, "practice", "sheet"])
def test_nothing_runs_over_the_edge(
    name: str, language: str, terminal: MeetingTerminal, served: Served, open_page: Opener
) -> None:
    """Every page of a meeting fits the width of panel, screen and phone."""
    if name not in BEFORE:
        evening(terminal, practice=name == "practice")
    if name == "sheet":
        context = terminal.desk.require().context
        terminal.close_meeting()
        terminal.sheets.sign(context, knowledge(terminal.status()))
        PAGES["sheet"] = f"/ban/bien-ban/{context}"
    path = PAGES.get(name) or BEFORE.get(name, "/ban")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = open_page(f"{path}{'&' if '?' in path else '?'}lang={language}", script=False)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=PICTURES / f"{name}--{width}x{height}-{language}.png")
        assert page.evaluate(OVER_THE_EDGE) == []


def test_a_meeting_opened_and_closed_without_script(
    terminal: MeetingTerminal, served: Served, open_page: Opener
) -> None:
    """Plain forms all the way: open in two touches, read aloud, tick, close."""
    page = open_page("/bang", script=False)
    page.get_by_role("link", name="Mở cuộc họp").click()
    page.get_by_role("button", name="Hội nghị").click()
    terminal.desk.absence("5", AbsenceOutcome.EXCUSED)
    terminal.desk.hand_entry("3", HandReason.FORGOTTEN, late=False)
    page.get_by_role("link", name="Công bố").click()
    page.get_by_role("button", name="Chép vào biên bản").click()
    page.get_by_role("link", name="Kết thúc").click()
    page.get_by_role("checkbox", name="Ghi: vắng không lý do").check()
    page.get_by_role("button", name="Kết thúc và ký").click()
    expect(page.get_by_text("Chưa đánh dấu ô này")).to_be_visible()
    page.get_by_role("checkbox", name="Ghi: vắng không lý do").check()
    page.get_by_role("checkbox", name="Đúng cả 1 người").check()
    page.get_by_role("button", name="Kết thúc và ký").click()
    expect(page.get_by_role("heading", name="Biên bản điểm danh")).to_be_visible()
    assert terminal.book.sitting is None


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_form_is_taken_and_then_the_names_are_forgotten(
    language: str, terminal: MeetingTerminal, served: Served, open_page: Opener
) -> None:
    """By plain forms: three files, one after another, then one button that says that it is done."""
    evening(terminal)
    context = terminal.desk.require().context
    terminal.close_meeting()
    terminal.sheets.sign(context, knowledge(terminal.status()))
    page = open_page(f"/ban/bien-ban/{context}?lang={language}", script=False)
    expect(page.locator("summary")).to_have_count(1)
    for form in ("csv", "xlsx", "json"):
        with page.expect_download() as download:
            page.locator(f'button[formaction$="/0/{form}"]').click()
        assert download.value.suggested_filename.endswith(f".{form}")
    page.reload()
    page.locator("summary").first.click()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=PICTURES / f"sheet-taken--{width}x{height}-{language}.png")
        assert page.evaluate(OVER_THE_EDGE) == []
    page.locator('form[action$="/xong"] button').click()
    expect(page.locator(".notice[data-state=accepted]")).to_be_visible()
    assert terminal.sheets.closed() == ()
    page.set_viewport_size({"width": 800, "height": 480})
    page.screenshot(path=PICTURES / f"sheets-forgotten--800x480-{language}.png")


def test_an_open_meeting_is_changed_from_the_desk(
    terminal: MeetingTerminal, served: Served, open_page: Opener
) -> None:
    """One link away from the list; the chair that was missing at closing is chosen there too."""
    terminal.begin()
    terminal.desk.hand_entry("3", HandReason.FORGOTTEN, late=False)
    page = open_page("/ban", script=False)
    page.get_by_role("link", name="Cuộc họp", exact=True).click()
    expect(page.get_by_role("heading", name="Sửa cuộc họp")).to_be_visible()
    page.get_by_label("Nơi họp").fill("nhà văn hoá bản")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("heading", name="Danh sách")).to_be_visible()
    page.get_by_role("link", name="Kết thúc").click()
    page.get_by_role("link", name="Cuộc họp", exact=True).click()
    page.get_by_label("Chủ trì").select_option("1")
    page.get_by_role("button", name="Lưu").click()
    opening = terminal.desk.require().opening
    assert (opening.place, opening.chair) == ("nhà văn hoá bản", "1")
