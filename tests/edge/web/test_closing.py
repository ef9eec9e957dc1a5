"""The end of a meeting: the check list, what must be ticked, and what closing writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from edge.meeting.opening import default
from edge.meeting.rules import Kind
from edge.wire.kinds import AbsenceOutcome, EventKind, HandReason

from .conftest import Post
from .meeting_terminal import MeetingTerminal, running, standing_roster


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a meeting, its chair known, nobody here."""
    with running(standing_roster()) as made:
        opening = default(Kind.REGULAR, begins=made.at)
        made.begin(replace(opening, chair="1", secretary="2"))
        yield made


def kinds(terminal: MeetingTerminal) -> list[EventKind]:
    """Return the kinds of event in the log."""
    return [event.kind for event in terminal.events()]


def test_everything_is_done(client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """Nothing is to be ticked; the button closes."""
    for person in "123456":
        terminal.tap(person)
    terminal.desk.announce()
    page = client.get("/ban/dong").text
    assert "Đã đủ, ký được." in page
    assert 'type="checkbox"' not in page
    assert post("/ban/dong").status_code == 303
    assert terminal.book.sitting is None
    assert EventKind.CONTEXT_CLOSED in kinds(terminal)


def test_somebody_has_no_state(client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """They are named; without the tick nothing closes and the page says which is missing."""
    for person in "12346":
        terminal.tap(person)
    page = client.get("/ban/dong").text
    assert "1 người chưa đến và chưa báo lý do" in page
    assert "Thao Văn <b>Pó</b>" in page
    answer = post("/ban/dong")
    assert answer.status_code == 409
    assert "Chưa đánh dấu ô này" in answer.text
    assert terminal.book.sitting is not None
    assert post("/ban/dong", vang="1").status_code == 303
    assert terminal.book.sitting is None


def test_the_chair_confirms_all_entries_by_hand(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """One tick for all of them, recorded before the end under the chair's name."""
    terminal.desk.hand_entry("3", HandReason.NOT_EXCHANGED, late=False)
    terminal.desk.hand_entry("6", HandReason.PROBATIONARY, late=False)
    page = client.get("/ban/dong").text
    assert "Chủ trì xác nhận 2 người ghi tay" in page
    assert "Cút Văn <b>Chơn</b>: chưa đổi thẻ chip" in page
    assert "Hà Văn Thuận, bí thư, chủ trì" in page
    assert post("/ban/dong", vang="1").status_code == 409
    assert EventKind.HAND_ENTRIES_CONFIRMED not in kinds(terminal)
    post("/ban/dong", **{"vang": "1", "xac-nhan": "1"})
    assert kinds(terminal)[-3:] == [
        EventKind.HAND_ENTRIES_CONFIRMED,
        EventKind.CONTEXT_CLOSED,
        EventKind.SHEET,
    ]


def test_another_entry_by_hand_after_the_confirmation(
    client: FlaskClient, terminal: MeetingTerminal
) -> None:
    """It is not covered: the list asks again."""
    terminal.desk.hand_entry("3", HandReason.FORGOTTEN, late=False)
    terminal.desk.confirm_by_hand(by="1")
    assert "Chủ trì đã xác nhận người ghi tay" in client.get("/ban/dong").text
    terminal.desk.hand_entry("6", HandReason.PROBATIONARY, late=False)
    assert "Chủ trì xác nhận 2 người ghi tay" in client.get("/ban/dong").text


def test_a_card_still_waits(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """The list says who does not count yet; after the touch it says what is not certain."""
    place = terminal.tap("4", "UNCONFIRMED")
    assert (
        "<b>1</b> thẻ còn chờ ghi, chưa tính có mặt: Vàng A Sình." in client.get("/ban/dong").text
    )
    terminal.desk.confirm(place)
    page = client.get("/ban/dong").text
    assert "còn chờ ghi" not in page
    assert "<b>1</b> thẻ chưa đủ căn cứ xác thực: Vàng A Sình." in page


def test_the_sums_are_those_of_the_end(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """Who is not here and said nothing is absent without a reason; excused ones stand apart."""
    terminal.tap("1")
    terminal.desk.absence("5", AbsenceOutcome.EXCUSED, note="ốm")
    page = client.get("/ban/dong").text
    assert "1 có mặt (0 đến muộn), 1 vắng có lý do, 4 vắng không lý do." in page
    assert "ốm" not in page


def test_what_is_good_to_know(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """What is not sent, how long names stay, what comes after signing."""
    page = client.get("/ban/dong").text
    assert "<b>61</b> bản ghi chưa gửi." in page
    assert "muộn nhất <b>05/12/2026</b>" in page
    assert "<b>biên bản bổ sung</b>" in page


def test_nobody_is_called_suspended(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """Neither the list nor the reading aloud says it or names the person."""
    for path in ("/ban/dong", "/ban/cong-bo"):
        page = client.get(path).text
        assert "đình chỉ" not in page
        assert not re.search(r"Phạm Bá|<b>Sơn</b>", page)


def test_there_is_no_meeting(client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """The page leads to the desk; the button answers in words."""
    terminal.close_meeting()
    assert client.get("/ban/dong").headers["Location"] == "/ban"
    assert client.get("/ban/cong-bo").headers["Location"] == "/ban"
    assert post("/ban/dong").status_code == 409


def test_the_sums_stay_until_the_next_opening(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """The desk shows when the meeting closed and how many came, and names nobody."""
    terminal.tap("3")
    post("/ban/dong", vang="1")
    page = client.get("/ban").text
    assert "Đã kết thúc lúc 19:03: 1/6 có mặt" in page
    assert "Sinh hoạt thường kỳ tháng 11/2026, chưa đến: 5, tỷ lệ dự: 16,7 %." in page
    assert "Chơn" not in page
    post("/ban/mo", kind="regular")
    terminal.close_meeting()
    assert "Đã kết thúc" not in client.get("/ban").text


def test_the_sheet_before_it_is_signed(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """As it would be signed now, without a code; a look writes nothing."""
    terminal.tap("3")
    seen = len(terminal.events())
    assert 'href="/ban/dong/xem"' in client.get("/ban/dong").text
    page = client.get("/ban/dong/xem").text
    assert "Bản xem trước, chưa ký." in page
    assert "vắng không lý do" in page.lower()
    assert "Chữ ký số" not in page
    assert "data-print" not in page
    assert len(terminal.events()) == seen


def test_there_is_nothing_to_look_at(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """No meeting, or a practice one, has no sheet: the page leads back."""
    terminal.close_meeting()
    assert client.get("/ban/dong/xem").headers["Location"] == "/ban/dong"
    terminal.desk.open(default(Kind.REGULAR, begins=terminal.at), practice=True)
    assert client.get("/ban/dong/xem").headers["Location"] == "/ban/dong"
    assert "/ban/dong/xem" not in client.get("/ban/dong").text
