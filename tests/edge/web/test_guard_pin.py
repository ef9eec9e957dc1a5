"""Acts that ask the PIN on top of an open desk: closing, signing, taking along, late entries."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect

from edge.meeting.opening import default
from edge.meeting.rules import Kind
from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import PROVED_SECONDS, Way
from edge.web.guard import actor
from edge.web.security import COOKIE
from tests.edge.people.made import PIN, Seconds

from .conftest import Opener, Post
from .meeting_terminal import MeetingTerminal, running, standing_roster
from .test_browser_login import press
from .test_login import Visitor


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a meeting at which everybody is here."""
    with running(standing_roster()) as made:
        made.begin(default(Kind.REGULAR, begins=made.at))
        for person in "123456":
            made.tap(person)
        made.desk.announce()
        yield made


@pytest.fixture
def by_card(app: Flask, keeper: Doorkeeper) -> FlaskClient:
    """Return a browser at which a committee member's card opened the desk."""
    client = app.test_client()
    client.set_cookie(COOKIE, keeper.open_desk(None, Role.SECRETARY, Way.CARD, "1"))
    return client


def test_closing_asks_the_pin(by_card: FlaskClient, terminal: MeetingTerminal) -> None:
    """The button leads to the PIN, the form does nothing without; then it closes."""
    secretary = Visitor(by_card)
    assert "Nhập PIN để ký" in secretary.open("/ban/dong")
    answer = secretary.send("/ban/dong")
    address = answer.headers["Location"]
    assert address == "/mo-ban?vai=secretary&viec=close&tiep=/ban/dong"
    assert terminal.book.sitting is not None
    page = secretary.open(address)
    assert "Cần PIN của thư ký, dù bàn đang mở." in page
    assert "Đặt thẻ cấp uỷ" not in page
    assert secretary.send("/mo-ban", so="000000").headers["Location"] == "/mo-ban"
    assert "Còn 4 lần" in secretary.open("/mo-ban")
    assert secretary.send("/mo-ban", so=PIN).headers["Location"] == "/ban/dong"
    assert "Nhập PIN để ký" not in secretary.open("/ban/dong")
    secretary.send("/ban/dong")
    assert terminal.book.sitting is None


def test_a_pin_of_an_hour_ago(client: FlaskClient, seconds: Seconds, post: Post) -> None:
    """Asked again, though the desk is still open."""
    seconds.now += PROVED_SECONDS
    assert "Nhập PIN để ký" in client.get("/ban/dong").text
    assert "viec=close" in post("/ban/dong").headers["Location"]


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("/ky", "close"),
        ("/0/csv", "export"),
        ("/0/json", "export"),
        ("/bo-sung", "supplement"),
        ("/xong", "export"),
    ],
)
def test_what_is_closed_asks_it_too(
    path: str, act: str, by_card: FlaskClient, terminal: MeetingTerminal
) -> None:
    """Its page is there to look at; signing, taking along and late entries ask the PIN."""
    sitting = terminal.desk.require()
    terminal.close_meeting()
    secretary = Visitor(by_card)
    page = secretary.open(f"/ban/bien-ban/{sitting.context}")
    assert "Ký, xuất và ghi bổ sung cần PIN." in page
    events = len(terminal.events())
    answer = secretary.send(f"/ban/bien-ban/{sitting.context}{path}", viec="vang", person="1")
    assert f"viec={act}" in answer.headers["Location"]
    assert len(terminal.events()) == events


def test_an_act_for_which_another_role_asks_its_pin(by_card: FlaskClient) -> None:
    """The PIN is that of one's own role, where that may do it."""
    page = Visitor(by_card).open("/mo-ban?vai=secretary&viec=import-roster&tiep=/trang-thai")
    assert re.search(r"Nhập PIN</h1><p class=.quiet.>Nạp danh sách chi bộ", page)


def test_who_acts(app: Flask, keeper: Doorkeeper) -> None:
    """The committee member whose card opened the desk; of a PIN the role, which names nobody."""
    for way, member, by in ((Way.CARD, "1", "1"), (Way.PIN, None, "pin:secretary")):
        token = keeper.open_desk(None, Role.SECRETARY, way, member)
        with app.test_request_context("/", headers={"Cookie": f"{COOKIE}={token}"}):
            assert actor() == by
    with app.test_request_context("/"):
        assert actor() is None


@pytest.mark.browser
def test_signing_an_hour_later(open_page: Opener, seconds: Seconds) -> None:
    """In a browser: the PIN again by the keypad, then the meeting is closed and signed."""
    page = open_page("/ban/dong")
    seconds.now += PROVED_SECONDS
    page.reload()
    page.get_by_role("link", name="Nhập PIN để ký").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhập PIN")
    press(page, PIN)
    page.get_by_role("button", name="Kết thúc và ký").click()
    expect(page.get_by_role("heading", name="Biên bản", exact=True)).to_be_visible()
