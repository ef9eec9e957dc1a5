"""Coming in, being led on, waiting, and leaving."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from provisioning.centre.app import Front
from provisioning.centre.door import DOOR_HEADER
from provisioning.centre.people import audit
from provisioning.centre.people.accounts import Operators
from provisioning.centre.people.roles import Role
from provisioning.centre.people.sessions import IDLE
from tests.provisioning.centre.made import Centre

from .conftest import FIRST, PASSWORD, ComeIn, add, log_in, token


def test_led_on_to_the_page_that_was_asked_for(pages: Centre, stranger: FlaskClient) -> None:
    """Through the login and back to it."""
    add(pages, "lan", Role.ADMINISTRATOR)
    asked = stranger.get("/viec-da-lam?ai=lan")
    assert asked.headers["Location"] == "/dang-nhap?tiep=/viec-da-lam?ai%3Dlan"
    page = stranger.get(asked.headers["Location"])
    assert 'value="/viec-da-lam?ai=lan"' in page.get_data(as_text=True)
    answer = log_in(stranger, "lan", PASSWORD, tiep="/viec-da-lam?ai=lan")
    assert answer.headers["Location"] == "/viec-da-lam?ai=lan"
    assert stranger.get("/dang-nhap").status_code == 303


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/v1/health", "/khong-co", "x"],
)
def test_never_led_elsewhere(pages: Centre, stranger: FlaskClient, onward: str) -> None:
    """Only to a page of ours."""
    add(pages, "lan", Role.VIEWER)
    answer = log_in(stranger, "lan", PASSWORD, tiep=onward)
    assert answer.headers["Location"] == "/"


def test_wrong_password_and_unknown_name_look_alike(pages: Centre, stranger: FlaskClient) -> None:
    """Nobody learns here who the operators are."""
    add(pages, "lan", Role.VIEWER)
    wrong = log_in(stranger, "lan", "con meo duoi dat")
    nobody = log_in(stranger, "mai", "con meo duoi dat")
    assert wrong.status_code == nobody.status_code == 403
    texts = [answer.get_data(as_text=True).replace("mai", "lan") for answer in (wrong, nobody)]
    assert texts[0] == texts[1]
    assert "chưa đúng" in texts[0]


def test_name_that_not_every_database_takes(pages: Centre, stranger: FlaskClient) -> None:
    """A zero byte in it is a wrong request, on every engine; nothing of it is kept."""
    assert log_in(stranger, "lan\0", PASSWORD).status_code == 400
    assert audit.read(pages.store.database) == ()


def test_too_many_tries(pages: Centre, stranger: FlaskClient) -> None:
    """The page says so, and the right password waits too."""
    add(pages, "lan", Role.VIEWER)
    for _ in range(5):
        assert log_in(stranger, "lan", "con meo duoi dat").status_code == 403
    answer = log_in(stranger, "lan", PASSWORD)
    assert answer.status_code == 429
    assert "Đã sai nhiều lần" in answer.get_data(as_text=True)
    pages.now += timedelta(minutes=1)
    assert log_in(stranger, "lan", PASSWORD).status_code == 303


def test_login_from_another_site(pages: Centre, stranger: FlaskClient) -> None:
    """A page elsewhere cannot bring a browser in under an account of its own."""
    add(pages, "lan", Role.VIEWER)
    form = {"ten": "lan", "mat-khau": PASSWORD}
    assert stranger.post("/dang-nhap", data=form).status_code == 403
    form["csrf_token"] = token(stranger, "/dang-nhap")
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert stranger.post("/dang-nhap", data=form, headers=header).status_code == 403
    same = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert stranger.post("/dang-nhap", data=form, headers=same).status_code == 303


def test_browser_gets_another_id_at_the_login(pages: Centre, stranger: FlaskClient) -> None:
    """One that somebody planted before opens nothing afterwards."""
    add(pages, "lan", Role.VIEWER)
    stranger.get("/dang-nhap")
    before = stranger.get_cookie("tramthe-centre")
    log_in(stranger, "lan", PASSWORD)
    after = stranger.get_cookie("tramthe-centre")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    planted = pages.app.test_client()
    planted.set_cookie("tramthe-centre", before.value)
    assert planted.get("/").status_code == 303


def test_leaving(pages: Centre, come_in: ComeIn) -> None:
    """The session is over at the centre, not in the browser alone."""
    client = come_in(Role.VIEWER)
    kept = client.get_cookie("tramthe-centre")
    assert kept is not None
    answer = client.post("/ra", data={"csrf_token": token(client, "/")})
    assert answer.headers["Location"] == "/dang-nhap"
    again = pages.app.test_client()
    again.set_cookie("tramthe-centre", kept.value)
    assert again.get("/").headers["Location"].startswith("/dang-nhap")


def test_idle_browser_comes_in_anew(pages: Centre, come_in: ComeIn) -> None:
    """Whoever went away for long is asked again."""
    client = come_in(Role.VIEWER)
    pages.now += IDLE
    assert client.get("/").headers["Location"].startswith("/dang-nhap")


def test_given_password_is_changed_first(pages: Centre, stranger: FlaskClient) -> None:
    """The one page is the one's own account; then everything of the role."""
    Operators(pages.store.database).add("lan", Role.VIEWER, FIRST, pages.now)
    log_in(stranger, "lan", FIRST)
    assert stranger.get("/").headers["Location"] == "/tai-khoan"
    answer = change(stranger, FIRST, PASSWORD, PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "says"),
    [
        (PASSWORD, "mot mat khau khac", "mot mat khau khat", "không giống nhau"),
        (PASSWORD, PASSWORD, PASSWORD, "trùng mật khẩu cũ"),
        (PASSWORD, "ngan", "ngan", "từ 12 đến 128"),
        (PASSWORD, "aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "quá ít ký tự"),
        (PASSWORD, "toi la viewer day", "toi la viewer day", "tên người dùng"),
        ("khong phai cai nay", "mot mat khau khac", "mot mat khau khac", "đang dùng chưa đúng"),
    ],
)
def test_new_password_that_is_not_taken(
    pages: Centre, come_in: ComeIn, old: str, new: str, again: str, says: str
) -> None:
    """The page says why; the old one stays."""
    client = come_in(Role.VIEWER)
    answer = change(client, old, new, again)
    assert answer.status_code == 409
    assert says in answer.get_data(as_text=True)
    assert log_in(pages.app.test_client(), "viewer", PASSWORD).status_code == 303


def test_new_password_ends_other_sessions(pages: Centre, come_in: ComeIn) -> None:
    """Whoever had the old one is out."""
    client = come_in(Role.VIEWER)
    elsewhere = pages.app.test_client()
    log_in(elsewhere, "viewer", PASSWORD)
    change(client, PASSWORD, "mot mat khau khac", "mot mat khau khac")
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303


def test_by_tls_the_cookie_goes_by_nothing_else(pages: Centre) -> None:
    """Behind nginx: `Secure`, and a name that no other host or path can set."""
    pages.front = Front.NGINX
    pages.stop()
    pages.start()
    answer = pages.app.test_client().get("/dang-nhap", headers={DOOR_HEADER: "operator"})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tramthe-centre=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


def change(client: FlaskClient, old: str, new: str, again: str) -> TestResponse:
    """Fill in the form of a new password."""
    form = {"cu": old, "moi": new, "lai": again, "csrf_token": token(client, "/tai-khoan")}
    return client.post("/tai-khoan", data=form)
