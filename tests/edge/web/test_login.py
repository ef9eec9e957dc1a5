"""Opening the desk by PIN and by card, key by key, as a browser without script does it."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.people.doorkeeper import Doorkeeper
from edge.people.lockout import FREE_TRIES
from edge.people.roles import Role
from edge.people.visits import ASK_SECONDS
from edge.tap.scene import SceneState
from edge.web.app import create_app
from edge.web.security import COOKIE
from tests.edge.people.made import PIN, WRAP_KEY, WRONG, Seconds, keeper_of
from tests.edge.procedure.pairing_made import pairings_of

from .conftest import HOST, SECRET
from .fake_terminal import NOW, FakeTerminal


class Visitor:
    """Somebody before the login page, pressing keys."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page = ""

    def open(self, path: str = "/mo-ban") -> str:
        """Open a page and keep it."""
        self.page = self.client.get(path, follow_redirects=True).text
        return self.page

    def send(self, path: str, **fields: str) -> TestResponse:
        """Send a form with the token of the page in sight."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        assert token is not None
        answer = self.client.post(path, data={"csrf_token": token[1], **fields})
        if answer.status_code == 200:
            self.page = answer.text
        return answer

    def press(self, *keys: str, path: str = "/mo-ban") -> TestResponse:
        """Press keys one after another; return the last answer."""
        for key in keys:
            answer = self.send(path, phim=key)
        return answer

    @property
    def typed(self) -> int:
        """Return how many dots are filled."""
        return self.page.count('class="on"')

    @property
    def id(self) -> str:
        """Return the browser's id."""
        cookie = self.client.get_cookie(COOKIE)
        assert cookie is not None
        return str(cookie.value)


@pytest.fixture
def visitor(stranger: FlaskClient) -> Visitor:
    """Return somebody who opened the login page."""
    somebody = Visitor(stranger)
    somebody.open("/ban")
    return somebody


def test_the_right_pin(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Key by key; the dots follow, the page never holds a digit, the desk opens."""
    for count, key in enumerate(PIN, start=1):
        assert visitor.press(key).status_code == 200
        assert visitor.typed == count
    assert not any(PIN[:count] in visitor.page for count in range(3, 7))
    answer = visitor.press("mo")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ban")
    assert "Danh sách" in visitor.open("/ban")


def test_typed_on_a_keyboard(visitor: Visitor) -> None:
    """One field and Enter; or some keys of each."""
    assert visitor.send("/mo-ban", so=PIN).headers["Location"] == "/ban"
    visitor.send("/mo-ban/khoa")


def test_typed_on_both(visitor: Visitor) -> None:
    """What the field holds comes after what was pressed."""
    visitor.press(*PIN[:2])
    assert visitor.send("/mo-ban", so=PIN[2:], phim="mo").headers["Location"] == "/ban"


def test_a_slip_of_the_finger(visitor: Visitor) -> None:
    """One digit is taken back; more than twelve are not taken."""
    visitor.press("2", "7", "9", "xoa")
    assert visitor.typed == 2
    assert visitor.press(*PIN[2:], "mo").headers["Location"] == "/ban"
    visitor.open("/mo-ban")


def test_too_many_digits(visitor: Visitor) -> None:
    """The thirteenth is not taken."""
    visitor.press(*"1234567890123")
    assert visitor.typed == 12


def test_too_few_digits(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Said so; not a try, and what was typed stays."""
    visitor.press("2", "7", "mo")
    assert "Chưa đủ 6 số." in visitor.page
    assert visitor.typed == 2
    assert keeper.door(Role.SECRETARY).tries.begun == 0


def test_a_wrong_pin(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Said in words with what is left; showing the page again is no other try."""
    assert visitor.press(*WRONG, "mo").status_code == 303
    for _ in range(3):
        page = visitor.open()
        assert "PIN vừa rồi chưa đúng." in page
        assert "Còn 4 lần; sau đó chờ 5 phút." in page
        assert visitor.typed == 0
    assert keeper.door(Role.SECRETARY).tries.begun == 1
    visitor.press("1")
    assert "PIN vừa rồi chưa đúng." not in visitor.page
    assert "Còn 4 lần; sau đó chờ 5 phút." in visitor.page


def test_locked_out(visitor: Visitor, keeper: Doorkeeper, seconds: Seconds) -> None:
    """The wait in words, growing; no key to press; the right PIN opens only after it."""
    for _ in range(FREE_TRIES):
        visitor.press(*WRONG, "mo")
    page = visitor.open()
    assert "Đã sai PIN 5 lần." in page
    assert "Chờ 5 phút rồi nhập lại" in page
    assert page.count("disabled") == 12
    assert visitor.send("/mo-ban", so=PIN).headers["Location"] == "/mo-ban"
    assert visitor.client.get("/ban").status_code == 303
    seconds.now += 259.5
    assert "Chờ 41 giây rồi nhập lại" in visitor.open()
    seconds.now += 40.5
    assert "Còn 1 lần; sau đó chờ 10 phút." in visitor.open()
    assert visitor.send("/mo-ban", so=PIN).headers["Location"] == "/ban"


def test_the_page_notices_that_the_wait_is_over(
    visitor: Visitor, keeper: Doorkeeper, seconds: Seconds
) -> None:
    """It shows the seconds, then loads itself with the keys back."""
    for _ in range(FREE_TRIES):
        keeper.try_pin(Role.SECRETARY, WRONG)
    assert "5 phút" in visitor.client.get("/mo-ban/phan?cho=1").text
    seconds.now += 300
    assert visitor.client.get("/mo-ban/phan?cho=1").headers["HX-Redirect"] == "/mo-ban?tu=1"


def bare(terminal: FakeTerminal, folder: Path, seconds: Seconds, *, damaged: bool) -> Visitor:
    """Return somebody before a terminal on which no PIN is set, or whose file is damaged."""
    keeper = keeper_of(folder, seconds, wrap_key=None if damaged else WRAP_KEY)
    pairings = pairings_of(folder, seconds)
    app = create_app(
        terminal, keeper, lambda: pairings, allowed_hosts=frozenset({HOST}), secret=SECRET
    )
    return Visitor(app.test_client())


def test_no_pin_is_set(terminal: FakeTerminal, tmp_path: Path, seconds: Seconds) -> None:
    """Tells how the first one is set, and has nothing by which somebody here could set it."""
    visitor = bare(terminal, tmp_path, seconds, damaged=False)
    page = visitor.open()
    assert "Chưa đặt PIN cho thư ký." in page
    assert "tramthe people set-pin <span>--role secretary</span>" in page
    assert "Đặt thẻ cấp uỷ lên đầu đọc." in page
    assert 'class="key"' not in page
    assert visitor.send("/mo-ban", so=PIN).headers["Location"] == "/mo-ban"
    assert visitor.send("/mo-ban/pin-moi", so=PIN).headers["Location"] == "/mo-ban/pin-moi"
    assert visitor.client.get("/mo-ban/pin-moi").headers["Location"].startswith("/mo-ban?")
    assert "chưa có mã khôi phục" in visitor.open("/mo-ban/khoi-phuc")
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_pins_is_damaged(
    terminal: FakeTerminal, tmp_path: Path, seconds: Seconds
) -> None:
    """Said so, with what the technician types; the error page is not needed to know it."""
    visitor = bare(terminal, tmp_path, seconds, damaged=True)
    page = visitor.open()
    assert "Tệp PIN trong trạm không mở được." in page
    assert "--start-over" in page
    assert visitor.send("/mo-ban", so=PIN).status_code == 409


def test_the_id_changes_when_the_desk_opens(visitor: Visitor, keeper: Doorkeeper) -> None:
    """An id that somebody planted before the login opens nothing after it; nor do old forms."""
    planted, page = visitor.id, visitor.page
    visitor.press(*PIN, "mo")
    assert visitor.id != planted
    assert keeper.session(planted) is None
    assert keeper.session(visitor.id) is not None
    visitor.page = page
    assert visitor.send("/mo-ban/khoa").status_code == 403
    assert keeper.session(visitor.id) is not None


def test_somebody_elses_form(visitor: Visitor, app: Flask) -> None:
    """A token read in one browser tries no PIN in another."""
    other = Visitor(app.test_client())
    other.open()
    other.page = visitor.page
    assert other.send("/mo-ban", so=PIN).status_code == 403


def test_what_was_typed_is_one_browsers(visitor: Visitor, app: Flask) -> None:
    """Another browser begins with nothing."""
    visitor.press("2", "7", "1")
    other = Visitor(app.test_client())
    other.open()
    assert (visitor.typed, other.typed) == (3, 0)


def test_the_other_roles(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Each has its door; the technician's leads to the status, and no card opens it."""
    page = visitor.open("/mo-ban/vai")
    assert all(f'href="/mo-ban?vai={role}"' in page for role in Role)
    page = visitor.open("/mo-ban?vai=technician")
    assert "Nhập PIN của kỹ thuật viên." in page
    assert "thẻ cấp uỷ" not in page
    assert not keeper.visits.anybody_asks()
    assert visitor.send("/mo-ban", so=PIN).headers["Location"] == "/trang-thai"
    session = keeper.session(visitor.id)
    assert session is not None
    assert session.role is Role.TECHNICIAN


@pytest.mark.parametrize("query", ["vai=king", "viec=reign", "vai=&viec=&tiep=", "tiep=//x.y"])
def test_an_address_that_asks_nonsense(query: str, visitor: Visitor) -> None:
    """The secretary's door, and the desk behind it."""
    assert "Mở bàn thư ký" in visitor.open(f"/mo-ban?{query}")
    assert visitor.send("/mo-ban", so=PIN).headers["Location"] == "/ban"


def test_the_disk_takes_nothing(
    visitor: Visitor, keeper: Doorkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence with the way out, and no desk."""
    from edge.errors import PeopleNotKept

    def full(*_: object) -> None:
        raise PeopleNotKept("full", next_step="free it")

    monkeypatch.setattr(keeper.waits, "keep", full)
    answer = visitor.send("/mo-ban", so=PIN)
    assert answer.status_code == 409
    assert "Mở bàn bằng thẻ cấp uỷ" in answer.text
    assert keeper.session(visitor.id) is None


def test_nothing_secret_is_logged(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a wrong PIN nor a right one."""
    caplog.set_level(logging.DEBUG)
    visitor.press(*"161803", "mo")
    visitor.open()
    visitor.press(*PIN, "mo")
    assert "a wrong try" in caplog.text
    assert "161803" not in caplog.text
    assert PIN not in caplog.text


def test_a_committee_members_card(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Opens the desk at this browser: its page turns to it by itself, under a new id."""
    before = visitor.id
    assert "Đặt thẻ cấp uỷ lên đầu đọc" in visitor.page
    assert "HX-Redirect" not in visitor.client.get("/mo-ban/phan").headers
    keeper.card_laid("3")
    assert visitor.client.get("/mo-ban/phan").headers["HX-Redirect"] == "/mo-ban?tu=1"
    assert visitor.client.get("/mo-ban?tu=1").headers["Location"] == "/ban"
    assert visitor.id != before
    session = keeper.session(visitor.id)
    assert session is not None
    assert (session.role, session.person_id) == (Role.SECRETARY, "3")
    assert "Danh sách" in visitor.open("/ban")


def test_without_script_a_card_opens_at_the_next_touch(
    visitor: Visitor, keeper: Doorkeeper
) -> None:
    """Loading the page is enough."""
    keeper.card_laid("3")
    assert visitor.client.get("/mo-ban").headers["Location"] == "/ban"


def test_a_card_opens_no_other_browser(visitor: Visitor, keeper: Doorkeeper, app: Flask) -> None:
    """One that looks at the board, or at the same page a while ago, stays locked."""
    other = Visitor(app.test_client())
    other.open("/bang")
    keeper.card_laid("3")
    other.open("/mo-ban")
    assert other.client.get("/ban").status_code == 303
    assert visitor.client.get("/mo-ban").headers["Location"] == "/ban"


def test_a_page_left_open_asks_no_card(
    visitor: Visitor, keeper: Doorkeeper, terminal: FakeTerminal, seconds: Seconds
) -> None:
    """What it fetches by itself, and turns to by itself, never keeps it asking."""
    for _ in range(20):
        seconds.now += 2
        visitor.client.get("/mo-ban/phan")
        visitor.client.get("/mo-ban?tu=1")
        visitor.client.get("/chon?ve=mo-ban&tu=1")
        visitor.client.get("/chon/phan?ve=mo-ban")
    assert not keeper.visits.anybody_asks()
    page = visitor.open("/mo-ban?tu=1")
    assert "Chờ thẻ thêm 30 giây" in page
    visitor.open("/mo-ban")
    assert keeper.visits.anybody_asks()


def test_two_pages_ask_at_once(visitor: Visitor, keeper: Doorkeeper, app: Flask) -> None:
    """Both say so, and what to do."""
    other = Visitor(app.test_client())
    other.open()
    keeper.card_laid("3")
    for somebody in (visitor, other):
        assert "Hai màn hình cùng chờ thẻ." in somebody.client.get("/mo-ban/phan").text
        assert somebody.client.get("/ban").status_code == 303


def test_another_card(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Turned away in one sentence, whyever: this page stands in the room."""
    keeper.card_laid(None)
    part = visitor.client.get("/mo-ban/phan").text
    assert "Thẻ vừa rồi không mở được bàn." in part


def test_the_card_waits_for_a_name(
    visitor: Visitor, keeper: Doorkeeper, terminal: FakeTerminal
) -> None:
    """No meeting is open: the page turns to the committee's names, and a touch opens the card."""
    terminal.kind = None
    terminal.show(SceneState.CHOOSE, card_present=True, deadline=NOW)
    assert visitor.client.get("/mo-ban/phan").headers["HX-Redirect"] == "/chon?ve=mo-ban&tu=1"
    page = visitor.open("/chon?ve=mo-ban&tu=1")
    assert re.findall(r'name="person" value="(\d+)"', page) == ["3", "4"]
    answer = visitor.send("/chon", person="3", ve="mo-ban")
    assert answer.headers["Location"] == "/mo-ban"
    assert ("choose", "3") in terminal.acts


def test_a_name_that_is_not_offered(visitor: Visitor, terminal: FakeTerminal) -> None:
    """Without a meeting only the committee's names open a card."""
    terminal.kind = None
    visitor.open("/chon?ve=mo-ban")
    assert visitor.send("/chon", person="1", ve="mo-ban").status_code == 404
    assert terminal.acts == []


def test_a_meeting_is_open_meanwhile(visitor: Visitor, terminal: FakeTerminal) -> None:
    """Everybody who may touch a name still may, and the committee though they are present."""
    terminal.admit("3")
    terminal.show(SceneState.CHOOSE, card_present=True, deadline=NOW)
    offered = re.findall(r'name="person" value="(\d+)"', visitor.open("/chon?ve=mo-ban"))
    assert {"1", "3", "4"} <= set(offered)
    assert "13" not in offered


def test_the_number_of_the_card(
    visitor: Visitor, keeper: Doorkeeper, terminal: FakeTerminal, seconds: Seconds
) -> None:
    """Typed on its own page, never in the PIN's place; meanwhile the page goes on asking."""
    terminal.kind = None
    visitor.open("/chon/so?ve=mo-ban")
    seconds.now += ASK_SECONDS - 1
    visitor.send("/chon/so", can="123456", phim="mo", ve="mo-ban")
    assert ("can", "123456") in terminal.acts
    seconds.now += 5
    assert keeper.visits.anybody_asks()


def test_nobody_of_the_roster_is_of_the_committee(
    visitor: Visitor, terminal: FakeTerminal, keeper: Doorkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page asks for the PIN alone."""
    monkeypatch.setattr(terminal, "committee", tuple)
    page = Visitor(visitor.client).open("/mo-ban")
    assert "Nhập PIN của thư ký." in page
    assert "thẻ cấp uỷ" not in page
