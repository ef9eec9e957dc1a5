"""A browser that is not the terminal's own, behind nginx: a PIN opens for it, a card never does."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.people.doorkeeper import Doorkeeper
from edge.people.visits import Laid
from edge.procedure.pairings import Pairings
from edge.web.app import create_app
from tests.edge.people.made import PIN
from tests.edge.web.test_login import Visitor

from .conftest import HOST, SECRET
from .fake_terminal import FakeTerminal

DOOR = "tram-1.local:8443"
ELSEWHERE = {"base_url": f"https://{DOOR}"}


@pytest.fixture
def app(terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings) -> Flask:
    """Return the pages, under a name of the local network too."""
    hosts = frozenset({HOST, DOOR})
    return create_app(terminal, keeper, lambda: pairings, allowed_hosts=hosts, secret=SECRET)


def get(client: FlaskClient, path: str) -> str:
    """Open a page by the door."""
    return client.get(path, **ELSEWHERE).text


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
    return client.get("/ban", **ELSEWHERE).status_code == 303


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
        **ELSEWHERE,
    )
    assert answer.status_code == 303
    assert not client_is_locked(client)
