"""What the centre itself says, on its pages: alarms about inboxes, cards judged once more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from provisioning.centre import fleet
from provisioning.centre.people import audit
from provisioning.centre.people.roles import Role
from provisioning.fleet.claims import GUESSES, use_claim
from tests.edge.log.made import START
from tests.provisioning.centre.fleet.made import claim_for
from tests.provisioning.centre.made import Centre

from .conftest import ComeIn, token
from .stage import fill, fill_more
from .test_screens import text

ALARM = "/canh-bao-hop-thu/99-0417/INBOX_KEY_REUSED/inbox-d84d450ef0477436"


@pytest.fixture
def operator(pages: Centre, come_in: ComeIn) -> FlaskClient:
    """Return an operator's browser before a centre that has said something."""
    fill(pages.store.database, pages.now)
    fill_more(pages.store.database, pages.now)
    return come_in(Role.OPERATOR)


def test_alarm_about_an_inbox_stands_among_the_others(pages: Centre, operator: FlaskClient) -> None:
    """With what it is about and what to do; counted, and a reason to look at its terminal."""
    said = text(operator, "/canh-bao")
    assert "Trạm 99-0417, hộp thư: hai khoá hộp thư mang cùng một số" in said
    assert "(inbox-d84d450ef0477436)" in said
    assert "Trạm 99-0703, hộp thư: trạm đã nhận thư" in said
    assert "Chưa xem 5" in said
    rows = {row.terminal: row for row in fleet.terminals(pages.store.database, START, "2026-11-21")}
    assert rows["99-0703"].open_alarms == 1
    for page in ("/tram/99-0417", "/"):
        assert "hộp thư: hai khoá" in text(operator, page)


def test_alarm_about_a_claim_that_is_guessed_at(pages: Centre, operator: FlaskClient) -> None:
    """Which claim, and that it goes on working: where the office looks, and at its terminal."""
    with pages.store.database.writing() as connection:
        claim_for(connection, "99-0417", START)
        for number in range(GUESSES):
            use_claim(connection, "claim-0001", bytes([number]) * 32, "a" * 64, START)
    for page in ("/canh-bao", "/tram/99-0417"):
        said = text(operator, page)
        assert "Trạm 99-0417: có người thử mật mã của giấy cấp một lần (claim-0001)." in said
        assert "Giấy vẫn dùng được" in said


def test_alarm_about_an_inbox_is_looked_at(pages: Centre, operator: FlaskClient) -> None:
    """As any other: a note, once; it leaves the open ones and stays among those looked at."""
    form = {"ghi": "Đã gọi trạm", "csrf_token": token(operator, "/canh-bao")}
    assert operator.post(ALARM, data=form).headers["Location"] == "/canh-bao"
    assert "99-0417" not in text(operator, "/canh-bao")
    seen = text(operator, "/canh-bao?loc=da-xem")
    assert "operator đã xem hôm nay 19:00: Đã gọi trạm" in seen
    pages.now += timedelta(minutes=5)
    again = {**form, "ghi": "Lại gọi"}
    assert operator.post(ALARM, data=again).status_code == 303
    assert operator.post(f"{ALARM}x", data=again).status_code == 303
    assert text(operator, "/canh-bao?loc=da-xem").count("đã xem hôm nay 19:00") == 1
    assert "Lại gọi" not in text(operator, "/canh-bao?loc=da-xem")
    assert any(row.subject == f"POST {ALARM}" for row in audit.read(pages.store.database))


def test_cards_that_were_not_in_order(operator: FlaskClient) -> None:
    """First of all, by the last word about each, with the code and how often it was looked at."""
    said = text(operator, "/xet-lai")
    assert "99-0231 200" in said
    assert "thẻ không được nhận CARD_REVOKED" in said
    assert "Báo thư ký của cuộc họp" in said
    for other in ("201", "202", "203", "LIST_TOO_OLD"):
        assert other not in said


def test_cards_without_an_answer(operator: FlaskClient) -> None:
    """Lists too old still, or nothing to judge by; all of them on request."""
    said = text(operator, "/xet-lai?loc=chua")
    assert "chưa đủ căn cứ LIST_TOO_OLD" in said
    assert "không có gì để xét" in said
    assert "200" not in said
    every = text(operator, "/xet-lai?loc=het")
    assert all(f"99-0231 {seq}" in every for seq in (200, 201, 202, 203))
    assert "thẻ thật, có hiệu lực lúc đặt" in every


def test_before_anything_was_judged_again(administrator: FlaskClient) -> None:
    """The page says that there is nothing, and how it is done."""
    assert "Không có thẻ nào bị bác" in text(administrator, "/xet-lai?loc=x")
    assert "tramthe centre reverify" in text(administrator, "/xet-lai?loc=het")


def test_whose_page_it_is(pages: Centre, come_in: ComeIn) -> None:
    """Of those who work with it: a viewer neither gets in nor sees the way there."""
    viewer = come_in(Role.VIEWER)
    assert viewer.get("/xet-lai").status_code == 403
    assert "Xét lại thẻ" not in viewer.get("/canh-bao").get_data(as_text=True)
