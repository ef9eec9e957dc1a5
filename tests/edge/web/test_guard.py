"""Which page is whose: a locked desk leads to the login page and back, and nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Act, Role, asks_pin, may
from edge.people.sessions import IDLE_SECONDS, Way
from edge.tap.scene import SceneState
from edge.web.api.door import CALLER
from edge.web.guard import ACT, ours
from edge.web.security import COOKIE
from tests.edge.people.made import PIN, Seconds

from .conftest import Post
from .fake_terminal import FakeTerminal

OPEN_TO_ALL = {
    "static",
    "board.home",
    "board.page",
    "board.part",
    "desk.photo",
    "choose.page",
    "choose.part",
    "choose.choose",
    "choose.number",
    "choose.enter_number",
    "choose.lay",
    "choose.lay_part",
    "choose.cancel",
    "consent.page",
    "consent.part",
    "consent.decline",
    "status.page",
    "diagnosis.by_button",
    "diagnosis.by_button_part",
    "status.api",
    "api_document.openapi",
    "api_pairings.ask",
    "login.page",
    "login.part",
    "login.enter",
    "login.lock",
    "login.roles",
    "login.recover",
    "login.respond",
    "login.new_pin",
    "login.set_new_pin",
}
"""Nobody's acts. A route that is neither here nor guarded fails."""


def browser(app: Flask, keeper: Doorkeeper, role: Role, way: Way = Way.PIN) -> FlaskClient:
    """Return a browser at which somebody came in."""
    client = app.test_client()
    client.set_cookie(COOKIE, keeper.open_desk(None, role, way))
    return client


def test_every_route_is_somebodys_or_named_open(app: Flask) -> None:
    """A page that is added is guarded, stands in the list above, or behind the API's door."""
    unguarded = {
        name
        for name, view in app.view_functions.items()
        if not hasattr(view, ACT) and not hasattr(view, CALLER)
    }
    assert unguarded == OPEN_TO_ALL


@pytest.mark.parametrize("path", ["/ban", "/ban?loc=het&q=kh", "/ban/mo", "/ban/dong"])
def test_a_page_of_a_locked_desk(path: str, stranger: FlaskClient) -> None:
    """Leads to the login page, which leads back; no name goes out."""
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/mo-ban?vai=secretary&tiep=")
    assert "Khiêm" not in answer.text
    page = stranger.get(answer.headers["Location"])
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    opened = stranger.post("/mo-ban", data={"csrf_token": token[1], "so": PIN})
    assert opened.headers["Location"] == path


@pytest.mark.parametrize("path", ["/ban/ghi/1", "/ban/mo", "/ban/dong"])
def test_a_form_of_a_locked_desk(
    path: str, client: FlaskClient, keeper: Doorkeeper, terminal: FakeTerminal, seconds: Seconds
) -> None:
    """Nothing is done, even with the token of a page that was open: the desk was locked since."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/ban").text)
    assert token is not None
    seconds.now += IDLE_SECONDS
    answer = client.post(
        path,
        data={"csrf_token": token[1], "kind": "regular"},
        headers={"Referer": "http://localhost/ban/dong"},
    )
    assert answer.headers["Location"] == "/mo-ban?vai=secretary&tiep=/ban/dong"
    assert terminal.acts == []


def test_a_part_of_a_locked_desk(stranger: FlaskClient) -> None:
    """The page that fetches it turns to the login page, and back to itself."""
    headers = {"HX-Request": "true", "Referer": "http://localhost/ban?loc=het"}
    answer = stranger.get("/ban/phan", headers=headers)
    assert answer.text == ""
    assert answer.headers["HX-Redirect"] == "/mo-ban?vai=secretary&tiep=/ban?loc%3Dhet"


def test_a_page_that_looks_by_itself(
    client: FlaskClient, keeper: Doorkeeper, seconds: Seconds
) -> None:
    """Keeps no desk open; a touch does."""
    for _ in range(3):
        seconds.now += IDLE_SECONDS / 3 - 1
        assert "vua-qua" in client.get("/ban/phan?after=-1&mo=1").text
    seconds.now += 4
    assert "vua-qua" not in client.get("/ban/phan?after=-1&mo=1").text
    assert "vai=secretary" in client.get("/ban").headers["Location"]


def test_it_is_locked_while_a_part_waits(
    client: FlaskClient,
    keeper: Doorkeeper,
    terminal: FakeTerminal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the page waited for is not given to a desk that was locked meanwhile."""
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None

    def locked_meanwhile(after: int, _seconds: float) -> object:
        keeper.leave(cookie.value)
        return terminal.stage.show(terminal.scene())

    monkeypatch.setattr(terminal, "wait_scene", locked_meanwhile)
    version = terminal.scene().version
    answer = client.get(f"/ban/phan?after={version}&mo=1", headers={"HX-Request": "true"})
    assert answer.text == ""
    assert "/mo-ban" in answer.headers["HX-Redirect"]


def test_another_roles_page(app: Flask, keeper: Doorkeeper) -> None:
    """A technician does not see the meeting: the page asks who the secretary is."""
    technician = browser(app, keeper, Role.TECHNICIAN)
    answer = technician.get("/ban")
    assert answer.headers["Location"] == "/mo-ban?vai=secretary&tiep=/ban"
    page = technician.get(answer.headers["Location"]).text
    assert "Mở bàn thư ký" in page
    assert "Phần của kỹ thuật viên đang mở ở đây sẽ khoá lại." in page


@pytest.mark.parametrize(
    ("role", "way", "there"),
    [
        (Role.SECRETARY, Way.CARD, True),
        (Role.TECHNICIAN, Way.PIN, True),
        (Role.OFFICER, Way.PIN, False),
    ],
)
def test_the_way_to_the_roster(
    role: Role, way: Way, there: bool, app: Flask, keeper: Doorkeeper, stranger: FlaskClient
) -> None:
    """From the status, for whoever may import one; the PIN is asked behind it."""
    client = browser(app, keeper, role, way)
    assert ('href="/danh-sach"' in client.get("/trang-thai").text) is there
    assert (client.get("/danh-sach").status_code == 200) is (role is Role.TECHNICIAN)
    assert 'href="/danh-sach"' not in stranger.get("/trang-thai").text


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/ban", "/ban"),
        ("/ban?loc=het", "/ban?loc=het"),
        ("/ban/dong", "/ban/dong"),
        ("/mo-ban/pin-moi", "/mo-ban/pin-moi"),
        (None, None),
        ("", None),
        ("ban", None),
        ("//evil.example/ban", None),
        ("/\\evil.example/ban", None),
        ("https://evil.example/ban", None),
        ("/khong-co", None),
        ("/ban/phan", None),
        ("/ban/ghi/1", None),
        ("/ban/anh/1", None),
        ("/static/live.js", None),
        ("/api/v1/status", None),
        ("/mo-ban", None),
        ("/mo-ban/khoa", None),
        ("/ban?" + "x" * 500, None),
    ],
)
def test_where_a_login_leads(address: str | None, kept: str | None, app: Flask) -> None:
    """To a page of this terminal, never elsewhere, never to a part or an act."""
    with app.test_request_context("/"):
        assert ours(address) == kept


def test_the_lock_button(client: FlaskClient, stranger: FlaskClient, post: Post) -> None:
    """Stands in the bar of an open desk, locks it, and leads to the board, which stays open."""
    assert 'action="/mo-ban/khoa"' in client.get("/ban").text
    assert 'action="/mo-ban/khoa"' in client.get("/trang-thai").text
    assert 'action="/mo-ban/khoa"' not in stranger.get("/trang-thai").text
    before = client.get_cookie(COOKIE)
    assert post("/mo-ban/khoa").headers["Location"] == "/bang"
    after = client.get_cookie(COOKIE)
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert client.get("/ban").status_code == 303
    assert client.get("/bang").status_code == 200


def test_board_names_and_status_stay_open(stranger: FlaskClient, terminal: FakeTerminal) -> None:
    """Whoever comes in sees the room's board, touches a name, reads the status."""
    terminal.show(SceneState.CHOOSE, card_present=True)
    for path in ("/bang", "/chon", "/chon/so", "/trang-thai", "/api/v1/status"):
        assert stranger.get(path).status_code == 200


ANY: dict[str, Any] = {
    "context": "0" * 32,
    "number": 0,
    "form": "csv",
    "seq": 1,
    "version": 1,
    "card": "c1",
    "place": 1,
    "session_id": "0" * 32,
}
"""A value for each part of an address."""


def guarded(app: Flask) -> Iterator[tuple[str, str, Act]]:
    """Yield method, address and act of every guarded route."""
    with app.test_request_context("/"):
        for rule in app.url_map.iter_rules():
            act = getattr(app.view_functions[rule.endpoint], ACT, None)
            for method in (rule.methods or set()) & {"GET", "POST"}:
                if act is not None:
                    yield method, url_for(rule.endpoint, **{k: ANY[k] for k in rule.arguments}), act


def refused(client: FlaskClient, method: str, path: str) -> bool:
    """Return whether a request, a form with its token, is led to the login page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/mo-ban/khoi-phuc").text)
    assert token is not None
    data = {"csrf_token": token[1]} if method == "POST" else None
    answer = client.open(path, method=method, data=data)
    return answer.status_code == 303 and answer.headers["Location"].startswith("/mo-ban?")


def test_a_stranger_comes_to_no_page(app: Flask, terminal: FakeTerminal) -> None:
    """Every guarded address, each of its methods, tried without an open desk."""
    found = list(guarded(app))
    assert {act for _, _, act in found} > {Act.DESK, Act.CLOSE, Act.EXPORT, Act.IMPORT_ROSTER}
    for method, path, _ in found:
        assert refused(app.test_client(), method, path), (method, path)
    assert terminal.acts == []


@pytest.mark.parametrize("role", Role)
def test_a_role_comes_to_no_page_of_another(
    role: Role, app: Flask, keeper: Doorkeeper, terminal: FakeTerminal
) -> None:
    """Every guarded address of other roles, tried with the PIN of this one just given."""
    others = [one for one in guarded(app) if not may(role, one[2])]
    assert others or role is Role.SECRETARY
    for method, path, _ in others:
        assert refused(browser(app, keeper, role), method, path), (method, path)
    assert terminal.acts == []


def test_a_card_alone_does_nothing_privileged(
    app: Flask, keeper: Doorkeeper, terminal: FakeTerminal
) -> None:
    """Every address whose act asks the PIN, tried at a desk that a card opened."""
    asking = [one for one in guarded(app) if asks_pin(one[2])]
    assert len(asking) > 5
    for method, path, _ in asking:
        client = browser(app, keeper, Role.SECRETARY, Way.CARD)
        assert refused(client, method, path), (method, path)
    assert terminal.acts == []
