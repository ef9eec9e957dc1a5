"""The public board: what it says, and above all what it does not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from edge.log.fault import LogFault
from edge.tap.admit import AdmitReason
from edge.tap.scene import SceneState
from verify.reasons import Reason

from .fake_terminal import JPEG, NOW, FakeTerminal

NAME = "Hà Văn Khiêm"


def test_the_root_leads_to_the_board(client: FlaskClient) -> None:
    """Whoever types only the address gets the board."""
    assert client.get("/").headers["Location"] == "/bang"


def test_no_meeting_is_open(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The board says so and offers to open one."""
    terminal.kind = None
    page = client.get("/bang").text
    assert "Chưa mở cuộc họp" in page
    assert 'href="/ban/mo"' in page


def test_a_member_is_accepted(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Name, category, time, the new count and a title that says it."""
    terminal.admit("3")
    page = client.get("/bang").text
    assert 'data-state="accepted"' in page
    assert NAME in page
    assert "Đảng viên chính thức, lúc 19:03" in page
    assert "<title>Có mặt – Trạm Thẻ</title>" in page
    assert re.search(r'board__count">1<small> / 13', page)


def test_a_member_comes_twice(client: FlaskClient, terminal: FakeTerminal) -> None:
    """It is said kindly, with the time of the first tap."""
    terminal.show(SceneState.ALREADY, person=NAME, first_at=NOW - timedelta(minutes=9))
    page = client.get("/bang").text
    assert "Đã điểm danh rồi" in page
    assert "lúc 18:54. Không cần làm gì thêm." in page


@pytest.mark.parametrize("state", [s for s in SceneState if s not in ("accepted", "already")])
def test_a_name_is_in_doubt(state: SceneState, client: FlaskClient, terminal: FakeTerminal) -> None:
    """Only ACCEPTED and ALREADY show a name or a photo; no state shows a reason."""
    reason = "CARD_REPORTED_LOST"
    terminal.show(state, person=NAME, reason=reason, photo=JPEG, category="suspended", seq=4)
    for page in (client.get("/bang").text, client.get("/bang/phan?after=-1").text):
        assert NAME not in page
        assert "Khiêm" not in page
        assert "/ban/anh/" not in page
        assert reason not in page
        assert "báo mất." not in page
        assert "đình chỉ" not in page


def test_suspension_is_never_said_aloud(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Even an accepted card does not show such a category on the board."""
    terminal.show(SceneState.ACCEPTED, person=NAME, category="suspended")
    assert "đình chỉ" not in client.get("/bang").text


def test_refused_and_unexpected_are_the_same_bytes(
    client: FlaskClient, terminal: FakeTerminal
) -> None:
    """Nobody in the room can tell why, whatever the reason and whoever the person."""
    pages = set()
    refusals: list[tuple[SceneState, str]] = [(SceneState.REFUSED, code) for code in Reason]
    refusals += [(SceneState.UNEXPECTED, reason) for reason in AdmitReason]
    for state, reason in refusals:
        terminal.stage._scene = terminal.stage.scene.__class__(SceneState.IDLE, NOW, version=6)
        terminal.show(state, reason=reason, person=NAME, seq=9, card_present=True)
        pages.add(client.get("/bang").data)
        pages.add(client.get("/bang/phan?after=-1").data)
    assert len(pages) == 2
    assert any("Mời gặp thư\u00a0ký".encode() in page for page in pages)


def test_a_refusal_leaves_the_counts_alone(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The figures before and after a refused card are the same."""
    terminal.admit("3")
    before = re.search(r'board__count">.*?</p>', client.get("/bang").text)
    terminal.refuse(SceneState.REFUSED, "SOD_SIGNATURE_INVALID")
    after = re.search(r'board__count">.*?</p>', client.get("/bang").text)
    assert before is not None
    assert after is not None
    assert before[0] == after[0]


def test_a_terminal_that_was_wiped(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The board says that it is out of use, and the way to the desk leads to why."""
    terminal.kind = None
    terminal.view = replace(terminal.view, locked=LogFault.WIPED)
    terminal.show(SceneState.LOCKED, reason=LogFault.WIPED)
    board = client.get("/bang").text
    assert "Trạm không dùng nữa" in board
    assert "Đưa trạm về cơ quan" in board
    told = client.get("/mo-ban", follow_redirects=True)
    assert told.request.path == "/trang-thai"
    assert "Cơ quan đã xoá khoá của trạm này." in told.text


def test_the_card_left_before_it_was_read(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The board asks to lay it again instead of telling an empty reader to keep still."""
    terminal.show(SceneState.HOLD, reason="CARD_REMOVED")
    assert "Mời đặt lại thẻ" in client.get("/bang").text


def test_nobody_touched_a_name_in_time(client: FlaskClient, terminal: FakeTerminal) -> None:
    """A card still lying there must be lifted first, and the board says so."""
    terminal.show(SceneState.IDLE, card_present=True)
    assert "Nhấc thẻ ra rồi đặt lại" in client.get("/bang").text


def test_a_wrong_name_is_put_right_in_one_order(
    client: FlaskClient, terminal: FakeTerminal
) -> None:
    """Lift, choose again, lay again: so on board, names page, keypad and desk."""
    terminal.show(SceneState.CHOOSE, wrong=True, reason="PASSWORD_WRONG", card_present=True)
    for path in ("/bang", "/chon", "/chon/so", "/ban"):
        page = client.get(path).text
        places = [page.index(word) for word in ("Nhấc thẻ ra", "chọn lại", "rồi đặt lại thẻ")]
        assert places == sorted(places)


def test_a_touch_panel_turns_to_the_names(client: FlaskClient, terminal: FakeTerminal) -> None:
    """With `cham=1` a waiting card brings the names up, with and without script."""
    terminal.show(SceneState.CHOOSE, card_present=True)
    assert client.get("/bang?cham=1").headers["Location"] == "/chon?ve=cham"
    part = client.get("/bang/phan?after=-1&cham=1")
    assert part.headers["HX-Redirect"] == "/chon?ve=cham"
    assert client.get("/bang").status_code == 200


def test_without_script_the_board_refreshes(client: FlaskClient) -> None:
    """Every 5 s, by the page itself; with script by the long poll."""
    page = client.get("/bang").text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert 'hx-get="/bang/phan?after=0' in page


def test_the_part_answers_when_the_scene_is_another(
    client: FlaskClient, terminal: FakeTerminal
) -> None:
    """A page that knows an older version gets the new part at once, with its title."""
    terminal.show(SceneState.HOLD, card_present=True)
    part = client.get("/bang/phan?after=0").text
    assert "<title>Giữ yên thẻ – Trạm Thẻ</title>" in part
    assert "after=1" in part
    assert "<html" not in part


def test_english_is_asked_for_once(client: FlaskClient, terminal: FakeTerminal) -> None:
    """`?lang=en` is remembered by a cookie; the part of a board sets none."""
    terminal.show(SceneState.REFUSED)
    answer = client.get("/bang?lang=en")
    assert "See the secretary" in answer.text
    assert '<html lang="en"' in answer.text
    assert "See the secretary" in client.get("/bang").text
    assert "Set-Cookie" not in client.get("/bang/phan?after=-1&lang=vi").headers
    assert "See the secretary" in client.get("/bang").text


def test_the_strip_stands_on_every_page(client: FlaskClient) -> None:
    """What is not known now: network since when, lists, clock, what waits to be sent."""
    for path in ("/bang", "/ban", "/chon", "/chon/so", "/chon/dat", "/trang-thai", "/khong-co"):
        page = client.get(path).text
        assert "Ngoại tuyến từ 30/10" in page
        assert "Chưa biết thẻ báo mất từ 30/10" in page
        assert "Giờ chưa kiểm lại" in page
        assert "Chưa gửi: 61" in page
