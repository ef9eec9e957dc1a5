"""The counter's pages over real HTTP: ask, agree, see the result, print; and who may not."""

from __future__ import annotations

import re
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar

import pytest

from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.sessions import OFFICER, Session
from provisioning.demo.prepare import Stage
from tests.edge.people.made import cookie
from tests.edge.test_service import Running, starting

TRANSFER = "chuyen-sinh-hoat-chinh-thuc"
NAME = "Nguyễn Thị Hồng Phương Thảo Ngọc"


@dataclass
class Officer(Running):
    """An officer's browser before a running terminal."""

    cookies: CookieJar = field(default_factory=CookieJar)

    def ask(self, dossier: str = "CSH-2026-0147", procedure: str = TRANSFER) -> str:
        """Ask for a card; return the screen before its holder, or the form with its fault."""
        return self.post("/thu-tuc", "/thu-tuc", **{"thu-tuc": procedure, "ho-so": dossier})

    @property
    def session(self) -> Session:
        """Return the last question."""
        kept = self.service.counter.counter.sessions._kept
        return list(kept.values())[-1].session

    def result(self) -> str:
        """Return the page of the last question."""
        return self.get(f"/thu-tuc/hoi/{self.session.id}")


@pytest.fixture(scope="module")
def running(live: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a running terminal; `officer` clears it for each test."""
    with starting(live, tmp_path_factory.mktemp("counter")) as start:
        yield start()


@pytest.fixture
def officer(running: Running) -> Officer:
    """Return an officer whose desk is open; nobody asks, and no meeting is open."""
    running.clear()
    made = Officer(running.stage, running.service, running.reader, running.url, running.results)
    token = made.service.people.open_desk(None, Role.OFFICER, Way.PIN)
    made.cookies.set_cookie(cookie(made.url, token))
    return made


def test_a_card_from_the_question_to_the_slip(officer: Officer) -> None:
    """Who asks and which fields stand before the holder; then result, number, slip and file."""
    shown = officer.ask()
    for told in ("Đặt thẻ là đồng ý", "Chuyển sinh hoạt đảng chính thức", "CSH-2026-0147",
                 "Họ và tên", "Số thẻ", "Nơi sinh hoạt", "Vân tay"):  # fmt: skip
        assert told in shown
    officer.tap("member-1")
    page = officer.result()
    assert "Thẻ hợp lệ" in page
    assert NAME in page
    assert "99.168.053.000.001" in page
    slip, file = re.findall(r'href="(/thu-tuc/bien-nhan/[^"]+)"', page)
    assert "BN " in officer.get(slip)
    assert officer.get(file) == officer.session.answer.receipt  # type: ignore[union-attr]


def test_a_refused_card_shows_nothing_of_its_holder(officer: Officer) -> None:
    """The officer reads why; no name, no number."""
    officer.ask()
    officer.tap("lost")
    page = officer.result()
    assert "Thẻ không hợp lệ" in page
    assert "Không hiện mục nào" in page
    assert "Cầm Văn Đôi" not in page


def test_the_board_names_nobody_at_the_counter(officer: Officer) -> None:
    """Whoever stands in the room learns that a card was verified, and not whose or for what."""
    officer.ask()
    officer.tap("member-1")
    board = officer.get("/bang")
    assert "Đã kiểm thẻ" in board
    assert "Ngọc" not in board
    assert "Có mặt" not in board


@pytest.mark.parametrize("key", ["lost", "clone", "changed-name"])
def test_every_refusal_is_the_same_on_the_board(officer: Officer, key: str) -> None:
    """It says whom to see, and never why."""
    officer.ask()
    officer.tap(key)
    board = officer.get("/bang")
    assert "Mời gặp cán\u00a0bộ" in board
    assert "báo mất" not in board


def test_the_board_turns_to_the_question(officer: Officer) -> None:
    """While somebody asks, the screen in the room says who and for what."""
    assert "Đặt thẻ là đồng ý" not in officer.get("/bang")
    officer.ask()
    assert "Đặt thẻ là đồng ý" in officer.get("/bang")


def test_the_holder_says_no(officer: Officer) -> None:
    """The question ends, nothing was read, and the officer can ask again."""
    officer.ask()
    officer.post("/dong-y/khong", "/dong-y", phien=officer.session.id)
    page = officer.result()
    assert "Yêu cầu đã huỷ" in page
    assert "Hỏi lại" in page


def test_a_no_to_a_question_that_is_over(officer: Officer) -> None:
    """It does not end the one that came after it."""
    officer.ask()
    first, page = officer.session.id, "/dong-y"
    officer.post("/dong-y/khong", page, phien=first)
    officer.ask(dossier="CSH-2")
    officer.post("/dong-y/khong", page, phien=first)
    assert officer.session.open


def test_a_dossier_without_a_number(officer: Officer) -> None:
    """The form comes back with what is missing; no card is asked for."""
    page = officer.ask(dossier=" ")
    assert "Số hồ sơ chưa ghi" in page
    assert not officer.service.asked_at_counter()


def test_a_procedure_that_is_not_there(officer: Officer) -> None:
    """It is said, and nothing is asked."""
    assert "Chưa chọn thủ tục" in officer.ask(procedure="khong-co")


def test_a_question_while_a_meeting_is_open(officer: Officer) -> None:
    """The officer learns what holds the reader."""
    officer.service.open_meeting("regular")
    assert "cuộc họp đang mở" in officer.ask()


def test_a_second_question_while_one_waits(officer: Officer) -> None:
    """The page shows the one that waits, and offers to end it."""
    officer.ask()
    page = officer.get("/thu-tuc")
    assert "đang hỏi thẻ" in page
    assert "Huỷ yêu cầu ấy" in page


def test_the_history_of_the_day_names_nobody(officer: Officer) -> None:
    """Procedure, dossier, outcome and number, from which a slip is printed again."""
    officer.ask()
    officer.tap("member-1")
    page = officer.get("/thu-tuc/ngay")
    assert "CSH-2026-0147" in page
    assert re.search(r"BN [0-9A-Z]{4} [0-9A-Z]{4}", page)
    assert "Ngọc" not in page


def test_nobody_else_sees_the_counter(officer: Officer) -> None:
    """A secretary's desk and a stranger's browser are led away from every page of it."""
    secretary = replace(officer, cookies=CookieJar())
    secretary.open_desk(Role.SECRETARY)
    for path in ("/thu-tuc", "/thu-tuc/ngay", "/thu-tuc/hoi/0011"):
        page = secretary.get(path)
        assert "Nhập PIN" in page or "Mở phần cán bộ" in page
        secretary.cookies.clear()


def test_a_photo_of_a_procedure_that_shows_none(officer: Officer) -> None:
    """There is nothing to fetch."""
    officer.ask()
    officer.tap("member-1")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        officer.get(f"/thu-tuc/hoi/{officer.session.id}/anh")


def test_the_nonce_of_the_counters_own_question(officer: Officer) -> None:
    """It is drawn anew each time, so no two receipts are of one question."""
    officer.ask()
    first = officer.session.question
    officer.post("/dong-y/khong", "/dong-y", phien=officer.session.id)
    officer.ask()
    second = officer.session.question
    assert first.owner == second.owner == OFFICER
    assert first.request.nonce != second.request.nonce
