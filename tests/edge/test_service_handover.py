"""The composed terminal hands cards over: the pages in Chromium, software cards on its reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.layout import StateLayout
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.handover import State
from edge.web.filters import HANOI
from edge.web.security import COOKIE
from edge.wire.kinds import EventKind
from provisioning import people
from provisioning.people import Member
from tests.conftest import PATIENCE
from tests.docs.schemas import check_log
from tests.edge.log.test_forget import everywhere
from tests.edge.test_service import Running, Starter, start

__all__ = ["start"]


def csv(*members: Member) -> str:
    """Return the list of their new cards, as an office writes it."""
    lines = ["Số thẻ mới,Họ và tên,Ngày sinh,Số định danh,Chi bộ,Mã tổ chức đảng,Số thẻ cũ,CAN"]
    for member in members:
        entry = member.entry
        lines.append(
            f"{entry.number},{entry.name},{entry.birth},{entry.personal_number},"
            f"{people.ORGANISATION},{people.ORGANISATION_CODE},99.104366,{entry.can}"
        )
    return "\n".join(lines)


@pytest.fixture
def terminal(start: Starter) -> Running:
    """Return a running terminal without a meeting."""
    return start()


@pytest.fixture
def page(chromium: Browser, terminal: Running) -> Iterator[Page]:
    """Return the officer's browser, which nothing but its own page tells what to do."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE)
    token = terminal.service.people.open_desk(None, Role.OFFICER, Way.PIN)
    context.add_cookies([{"name": COOKIE, "value": token, "url": terminal.url}])
    yield context.new_page()
    context.close()


def begin(terminal: Running, page: Page, *members: Member) -> None:
    """Load a list and begin a batch."""
    page.goto(terminal.url + "/phat-the")
    page.get_by_label("Tên đợt").fill("đợt 2")
    target = terminal.service.clock.now().at.astimezone(HANOI).date() + timedelta(days=30)
    page.get_by_label("Hạn phát").fill(target.isoformat())
    data = csv(*members).encode()
    page.set_input_files("[type=file]", {"name": "ds.csv", "mimeType": "text/csv", "buffer": data})
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Bắt đầu phát thẻ").click()


def state(terminal: Running, card_id: str = "c1") -> State:
    """Return how a card stands."""
    view = terminal.service.handover.book.view()
    assert view is not None
    return view.standings[card_id].state


@pytest.mark.browser
def test_a_card_from_the_list_to_the_slip(terminal: Running, page: Page) -> None:
    """The officer types nothing: each card laid fills its step on the page that stands there."""
    begin(terminal, page, people.NGOC, people.NIE)
    page.get_by_role("button", name=f"Người tiếp: {people.NGOC.entry.name}").wait_for()
    page.get_by_role("link", name="Chọn người khác").click()
    page.get_by_role("button", name=f"Chọn {people.NGOC.entry.name}").click()
    page.get_by_text("Chip mới: đặt thẻ lên đầu đọc").wait_for()
    terminal.lay("member-1")
    page.get_by_text("Chip mới: thẻ hợp lệ").wait_for()
    face = page.get_by_alt_text("Ảnh trên thẻ vừa đặt")
    expect(face).to_have_js_property("complete", value=True)
    assert face.evaluate("image => image.naturalWidth") > 0
    terminal.reader.lift()
    terminal.lay("citizen")
    page.get_by_text("Đúng người: căn cước khớp").wait_for()
    page.locator("[value=COLLECTED]").check()
    page.get_by_role("button", name="Đã giao thẻ").click()
    page.get_by_text(f"Đã giao thẻ cho {people.NGOC.entry.name}.").wait_for()
    page.get_by_role("link", name="In phiếu").click()
    expect(page.get_by_text("(ký, ghi rõ họ tên)")).to_have_count(2)
    assert state(terminal) is State.DELIVERED
    log = terminal.service.log
    events = [event for event in log.events() if event.context is not None]
    assert [e.outcome for e in events if e.kind is EventKind.VERIFICATION] == ["ACCEPTED"] * 2
    assert check_log(log) == len(events)
    found = everywhere(terminal.service._config.state)
    for text in (people.NGOC.entry.name, people.NIE.entry.name, people.NGOC.entry.number or ""):
        for encoding in ("utf-8", "utf-16-le"):
            assert text.encode(encoding) not in found


@pytest.mark.browser
def test_what_is_typed_stays_while_the_page_waits(terminal: Running, page: Page) -> None:
    """A change that is no card's draws nothing anew; a card does."""
    begin(terminal, page, people.NGOC)
    page.get_by_role("button", name="Người tiếp").click()
    page.locator("[value=OLD_CARD_LOST]").check()
    page.locator("#don").fill("12/BC")
    with page.expect_response(lambda response: "/phat-the/phan" in response.url):
        terminal.service.stage.refresh()
    expect(page.locator("#don")).to_have_value("12/BC")
    terminal.lay("member-1")
    page.get_by_text("Chip mới: thẻ hợp lệ").wait_for()


def open_batch(terminal: Running) -> None:
    """Begin a batch without a browser, and look at its page."""
    from edge.meeting.roster_rows import read
    from edge.procedure.handover_list import preview

    today = terminal.service.clock.now().at.astimezone(HANOI).date()
    found = preview(read(csv(people.NGOC, people.NIE).encode()), today, today)
    terminal.service.handover.book.begin("đợt 2", found)
    terminal.open_desk(Role.OFFICER)
    terminal.get("/phat-the")
    terminal.service.handover.book.turn("c1")


def test_a_list_that_the_centre_sends(terminal: Running) -> None:
    """It stands at the desk as if it had been loaded there."""
    body = {
        "batch": "7" * 32,
        "title": "đợt 3",
        "target": "2100-01-01",
        "citizen_card": True,
        "rows": [line.split(",") for line in csv(people.NGOC).splitlines()],
    }
    assert terminal.service.inbox is not None
    terminal.service.inbox.acts.take_batch(body)
    terminal.open_desk(Role.OFFICER)
    assert people.NGOC.entry.name in terminal.get("/phat-the")
    assert state(terminal) is State.LEFT


def test_an_open_meeting_has_the_reader(terminal: Running) -> None:
    """The page says so, and members go on tapping; afterwards cards are the batch's again."""
    open_batch(terminal)
    terminal.service.open_meeting("regular")
    assert "Đầu đọc đang dùng cho cuộc họp." in terminal.get("/phat-the")
    assert terminal.tap("member-1").decision is not None
    assert state(terminal) is State.LEFT
    terminal.reader.lift()
    terminal.service.close_meeting()
    terminal.get("/phat-the")
    terminal.lay("member-1")
    assert state(terminal) is State.READY


def test_after_a_restart_the_batch_goes_on(terminal: Running, start: Starter) -> None:
    """The steps that were done are done, and no meeting is open."""
    open_batch(terminal)
    terminal.lay("member-1")
    terminal.service.stop()
    again = start(state=terminal.service._config.state)
    assert again.service.meeting() is None
    assert state(again) is State.READY
    assert len(list(StateLayout(again.service._config.state).holdings.glob("batch-*.key"))) == 1
