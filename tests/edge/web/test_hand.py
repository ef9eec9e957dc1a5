"""Entries by hand, guests and absences at the desk, over a real meeting and its log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.meeting.figures import State
from edge.tap.admit import Admission, AdmitReason
from edge.wire.kinds import AbsenceOutcome, EventKind, HandReason

from .conftest import Post
from .real_desk import BACH, BINH, DO, NGOC, QUYET, SINH, TRU, RealDesk


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[RealDesk]:
    """Return a terminal with a real meeting."""
    made = RealDesk(tmp_path)
    yield made
    made.log.close()


def _chosen(page: str) -> list[str]:
    """Return the persons that the page has chosen beforehand."""
    return [part.split('"')[0] for part in page.split('name="nguoi" value="')[1:]
            if part.split(">")[0].endswith("checked")]  # fmt: skip


def test_somebody_forgot_the_card(terminal: RealDesk, post: Post) -> None:
    """Present with the reason, by one post; the page leads back to the desk."""
    answer = post("/ban/tay", **{"nguoi": "r2", "ly-do": "FORGOTTEN", "ghi": "co-mat"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ban")
    assert terminal.state(QUYET) is State.PRESENT
    assert terminal.log.events()[-1].reason == HandReason.FORGOTTEN


def test_somebody_comes_late_without_a_card(terminal: RealDesk, post: Post) -> None:
    """As the secretary says, whatever the hour."""
    post("/ban/tay", **{"nguoi": "r3", "ly-do": "PROBATIONARY", "ghi": "muon"})
    assert terminal.state(TRU) is State.LATE


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ly-do": "LOST"}, "Chọn một người trong danh sách."),
        ({"nguoi": "r99", "ly-do": "LOST"}, "Chọn một người trong danh sách."),
        ({"nguoi": "r2"}, "Chọn vì sao không dùng thẻ."),
        ({"nguoi": "r2", "ly-do": "BECAUSE"}, "Chọn vì sao không dùng thẻ."),
        ({"nguoi": "r5", "ly-do": "LOST"}, "Người này đã có mặt, hoặc không triệu tập."),
        ({"nguoi": "r1", "ly-do": "LOST"}, "Người này đã có mặt, hoặc không triệu tập."),
    ],
)
def test_an_entry_that_lacks_something(
    fields: dict[str, str], sentence: str, terminal: RealDesk, post: Post
) -> None:
    """The page comes again with a sentence beside the field; nothing is written."""
    terminal.lay(DO)
    before = len(terminal.log.events())
    answer = post("/ban/tay", ghi="co-mat", **fields)
    assert answer.status_code == 200
    assert sentence in answer.text
    assert len(terminal.log.events()) == before


def test_what_was_chosen_stays_when_something_is_missing(post: Post) -> None:
    """The person remains chosen, and so does the reason."""
    assert _chosen(post("/ban/tay", nguoi="r2", ghi="co-mat").text) == ["r2"]
    page = post("/ban/tay", **{"ly-do": "LOST", "ghi": "co-mat"}).text
    assert 'value="LOST" checked' in page


def test_who_may_be_entered_by_hand(client: FlaskClient, terminal: RealDesk) -> None:
    """Those not here; nobody who is, nor the one who is suspended."""
    terminal.lay(DO)
    page = client.get("/ban/tay").text
    assert "Quyết" in page
    assert "Bình" in page
    assert "Dợ" not in page
    assert "Bạch" not in page


def test_searching_on_the_page_of_entries(client: FlaskClient, post: Post) -> None:
    """Without accents; who was chosen before stays in the list."""
    answer = post("/ban/tay", lam="tim", q="nguyen", nguoi="r2")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "Quyết" in page
    assert "Ngọc" in page
    assert "Trư" not in page
    assert _chosen(page) == ["r2"]


def test_a_probationary_member_is_chosen(client: FlaskClient) -> None:
    """The reason is known: they have no card yet."""
    page = client.get("/ban/tay?nguoi=r3").text
    assert 'value="PROBATIONARY" checked' in page


def test_a_citizen_card_proposes_its_holder(client: FlaskClient, terminal: RealDesk) -> None:
    """Chosen when the page opens, offered where it is open already; nobody is present by it."""
    terminal.lay(QUYET, Admission.IDENTIFIED, AdmitReason.IDENTIFIED_FOR_HAND_ENTRY)
    assert _chosen(client.get("/ban/tay").text) == ["r2"]
    part = client.get("/ban/tay/phan?after=-1").text
    assert "Quyết" in part
    assert "nguoi=r2" in part
    assert "/ban/tay?nguoi=r2" in client.get("/ban").text
    assert terminal.state(QUYET) is State.NOT_YET
    assert "Quyết" not in client.get("/bang").text


def test_a_guest_in_two_steps(client: FlaskClient, terminal: RealDesk, post: Post) -> None:
    """Chosen in the list, named on the next page, counted apart, on this meeting's list alone."""
    answer = post("/ban/tay", nguoi="khach", ghi="co-mat")
    assert answer.headers["Location"] == "/ban/tay/khach"
    post("/ban/tay/khach", ten=" Đinh  Thị Lan ", la="observer", ghi="co-mat")
    assert terminal.sitting.figures.guests == 1
    assert terminal.sitting.present == 0
    assert "Dự thính" in client.get("/ban?loc=khach").text


@pytest.mark.parametrize(
    "fields",
    [
        {"ten": "", "la": "guest"},
        {"ten": "  ", "la": "guest"},
        {"ten": "x" * 201, "la": "guest"},
        {"ten": "Đinh Thị Lan", "la": "official"},
        {"ten": "Đinh Thị Lan"},
    ],
)
def test_a_guest_without_name_or_place(
    fields: dict[str, str], terminal: RealDesk, post: Post
) -> None:
    """Asked for again in a sentence; no member is made at the desk."""
    before = len(terminal.log.events())
    answer = post("/ban/tay/khach", ghi="co-mat", **fields)
    assert "Gõ tên khách, và chọn khách là ai." in answer.text
    assert len(terminal.log.events()) == before


def test_a_genuine_card_of_another_cell(client: FlaskClient, terminal: RealDesk) -> None:
    """The desk says so and offers a guest by the card's name; the board says nothing."""
    reason = AdmitReason.NOT_ON_ROSTER
    entry = terminal.lay(None, Admission.NOT_EXPECTED, reason, holder="Đinh Thị Lan")
    desk, board = client.get("/ban").text, client.get("/bang").text
    assert "Không thuộc chi bộ này." in desk
    assert f"/ban/tay/khach?luot={entry.seq}" in desk
    assert 'value="Đinh Thị Lan"' in client.get(f"/ban/tay/khach?luot={entry.seq}").text
    assert "Lan" not in board
    assert "chi bộ này" not in board
    assert "Mời gặp" in board


def test_the_name_of_a_card_that_is_gone(client: FlaskClient, terminal: RealDesk) -> None:
    """A name is offered for the card on show alone; afterwards it is typed."""
    reason = AdmitReason.NOT_ON_ROSTER
    entry = terminal.lay(None, Admission.NOT_EXPECTED, reason, holder="Đinh Thị Lan")
    terminal.lay(DO)
    page = client.get(f"/ban/tay/khach?luot={entry.seq}").text
    assert "Lan" not in page


def test_a_suspended_member(client: FlaskClient, terminal: RealDesk) -> None:
    """The desk has a sentence and no button that records; the board only asks to see it."""
    terminal.lay(BACH, Admission.NOT_ENTITLED, AdmitReason.SUSPENDED)
    recent = client.get("/ban").text.split('id="vua-qua"')[1].split("</section>")[0]
    assert "Không điểm danh được lượt này." in recent
    assert "/ban/tay" not in recent
    board = client.get("/bang").text
    assert "Bạch" not in board
    assert "Mời gặp" in board
    assert "đình chỉ" not in client.get("/ban?loc=het").text
    person = client.get(f"/ban/nguoi?ai={BACH.id}").text
    assert "Không triệu tập: hỏi riêng chi uỷ" in person
    assert "đình chỉ" not in person


def test_an_absence_with_a_reason(client: FlaskClient, terminal: RealDesk, post: Post) -> None:
    """Its words stand on the person's page, not on the list, and sealed in the log."""
    post("/ban/nguoi/vang", **{"ai": "r2", "vi-sao": "Ốm nặng"})
    assert terminal.state(QUYET) is State.EXCUSED
    assert "Ốm nặng" in client.get("/ban/nguoi?ai=r2").text
    assert "Ốm nặng" not in client.get("/ban?loc=het").text
    assert "Đã xin vắng có lý do" in client.get("/ban/tay").text
    assert not any("Ốm".encode() in event.to_bytes() for event in terminal.log.events())


def test_an_absence_without_words(terminal: RealDesk, post: Post) -> None:
    """A reason is asked for; nothing is written."""
    answer = post("/ban/nguoi/vang", **{"ai": "r2", "vi-sao": " "})
    assert "Ghi lý do vắng" in answer.text
    assert terminal.state(QUYET) is State.NOT_YET


def test_let_off_for_this_once(terminal: RealDesk, post: Post) -> None:
    """Exempt, and no longer among those called."""
    before = terminal.sitting.summoned
    post("/ban/nguoi/mien", **{"ai": "r2", "vi-sao": ""})
    assert terminal.state(QUYET) is State.EXEMPT
    assert terminal.sitting.summoned == before - 1
    assert terminal.sitting.attendance.absences["r2"].outcome is AbsenceOutcome.EXEMPT


def test_an_absence_of_somebody_here(terminal: RealDesk, post: Post) -> None:
    """Refused in a sentence with the next step."""
    terminal.lay(DO)
    answer = post("/ban/nguoi/vang", **{"ai": "r1", "vi-sao": "Ốm"})
    assert answer.status_code == 409
    assert "Việc này không hợp với cuộc họp lúc này." in answer.text
    assert terminal.state(DO) is State.PRESENT


def test_leaving_early_by_hand(client: FlaskClient, terminal: RealDesk, post: Post) -> None:
    """With the reason why no card; the row says since when."""
    terminal.lay(DO)
    terminal.minute = 70
    assert "Chọn vì sao không dùng thẻ." in post("/ban/nguoi/ve", ai="r1").text
    post("/ban/nguoi/ve", **{"ai": "r1", "ly-do": "FORGOTTEN"})
    assert terminal.state(DO) is State.LEFT_EARLY
    assert "Về sớm 19:43" in client.get("/ban?loc=co-mat").text


def test_a_wish_to_correct_the_roster(terminal: RealDesk, client: FlaskClient, post: Post) -> None:
    """Written down, and the page says so; an empty one is asked for."""
    assert "Gõ điều cần sửa." in post("/ban/nguoi/sua", ai="r1").text
    answer = post("/ban/nguoi/sua", ai="r1", ten="Lò Thị Dợ (Em)")
    assert "Đã ghi đề nghị sửa" in client.get(answer.headers["Location"]).text
    event = terminal.log.events()[-1]
    assert event.kind is EventKind.CORRECTION
    assert terminal.log.body(event)["changes"] == {"name": "Lò Thị Dợ (Em)"}


@pytest.mark.parametrize("path", ["/ban/nguoi?ai=r99", "/ban/nguoi", "/ban/huy/99"])
def test_nobody_of_that_name(path: str, client: FlaskClient) -> None:
    """A sentence, and the way back."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Về bảng hoặc bàn thư ký." in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/ban/tay",
        "/ban/tay/khach",
        "/ban/nguoi/vang",
        "/ban/nguoi/mien",
        "/ban/nguoi/ve",
        "/ban/nguoi/sua",
        "/ban/huy/2",
        "/ban/ra-ve",
    ],
)
def test_a_form_of_somebody_else(path: str, client: FlaskClient, terminal: RealDesk) -> None:
    """Without this browser's token nothing is written."""
    terminal.lay(DO)
    before = len(terminal.log.events())
    form = {"nguoi": "r2", "ai": "r1", "ly-do": "LOST", "ten": "A", "la": "guest", "bat": "1"}
    assert client.post(path, data={**form, "vi-sao": "Ốm", "ghi": "co-mat"}).status_code == 403
    assert len(terminal.log.events()) == before
    assert not terminal.book.leaving


@pytest.mark.parametrize("path", ["/ban/tay", "/ban/tay/khach", "/ban/nguoi?ai=r1", "/ban/huy/2"])
def test_no_meeting_is_open(path: str, client: FlaskClient, terminal: RealDesk) -> None:
    """The pages lead to the desk, where one is opened."""
    terminal.desk.close()
    assert client.get(path).headers["Location"] == "/ban"


def test_a_late_form_after_the_end(terminal: RealDesk, client: FlaskClient, post: Post) -> None:
    """Nothing is written to a meeting that is over: a sentence says so."""
    client.get("/ban/tay")
    terminal.desk.close()
    answer = post("/ban/tay", **{"nguoi": "r2", "ly-do": "LOST", "ghi": "co-mat"})
    assert answer.status_code == 409
    assert "Việc này không hợp với cuộc họp lúc này." in answer.text


def test_every_name_of_a_reason_is_on_the_page(client: FlaskClient) -> None:
    """All six, as radio buttons, none chosen beforehand for a member with a card."""
    page = client.get("/ban/tay?nguoi=r2").text
    for reason in HandReason:
        assert f'name="ly-do" value="{reason.value}"' in page
    assert page.count("checked") == 1


def test_an_exempt_member_who_comes(terminal: RealDesk, post: Post) -> None:
    """Entered by hand, and counted as present."""
    post("/ban/tay", **{"nguoi": "r4", "ly-do": "NOT_EXCHANGED", "ghi": "co-mat"})
    assert terminal.state(BINH) is State.PRESENT
    assert terminal.sitting.present == 1
    assert terminal.state(NGOC) is State.NOT_YET
    assert terminal.state(SINH) is State.NOT_YET


def test_the_app_has_no_route_that_writes_by_reading(app: Flask) -> None:
    """Every act is a post."""
    acts = {"hand.enter", "hand.enter_guest", "person.absent", "person.exempt", "person.leave",
            "person.correct", "annul.annul", "desk.confirm", "desk.leaving"}  # fmt: skip
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint in acts]
    assert {rule.endpoint for rule in rules} == acts
    assert all("GET" not in (rule.methods or ()) for rule in rules)
