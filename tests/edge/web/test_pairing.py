"""The desk's page for pairing: what it shows, what it asks, whom it lets do that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import PROVED_SECONDS, Way
from edge.procedure.pairing import MAX_PAIRINGS
from edge.procedure.pairing_store import FILE
from edge.procedure.pairings import Pairings
from edge.web.app import create_app
from edge.web.security import COOKIE
from tests.edge.people.made import Seconds
from tests.edge.procedure.pairing_made import NAME, ORIGIN, OTHER, asked, paired

from .conftest import HOST, SECRET
from .fake_terminal import FakeTerminal

PAGE = "/ghep-trang"


@pytest.fixture
def officer(app: Flask, keeper: Doorkeeper) -> FlaskClient:
    """Return a browser at which the officer came in by PIN just now."""
    client = app.test_client()
    client.set_cookie(COOKIE, keeper.open_desk(None, Role.OFFICER, Way.PIN))
    return client


def press(client: FlaskClient, act: str, **fields: str) -> TestResponse:
    """Press a button of the page, and return the page that follows."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(PAGE).text)
    assert token is not None
    data = {"csrf_token": token[1], **fields}
    return client.post(f"{PAGE}/{act}", data=data, follow_redirects=True)


def test_a_page_is_paired(officer: FlaskClient, pairings: Pairings) -> None:
    """Offer, question, answer: the origin stands in each of them that follows the first."""
    assert "Chưa ghép trang nào." in officer.get(PAGE).text
    shown = press(officer, "mo").text
    offer = pairings.view().offer
    assert offer is not None
    assert f"{offer.code[:4]} {offer.code[4:]}" in shown
    assert offer.pin in shown
    assert "http://localhost/api/v1" in shown
    assert '<svg aria-hidden="true" ' in shown
    granted = pairings.ask(offer.code, offer.pin, NAME, ORIGIN)
    question = officer.get(PAGE).text
    assert NAME in question
    assert ORIGIN in question
    assert granted.check in question
    assert granted.token not in question
    assert offer.pin not in question
    after = press(officer, "dong-y", trang=granted.pairing.id).text
    assert "Đã ghép." in after
    assert ORIGIN in after
    assert "Chưa dùng lần nào." in after
    pairings.note_use(granted.pairing)
    assert "Dùng lần cuối 19:03, 05/11/2026." in officer.get(PAGE).text


@pytest.mark.parametrize(
    ("hosts", "came_by", "shown"),
    [
        ((), HOST, "http://localhost/api/v1"),
        (("tram-1.local:8443", "10.0.0.2"), HOST, "https://tram-1.local:8443/api/v1"),
        (("tram-1.local:8443", "10.0.0.2"), "10.0.0.2", "https://10.0.0.2/api/v1"),
        (("tram-1.local:8443", "10.0.0.2"), "TRAM-1.local:8443", "https://tram-1.local:8443/api/"),
    ],
)
def test_which_address_is_shown(
    hosts: tuple[str, ...],
    came_by: str,
    shown: str,
    terminal: FakeTerminal,
    keeper: Doorkeeper,
    pairings: Pairings,
) -> None:
    """The one by which the counter's PC finds the terminal, wherever the desk's page is open."""
    app = create_app(
        terminal,
        keeper,
        lambda: pairings,
        allowed_hosts=frozenset({HOST}),
        secret=SECRET,
        counter_hosts=hosts,
    )
    pairings.offer()
    client = app.test_client(use_cookies=False)
    token = keeper.open_desk(None, Role.OFFICER, Way.PIN)
    sent = {"Host": came_by, "Cookie": f"{COOKIE}={token}"}
    assert shown in client.get(PAGE, headers=sent).text
    assert client.get(PAGE, headers={"Host": "evil.example"}).status_code == 421


def test_a_name_with_markup(officer: FlaskClient, pairings: Pairings) -> None:
    """Is shown as it is written."""
    asked(pairings, name="<b onclick=x>&")
    assert "&lt;b onclick=x&gt;&amp;" in officer.get(PAGE).text


def test_not_the_right_page(officer: FlaskClient, pairings: Pairings) -> None:
    """Nobody is paired."""
    granted = asked(pairings)
    assert "Không trang nào được ghép." in press(officer, "thoi").text
    answer = press(officer, "dong-y", trang=granted.pairing.id)
    assert answer.status_code == 409
    assert "Trang vừa hỏi ghép không còn chờ nữa." in answer.text
    assert pairings.view().pairings == ()


def test_a_page_is_let_go(officer: FlaskClient, pairings: Pairings) -> None:
    """By the button beside it."""
    gone, stays = paired(pairings), paired(pairings, OTHER)
    after = press(officer, "go", trang=gone.pairing.id).text
    assert ORIGIN not in after
    assert OTHER in after
    assert pairings.find(stays.token) is not None


def test_wrong_tries_are_seen(officer: FlaskClient, pairings: Pairings) -> None:
    """While the offer stands, and when it is over because of them."""
    pairings.offer()
    client = officer.application.test_client()
    sent = {"Origin": OTHER, "Sec-Fetch-Site": "cross-site"}
    body = {"code": "0", "pin": "0", "name": "x"}
    client.post("/api/v1/pairings", json=body, headers=sent)
    assert "Còn 2 lần thử." in officer.get(PAGE).text
    for _ in range(2):
        client.post("/api/v1/pairings", json=body, headers=sent)
    assert "nhập sai ba lần nên lượt ghép đã đóng" in officer.get(PAGE).text


def test_the_offer_runs_out(officer: FlaskClient, pairings: Pairings, seconds: Seconds) -> None:
    """And says so; the PIN of the desk is asked again by then."""
    press(officer, "mo")
    seconds.now += PROVED_SECONDS
    assert officer.get(PAGE).status_code == 303
    technician = officer.application.test_client()
    keeper = officer.application.extensions["tramthe.doorkeeper"]
    technician.set_cookie(COOKIE, keeper.open_desk(None, Role.TECHNICIAN, Way.PIN))
    assert "Lượt ghép đã hết năm phút." in technician.get(PAGE).text


@pytest.mark.parametrize("role", Role)
def test_the_way_there(role: Role, app: Flask, keeper: Doorkeeper) -> None:
    """From the status, for whoever may pair."""
    client = app.test_client()
    client.set_cookie(COOKIE, keeper.open_desk(None, role, Way.PIN))
    there = f'href="{PAGE}"' in client.get("/trang-thai").text
    assert there is (role is not Role.SECRETARY)


def test_the_list_is_full(officer: FlaskClient, pairings: Pairings) -> None:
    """There is no button, and what to do instead."""
    for number in range(MAX_PAIRINGS):
        paired(pairings, name=f"Quầy {number}")
    page = officer.get(PAGE).text
    assert "Trạm đã ghép đủ 16 trang." in page
    assert f"{PAGE}/mo" not in page
    assert press(officer, "mo").status_code == 409


def test_the_file_does_not_open(officer: FlaskClient, pairings: Pairings, tmp_path: Path) -> None:
    """Nobody is paired, that is said, and the desk may begin anew."""
    (tmp_path / FILE).write_bytes(b"x" * 100)
    pairings.damaged = True
    assert "Tệp ghi các trang đã ghép không mở được." in officer.get(PAGE).text
    assert press(officer, "mo").status_code == 409
    assert "Chưa ghép trang nào." in press(officer, "lap-lai").text
    press(officer, "mo")
    assert pairings.is_offering()


def test_what_changes_by_itself(officer: FlaskClient, pairings: Pairings) -> None:
    """The part is fetched anew where it changed, and only there; without scripts by a link."""
    page = press(officer, "mo").text
    assert "<noscript>" in page
    address = re.search(r'hx-get="([^"]+)"', page)
    assert address is not None
    assert officer.get(address[1]).status_code == 204
    offer = pairings.view().offer
    assert offer is not None
    pairings.ask(offer.code, offer.pin, NAME, ORIGIN)
    changed = officer.get(address[1])
    assert changed.status_code == 200
    assert "Đúng trang này không?" in changed.text


@pytest.mark.parametrize(
    ("role", "way"),
    [(Role.SECRETARY, Way.PIN), (Role.SECRETARY, Way.CARD), (None, None)],
)
def test_whose_page_it_is_not(
    role: Role | None, way: Way | None, app: Flask, keeper: Doorkeeper, pairings: Pairings
) -> None:
    """The secretary's desk and strangers see neither code nor list."""
    pairings.offer()
    client = app.test_client()
    if role is not None and way is not None:
        client.set_cookie(COOKIE, keeper.open_desk(None, role, way))
    for path in (PAGE, f"{PAGE}/phan"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/mo-ban?")
