"""A PIN forgotten, and a PIN changed: the office's response once, then the new PIN twice."""

from __future__ import annotations

import logging
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.people import recovery
from edge.people.doorkeeper import Answer, Doorkeeper
from edge.people.lockout import FREE_TRIES
from edge.people.roles import Role
from edge.people.sessions import PROVED_SECONDS, Way
from edge.people.visits import NEW_PIN_SECONDS
from edge.web.security import COOKIE
from tests.edge.people.made import PIN, SECRET, TERMINAL, WRONG, Seconds

from .test_login import Visitor

PAGE = "/mo-ban/khoi-phuc"
NEW = "314159"


@pytest.fixture
def visitor(stranger: FlaskClient) -> Visitor:
    """Return somebody who forgot the secretary's PIN."""
    somebody = Visitor(stranger)
    somebody.open(PAGE)
    return somebody


def office(page: str) -> str:
    """Return what the office answers to the challenge on the page."""
    shown = re.search(r'<p class="code code--big">([0-9A-Z ]+)</p>', page)
    assert shown is not None
    asked = recovery.asked(SECRET, TERMINAL, shown[1])
    assert asked is not None
    return recovery.response(SECRET, TERMINAL, asked.role, asked.counter)


def recovered(visitor: Visitor) -> None:
    """Answer the challenge in sight, and stand before the page of the new PIN."""
    answer = visitor.press(*office(visitor.page), "mo", path=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mo-ban/pin-moi")
    assert "Đặt PIN mới" in visitor.open("/mo-ban/pin-moi")


def test_a_forgotten_pin(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Challenge read out, response typed, a new PIN twice: the desk is open, by the new PIN."""
    assert "Trạm 99-0417, PIN của thư ký" in visitor.page
    before = visitor.id
    recovered(visitor)
    assert visitor.id != before
    visitor.press(*NEW, "mo", path="/mo-ban/pin-moi")
    assert "Nhập lại PIN mới" in visitor.open("/mo-ban/pin-moi")
    assert visitor.typed == 0
    assert visitor.press(*NEW, "mo", path="/mo-ban/pin-moi").headers["Location"] == "/ban"
    session = keeper.session(visitor.id)
    assert session is not None
    assert session.way is Way.RECOVERY
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.WRONG
    assert keeper.try_pin(Role.SECRETARY, NEW) is Answer.RIGHT


def test_the_response_is_replayed(visitor: Visitor, app: Flask) -> None:
    """In another browser, or again in the same one: wrong."""
    response = office(visitor.page)
    recovered(visitor)
    other = Visitor(app.test_client())
    other.open(PAGE)
    assert office(other.page) != response
    assert other.press(*response, "mo", path=PAGE).headers["Location"] == PAGE
    assert "Mã vừa rồi chưa đúng." in other.open(PAGE)
    assert other.client.get("/mo-ban/pin-moi").headers["Location"].startswith("/mo-ban?")


def test_it_sets_the_pin_of_its_role_alone(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Whatever the browser asks for in between."""
    recovered(visitor)
    visitor.open("/mo-ban?vai=technician")
    page = visitor.open("/mo-ban/pin-moi")
    assert "PIN của thư ký" in page
    for _ in range(2):
        visitor.press(*NEW, "mo", path="/mo-ban/pin-moi")
        visitor.open("/mo-ban/pin-moi")
    assert keeper.try_pin(Role.TECHNICIAN, PIN) is Answer.RIGHT
    assert keeper.try_pin(Role.SECRETARY, NEW) is Answer.RIGHT


def test_nobody_sets_the_new_pin_in_time(
    visitor: Visitor, keeper: Doorkeeper, seconds: Seconds
) -> None:
    """The old PIN stays, and the office is to be called again."""
    recovered(visitor)
    visitor.press(*NEW, "mo", path="/mo-ban/pin-moi")
    seconds.now += NEW_PIN_SECONDS
    answer = visitor.press(*NEW, "mo", path="/mo-ban/pin-moi")
    assert answer.headers["Location"] == "/mo-ban/pin-moi"
    assert visitor.client.get("/mo-ban/pin-moi").headers["Location"].startswith("/mo-ban?")
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("31415", "PIN phải có từ 6 đến 12 số."),
        ("", "PIN chỉ gồm chữ số."),
        ("111111", "PIN này dễ đoán"),
        ("234567", "PIN này dễ đoán"),
    ],
)
def test_a_new_pin_that_is_none(
    typed: str, says: str, visitor: Visitor, keeper: Doorkeeper
) -> None:
    """Said why; the first one is asked again."""
    recovered(visitor)
    visitor.press(*typed, "mo", path="/mo-ban/pin-moi")
    page = visitor.open("/mo-ban/pin-moi")
    assert says in page
    assert "Đặt PIN mới" in page
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_the_second_time_another(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Both are asked again."""
    recovered(visitor)
    visitor.press(*NEW, "mo", path="/mo-ban/pin-moi")
    visitor.press(*"314158", "mo", path="/mo-ban/pin-moi")
    page = visitor.open("/mo-ban/pin-moi")
    assert "Hai lần nhập không giống nhau." in page
    assert "Đặt PIN mới" in page
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_a_response_on_a_keyboard(visitor: Visitor) -> None:
    """In small letters with a blank, O and I for 0 and 1."""
    response = office(visitor.page).replace("0", "O").replace("1", "i")
    typed = f"{response[:4].lower()} {response[4:]}"
    assert visitor.send(PAGE, ma="", so=typed).headers["Location"] == "/mo-ban/pin-moi"


def test_a_response_too_short(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Not a try; what was typed stays in sight, in groups."""
    visitor.press(*"4F7K2", "xoa", "9", "mo", path=PAGE)
    assert "Chưa đủ 8 chữ." in visitor.page
    assert "4F7K 9" in visitor.page
    assert keeper.recovery_tries().begun == 0


def test_responses_are_guessed(visitor: Visitor, seconds: Seconds) -> None:
    """Five, then the same waits as for a PIN."""
    for _ in range(FREE_TRIES):
        visitor.press(*"00000000", "mo", path=PAGE)
    page = visitor.open(PAGE)
    assert "Đã sai mã 5 lần." in page
    assert page.count("disabled") == 34
    assert visitor.press(*office(page), "mo", path=PAGE).headers["Location"] == PAGE
    seconds.now += 300
    page = visitor.open(PAGE)
    assert "Còn 1 lần; sau đó chờ 10 phút." in page
    recovered(visitor)


def test_a_pin_locked_out_is_no_bar(visitor: Visitor, keeper: Doorkeeper) -> None:
    """Who forgot it has tried it: recovery is open all the same, and ends the wait."""
    for _ in range(FREE_TRIES):
        keeper.try_pin(Role.SECRETARY, WRONG)
    visitor.open(PAGE)
    recovered(visitor)
    for _ in range(2):
        visitor.press(*NEW, "mo", path="/mo-ban/pin-moi")
        visitor.open("/mo-ban/pin-moi")
    assert keeper.try_pin(Role.SECRETARY, NEW) is Answer.RIGHT


def test_ones_own_pin(client: FlaskClient, keeper: Doorkeeper, app: Flask) -> None:
    """Changed at an open desk: every other desk is locked, this one goes on."""
    other = keeper.open_desk(None, Role.SECRETARY, Way.PIN)
    secretary = Visitor(client)
    assert "/mo-ban/pin-moi" in secretary.open("/trang-thai")
    for _ in range(2):
        secretary.open("/mo-ban/pin-moi")
        answer = secretary.press(*NEW, "mo", path="/mo-ban/pin-moi")
    assert answer.headers["Location"] == "/ban"
    assert keeper.session(other) is None
    assert keeper.session(secretary.id) is not None
    assert keeper.try_pin(Role.SECRETARY, NEW) is Answer.RIGHT


def test_ones_own_pin_asks_the_old_one(
    client: FlaskClient, keeper: Doorkeeper, seconds: Seconds
) -> None:
    """Somebody who finds the desk open changes nothing."""
    secretary = Visitor(client)
    secretary.open("/mo-ban/pin-moi")
    seconds.now += PROVED_SECONDS
    assert secretary.press(*NEW, "mo", path="/mo-ban/pin-moi").status_code == 303
    answer = client.get("/mo-ban/pin-moi")
    assert answer.headers["Location"] == (
        "/mo-ban?vai=secretary&viec=change-pin&tiep=/mo-ban/pin-moi"
    )
    secretary.open(answer.headers["Location"])
    assert "Đổi PIN" in secretary.page
    assert secretary.send("/mo-ban", so=PIN).headers["Location"] == "/mo-ban/pin-moi"
    assert "Đặt PIN mới" in secretary.open("/mo-ban/pin-moi")


def test_a_card_changes_no_pin(app: Flask, keeper: Doorkeeper) -> None:
    """A committee member's card opens the desk, and that is all."""
    client = app.test_client()
    client.set_cookie(COOKIE, keeper.open_desk(None, Role.SECRETARY, Way.CARD, "3"))
    assert "viec=change-pin" in client.get("/mo-ban/pin-moi").headers["Location"]


def test_nothing_secret_is_logged(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """Neither response nor new PIN."""
    caplog.set_level(logging.DEBUG)
    response = office(visitor.page)
    recovered(visitor)
    for _ in range(2):
        visitor.press(*NEW, "mo", path="/mo-ban/pin-moi")
        visitor.open("/mo-ban/pin-moi")
    assert "a PIN was set: secretary" in caplog.text
    assert response not in caplog.text
    assert NEW not in caplog.text
