"""The door: hosts, origins, tokens, headers, and what a person sees of a failure."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.errors import RecordingLocked
from edge.tap.scene import SceneState

from .conftest import Post
from .fake_terminal import FakeTerminal

PAGES = (
    *("/bang", "/ban", "/ban/mo", "/ban/dong", "/chon", "/chon/so", "/trang-thai"),
    *("/mo-ban?vai=officer", "/mo-ban/vai", "/mo-ban/khoi-phuc", "/mo-ban/pin-moi"),
    *("/ban/tay", "/ban/nguoi?ai=5", "/ban/bien-ban", "/danh-sach"),
)


def token_of(client: FlaskClient) -> str:
    """Return the token of a page as a browser would send it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/chon").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost:81", "localhost.", "", "localhost/x", "local host", "[::1"),
        *("evil.example@localhost", "localhost, localhost", "..", "\xe9", f"{'a' * 64}.example"),
    ],
)
def test_a_host_that_is_not_ours(host: str, client: FlaskClient) -> None:
    """Another name for this address (DNS rebinding) gets no page."""
    answer = client.get("/bang", headers={"Host": host})
    assert answer.status_code == 421
    assert "Nậm Khoai" not in answer.text


def test_a_forwarded_host_changes_nothing(client: FlaskClient) -> None:
    """Only the Host header counts."""
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost"}
    assert client.get("/bang", headers=headers).status_code == 421


@pytest.mark.parametrize(
    "path", ["/ban/ghi/1", "/ban/mo", "/ban/dong", "/chon", "/chon/so", "/chon/huy"]
)
def test_a_form_without_a_token(path: str, client: FlaskClient, terminal: FakeTerminal) -> None:
    """Nothing happens, even from a browser that has a cookie of ours."""
    token_of(client)
    answer = client.post(path, data={"person": "1", "can": "123456", "kind": "regular"})
    assert answer.status_code == 403
    assert "Mở lại trang rồi bấm lại." in answer.text
    assert terminal.acts == []


def test_a_token_without_its_cookie(app: Flask, client: FlaskClient) -> None:
    """A token read by somebody else opens nothing in another browser."""
    other = app.test_client()
    assert other.post("/ban/dong", data={"csrf_token": token_of(client)}).status_code == 403


def test_a_forged_cookie(app: Flask, terminal: FakeTerminal) -> None:
    """The cookie is signed: one made up does not count."""
    other = app.test_client()
    other.set_cookie("tramthe", "eyJjc3JmIjoieCJ9.aaaa.bbbb")
    assert other.post("/ban/dong", data={"csrf_token": "x"}).status_code == 403
    assert terminal.acts == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    ],
)
def test_a_form_from_elsewhere(
    headers: dict[str, str], client: FlaskClient, terminal: FakeTerminal
) -> None:
    """Even with a right token."""
    answer = client.post("/ban/dong", data={"csrf_token": token_of(client)}, headers=headers)
    assert answer.status_code == 403
    assert terminal.acts == []


def test_our_own_form(client: FlaskClient, terminal: FakeTerminal) -> None:
    """As a browser sends it."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    answer = client.post("/chon/huy", data={"csrf_token": token_of(client)}, headers=headers)
    assert answer.status_code == 303
    assert terminal.acts == [("cancel", "")]


def test_the_cookie_stays_with_us(stranger: FlaskClient) -> None:
    """Strict, not for scripts, gone with the browser, and only over TLS where there is TLS."""
    cookie = stranger.get("/chon").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert not re.search("expires|max-age|domain|secure", cookie, re.IGNORECASE)
    stranger.delete_cookie("tramthe")
    over_tls = stranger.get("/chon", base_url="https://localhost").headers["Set-Cookie"]
    assert "Secure" in over_tls


@pytest.mark.parametrize("path", [*PAGES, "/khong-co", "/api/v1/status"])
def test_the_headers_of_every_page(path: str, client: FlaskClient) -> None:
    """A strict policy, nothing kept, nothing guessed."""
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    once = [name for name, _ in headers if name not in ("Vary", "Set-Cookie")]
    assert len(once) == len(set(once))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_tells_and_lends_others_nothing(path: str, client: FlaskClient) -> None:
    """Not where somebody came from, nor the window that it stands in."""
    headers = client.get(path).headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_inline_and_nothing_is_foreign(path: str, client: FlaskClient) -> None:
    """No inline script or style, no address beyond this terminal."""
    page = client.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    addresses = re.findall(r'(?:href|src|action|hx-get)="([^"]*)"', page)
    assert addresses
    assert all(a.startswith(("/", "#", "?")) and not a.startswith("//") for a in addresses)


@pytest.mark.parametrize("path", PAGES)
def test_every_static_file_is_there_and_may_be_kept(path: str, client: FlaskClient) -> None:
    """Sheets, script, mark; the fonts that the sheets name."""
    for address in re.findall(r'(?:href|src)="(/static/[^"]*)"', client.get(path).text):
        with client.get(address) as answer:
            assert answer.status_code == 200
            assert "no-store" not in answer.headers["Cache-Control"]


def test_every_font_that_a_sheet_names_is_there(client: FlaskClient) -> None:
    """Vietnamese letters never depend on what the machine has."""
    with client.get("/static/tokens.css") as sheet:
        fonts = re.findall(r'url\("([^"]+)"\)', sheet.get_data(as_text=True))
    assert len(fonts) == 9
    for font in fonts:
        with client.get(f"/static/{font}") as answer:
            assert answer.status_code == 200


def test_a_form_too_large(client: FlaskClient) -> None:
    """Cut off before anything is read."""
    assert client.post("/chon/so", data={"can": "1" * 40_000}).status_code in (400, 413)


def test_the_terminal_breaks_under_a_page(
    client: FlaskClient, terminal: FakeTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    """A sentence and a next step; the log has frames, but no value that could be a name."""
    terminal.broken = RuntimeError("Hà Văn Khiêm")
    answer = client.get("/ban")
    assert answer.status_code == 500
    assert "Trang này bị lỗi." in answer.text
    assert "gọi kỹ thuật viên" in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError on desk.page" in caplog.text
    assert "Khiêm" not in caplog.text
    assert "Khiêm" not in answer.text


def test_the_state_cannot_be_told_either(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The error page answers without its strip."""
    del terminal.view
    answer = client.get("/ban")
    assert answer.status_code == 500
    assert "Trang này bị lỗi." in answer.text


def test_the_log_refuses_an_act(
    client: FlaskClient, terminal: FakeTerminal, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk under a touch: the page says which fault, and the way out."""

    def full(_seq: int, *, by: str | None) -> None:
        raise RecordingLocked("The disk is full.", next_step="Free space.", fault="LOG_DISK_FULL")

    monkeypatch.setattr(terminal, "confirm", full)
    terminal.refuse(SceneState.UNCONFIRMED, "CARD_STATUS_STALE", person="Hà Văn Khiêm")
    answer = post("/ban/ghi/1")
    assert answer.status_code == 409
    assert "Ổ đĩa đầy nên chưa ghi được." in answer.text
    assert "The disk is full." not in answer.text


def test_an_unknown_page(client: FlaskClient) -> None:
    """A sentence, and ways on."""
    answer = client.get("/khong-co")
    assert answer.status_code == 404
    assert 'href="/ban"' in answer.text
