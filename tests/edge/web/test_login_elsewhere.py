"""A browser that is not the terminal's own, behind nginx: a PIN opens for it, a card never does.

And what opens leads to pages that nginx passes on.
"""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.people.visits import Laid
from edge.procedure.pairings import Pairings
from edge.web.app import create_app
from edge.web.security import COOKIE
from provisioning.counter.site import PAGES
from tests.edge.people.made import PIN
from tests.edge.web.test_login import Visitor

from .conftest import HOST, SECRET
from .counter_made import asked
from .fake_terminal import FakeTerminal

DOOR = "tram-1.local:8443"
AIR = "10.42.0.1:8080"
"""The terminal's own Wi-Fi."""
BY_THE_DOOR = f"https://{DOOR}"


@pytest.fixture
def app(terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings) -> Flask:
    """Return the pages, under a name of the local network too."""
    return create_app(
        terminal,
        keeper,
        lambda: pairings,
        allowed_hosts=frozenset({HOST}),
        secret=SECRET,
        counter_hosts=(DOOR,),
        own_wifi=AIR,
    )


def get(client: FlaskClient, path: str, base_url: str = BY_THE_DOOR) -> str:
    """Open a page, by the door unless told."""
    return client.get(path, base_url=base_url).text


def send(
    client: FlaskClient, path: str, page: str, base_url: str = BY_THE_DOOR, **fields: str
) -> TestResponse:
    """Send a form with the token of a page."""
    token = get(client, page, base_url).split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(path, data={"csrf_token": token, **fields}, base_url=base_url)


@pytest.mark.parametrize("path", ["/mo-ban", "/mo-ban?vai=secretary", "/chon?ve=mo-ban"])
def test_waits_for_no_card(path: str, app: Flask, keeper: Doorkeeper) -> None:
    """Whoever lays a card stands before the terminal; this browser could be anybody's."""
    client = app.test_client()
    get(client, path)
    assert not keeper.visits.anybody_asks()
    assert keeper.card_laid("3") is Laid.NOBODY_ASKED
    assert "Đặt thẻ" not in get(client, "/mo-ban")
    assert client_is_locked(client)


def test_does_not_get_in_the_way(app: Flask, keeper: Doorkeeper) -> None:
    """The terminal's own page is the only one that asks, however often the other is loaded."""
    here, elsewhere = Visitor(app.test_client()), app.test_client()
    here.open()
    get(elsewhere, "/mo-ban")
    assert keeper.card_laid("3") is Laid.OPENED
    assert here.client.get("/mo-ban").headers["Location"] == "/ban"
    assert client_is_locked(elsewhere)


def client_is_locked(client: FlaskClient) -> bool:
    """Return whether a browser by the door is led to the login page."""
    return client.get("/ban", base_url=BY_THE_DOOR).status_code == 303


def test_a_pin_opens(app: Flask) -> None:
    """As it does at the terminal; the form's token and origin are those of the door."""
    client = app.test_client()
    page = get(client, "/mo-ban")
    assert "Nhập PIN" in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(
        "/mo-ban",
        data={"csrf_token": token, "so": PIN},
        headers={"Origin": f"https://{DOOR}", "Sec-Fetch-Site": "same-origin"},
        base_url=BY_THE_DOOR,
    )
    assert answer.status_code == 303
    assert not client_is_locked(client)


def came_in(client: FlaskClient, keeper: Doorkeeper, role: Role) -> None:
    """Let somebody in at a browser by the door, as after a right PIN."""
    client.set_cookie(COOKIE, keeper.open_desk(None, role, Way.PIN), domain="tram-1.local")


@pytest.mark.parametrize(
    ("role", "begins"),
    [
        (Role.SECRETARY, "/trang-thai"),
        (Role.OFFICER, "/thu-tuc"),
        (Role.TECHNICIAN, "/trang-thai"),
    ],
)
def test_where_a_role_begins(role: Role, begins: str, app: Flask) -> None:
    """On a page that the door opens: the desk is not there."""
    client = app.test_client()
    page = f"/mo-ban?vai={role.value}"
    assert send(client, "/mo-ban", page, so=PIN).headers["Location"] == begins
    assert client.get(page, base_url=BY_THE_DOOR).headers["Location"] == begins


def test_a_phone_at_the_terminals_own_wi_fi(app: Flask) -> None:
    """Comes by no door: the desk is there, and the board once it is locked."""
    phone, page = app.test_client(), f"http://{AIR}"
    assert send(phone, "/mo-ban", "/mo-ban", page, so=PIN).headers["Location"] == "/ban"
    assert send(phone, "/mo-ban/khoa", "/ban", page).headers["Location"] == "/bang"


def test_locked(app: Flask, keeper: Doorkeeper) -> None:
    """Leads to the PIN of the same role: the board is not there either."""
    client = app.test_client()
    came_in(client, keeper, Role.OFFICER)
    answer = send(client, "/mo-ban/khoa", "/thu-tuc")
    assert answer.headers["Location"] == "/mo-ban?vai=officer"
    assert "/bang" not in get(client, "/mo-ban?vai=officer")
    assert client.get("/thu-tuc", base_url=BY_THE_DOOR).status_code == 303


PLACES = ("/trang-thai", "/mo-ban", "/mo-ban/vai", "/thu-tuc", "/thu-tuc/ngay", "/phat-the",
          "/dong-y", "/phat-the/khong-co")  # fmt: skip


def passes(path: str) -> bool:
    """Return whether nginx passes a path on."""
    rules = [page.removeprefix("~ ") for page in PAGES if page.startswith("~ ")]
    return path.startswith(("/static/", "/api/")) or any(re.search(rule, path) for rule in rules)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("role", [None, *Role])
def test_every_address_on_a_page(
    role: Role | None, path: str, app: Flask, keeper: Doorkeeper, terminal: FakeTerminal
) -> None:
    """Is one that the door opens: links, forms, and what a page fetches by itself."""
    asked(terminal.counter)
    client = app.test_client()
    if role is not None:
        came_in(client, keeper, role)
    answer = client.get(path, base_url=BY_THE_DOOR)
    found = re.findall(r'(?:href|action|src|hx-get)="(/[^"?]*)', answer.text)
    found += [answer.headers["Location"].partition("?")[0]] if answer.status_code == 303 else []
    assert found
    assert [one for one in found if not passes(one)] == []


@pytest.mark.parametrize("path", ["/dong-y", "/dong-y/phan"])
def test_the_screen_before_the_holder(
    path: str, app: Flask, keeper: Doorkeeper, terminal: FakeTerminal
) -> None:
    """Is the officer's, who waits on it; to anybody else on the network it says nothing."""
    asked(terminal.counter)
    stranger, officer = app.test_client(), app.test_client()
    assert "/mo-ban?" in stranger.get(path, base_url=BY_THE_DOOR).headers["Location"]
    came_in(stranger, keeper, Role.SECRETARY)
    assert "CSH-2026" not in get(stranger, path)
    assert stranger.get("/dong-y").status_code == 200
    came_in(officer, keeper, Role.OFFICER)
    page = get(officer, "/dong-y")
    assert "CSH-2026" in page
    assert "/chon/so" not in page


def test_a_no_elsewhere(app: Flask, keeper: Doorkeeper, terminal: FakeTerminal) -> None:
    """Only the officer's ends the question, and it leads back to the procedures."""
    session = asked(terminal.counter)
    stranger, officer = app.test_client(), app.test_client()
    send(stranger, "/dong-y/khong", "/mo-ban", phien=session.id)
    assert terminal.counter.counter.waiting() is not None
    came_in(officer, keeper, Role.OFFICER)
    answer = send(officer, "/dong-y/khong", "/dong-y", phien=session.id)
    assert answer.headers["Location"] == "/thu-tuc"
    assert terminal.counter.counter.waiting() is None
