"""The door of the API: whose token, from which origin, sent by what; and what it lets out."""

from __future__ import annotations

import pytest
from flask import Flask

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.pairings import Granted, Pairings
from edge.web.api.door import CALLER, OPEN, fits
from edge.web.security import COOKIE
from tests.edge.people.made import Seconds
from tests.edge.procedure.pairing_made import ORIGIN, OTHER, asked, paired

from .conftest import ASKED, Call, code_of, headers


def test_a_paired_page_asks(call: Call, page: Granted, pairings: Pairings) -> None:
    """Is told apart by its token, and its use is remembered."""
    answer = call()
    assert answer.status_code == 200
    assert answer.json == {"id": page.pairing.id}
    assert pairings.view().pairings[0].used is not None


def test_a_program_that_is_no_browser(call: Call, page: Granted) -> None:
    """Sends the origin that it was paired with, and says that it comes from elsewhere."""
    sent = {
        "Origin": ORIGIN,
        "Sec-Fetch-Site": "cross-site",
        "Authorization": f"Bearer {page.token}",
    }
    assert call(headers=sent).status_code == 200


@pytest.mark.parametrize("missing", ["Origin", "Sec-Fetch-Site", "Authorization"])
def test_something_is_not_shown(
    missing: str, call: Call, page: Granted, reached: list[str]
) -> None:
    """Nothing of it is optional, whoever calls."""
    sent = headers(page.token)
    del sent[missing]
    answer = call(headers=sent)
    expected = {
        "Origin": (403, "origin-missing"),
        "Sec-Fetch-Site": (403, "site-missing"),
        "Authorization": (401, "token-missing"),
    }[missing]
    assert (answer.status_code, code_of(answer)) == expected
    assert reached == []


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        OTHER,
        "http://motcua.example",
        "https://motcua.example:8443",
        "https://motcua.example:443",
        "https://motcua.example/",
        "https://motcua.example.evil.example",
        "https://evil-motcua.example",
        "https://evil.example/https://motcua.example",
        "https://motcua.example@evil.example",
        "https://user@motcua.example",
        "https://MOTCUA.example",
        "HTTPS://motcua.example",
        "https://motcua.example.",
        "https://motcua.example,https://evil.example",
        "https://motcua.example https://evil.example",
        "motcua.example",
    ],
)
def test_a_token_is_used_from_another_origin(
    origin: str, call: Call, page: Granted, reached: list[str]
) -> None:
    """A token that was carried off is worth nothing elsewhere, and what looks like home is not."""
    answer = call(headers=headers(page.token, origin))
    assert (answer.status_code, code_of(answer)) == (403, "token-elsewhere")
    assert reached == []
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_token_is_used_from_another_paired_page(
    call: Call, page: Granted, pairings: Pairings, reached: list[str]
) -> None:
    """Each token goes with its own origin."""
    paired(pairings, OTHER)
    answer = call(headers=headers(page.token, OTHER))
    assert code_of(answer) == "token-elsewhere"
    assert reached == []


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "{token}",
        "Bearer {token} ",
        "Bearer {token}, Bearer {token}",
        "Bearer {token}x",
        "Bearer  {token}",
        "Bearer {token}=",
    ],
)
def test_a_token_in_another_form(
    authorization: str, call: Call, page: Granted, reached: list[str]
) -> None:
    """Is no token."""
    sent = {**headers(), "Authorization": authorization.format(token=page.token)}
    answer = call(headers=sent)
    assert (answer.status_code, code_of(answer)) == (401, "token-missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert reached == []


def test_a_token_that_nobody_has(call: Call) -> None:
    """Is unknown, like one of yesterday's."""
    answer = call(headers=headers("x" * 43))
    assert (answer.status_code, code_of(answer)) == (401, "token-unknown")


def test_a_page_that_was_let_go(
    call: Call, page: Granted, pairings: Pairings, reached: list[str]
) -> None:
    """Its token ends with the pairing, and no script of it reads why."""
    pairings.revoke(page.pairing.id)
    answer = call()
    assert (answer.status_code, code_of(answer)) == (401, "token-unknown")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert reached == []


def test_a_page_that_the_desk_has_not_agreed_to(
    call: Call, pairings: Pairings, reached: list[str]
) -> None:
    """Its token opens nothing yet, and says so to the page."""
    waiting = asked(pairings, OTHER)
    answer = call(headers=headers(waiting.token, OTHER))
    assert (answer.status_code, code_of(answer)) == (403, "pairing-waiting")
    assert answer.headers["Access-Control-Allow-Origin"] == OTHER
    assert reached == []


@pytest.mark.parametrize(
    ("site", "mode"),
    [
        ("none", "cors"),
        ("same-origin", "cors"),
        ("", "cors"),
        ("Cross-Site", "cors"),
        ("cross-site, same-origin", "cors"),
        ("cross-site", "no-cors"),
        ("cross-site", "navigate"),
        ("cross-site", "websocket"),
        ("same-site", "same-origin"),
        ("cross-site", ""),
    ],
)
def test_a_call_that_no_script_of_the_page_made(
    site: str, mode: str, call: Call, page: Granted, reached: list[str]
) -> None:
    """A link, a form, an image, an address typed in; or a claim that cannot be."""
    sent = headers(page.token, Sec_Fetch_Site=site, Sec_Fetch_Mode=mode)
    answer = call(headers=sent)
    assert (answer.status_code, code_of(answer)) == (403, "site-unfit")
    assert reached == []


@pytest.mark.parametrize(
    ("site", "origin", "right"),
    [
        ("cross-site", ORIGIN, True),
        ("same-site", ORIGIN, True),
        ("same-origin", ORIGIN, False),
        ("none", ORIGIN, False),
        ("same-origin", "http://127.0.0.1:8080", True),
        ("same-origin", "https://127.0.0.1:8080", True),
        ("same-site", "http://127.0.0.1:8080", False),
        ("cross-site", "http://127.0.0.1:8080", False),
        ("same-site", "http://127.0.0.1:9000", True),
    ],
)
def test_what_fits_an_origin(site: str, origin: str, right: bool) -> None:
    """What the browser says of the site agrees with the origin that it says."""
    assert fits(site, "cors", origin, "127.0.0.1:8080") is right
    assert fits(site, None, origin, "127.0.0.1:8080") is right
    assert not fits(site, "no-cors", origin, "127.0.0.1:8080")


@pytest.mark.parametrize("host", ["evil.example", "localhost:81", "localhost.", ""])
def test_a_host_that_is_not_ours(host: str, call: Call, page: Granted, reached: list[str]) -> None:
    """Another name for this address (DNS rebinding) gets nothing, token or not."""
    answer = call(headers=headers(page.token, Host=host))
    assert (answer.status_code, code_of(answer)) == (421, "wrong-host")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert reached == []


def test_a_rebound_name_as_its_own_origin(call: Call, page: Granted, reached: list[str]) -> None:
    """A page whose name was turned to this address is of one origin with it: not with us."""
    sent = headers(page.token, "http://evil.example", Host="evil.example")
    assert call(headers={**sent, "Sec-Fetch-Site": "same-origin"}).status_code == 421
    assert reached == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=1"),
        ("multipart/form-data; boundary=x", b'--x\r\n\r\n{"a":1}\r\n--x--'),
        ("text/plain", b'{"a": "1"}'),
        ("text/plain; charset=application/json", b'{"a": "1"}'),
        ("application/jsonp", b'{"a": "1"}'),
        ("application/json; charset=utf-16", b'{"a": "1"}'),
        ("application/json; x=y", b'{"a": "1"}'),
        ("application/json, text/plain", b'{"a": "1"}'),
        ("text/json", b'{"a": "1"}'),
        ("", b'{"a": "1"}'),
        (None, b'{"a": "1"}'),
    ],
)
def test_a_body_that_a_page_sends_unasked(
    content_type: str | None, body: bytes, call: Call, page: Granted
) -> None:
    """Forms and plain text (CSRF) are no JSON, even with all else right."""
    answer = call("POST", data=body, content_type=content_type)
    assert (answer.status_code, code_of(answer)) == (415, "not-json")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
)
def test_json(content_type: str, call: Call) -> None:
    """As browsers and programs write it."""
    answer = call("POST", data=b'{"a": "1"}', content_type=content_type)
    assert answer.json == {"a": "1"}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("role", [None, Role.OFFICER, Role.TECHNICIAN])
def test_an_open_desk_lends_nothing(
    role: Role | None, sent: dict[str, str], behind: Flask, keeper: Doorkeeper, reached: list[str]
) -> None:
    """A form or script that rides on somebody's cookie is as good as none."""
    client = behind.test_client()
    if role is not None:
        client.set_cookie(COOKIE, keeper.open_desk(None, role, Way.PIN))
    for method, data in (("GET", None), ("POST", {"a": "1"})):
        assert client.open(ASKED, method=method, data=data, headers=sent).status_code in (401, 403)
    assert reached == []


def test_the_api_sets_no_cookie(call: Call, page: Granted) -> None:
    """Nor does it look at one for the language."""
    sent = headers(page.token, Cookie="lang=en; tramthe=x")
    answer = call(path="/api/v1/khong-co?lang=en", headers=sent)
    assert "Set-Cookie" not in answer.headers
    assert answer.json is not None
    assert answer.json["detail"] == "Trạm không có địa chỉ này."


def test_a_form_of_the_pages_still_needs_its_own_token(
    call: Call, page: Granted, keeper: Doorkeeper
) -> None:
    """What opens the API opens no page: the desk's forms stay behind theirs."""
    assert call("POST", "/ban/dong").status_code == 403
    assert call("POST", "/ghep-trang/mo").status_code == 403
    assert call(path="/ghep-trang").status_code == 303
    assert call("POST", "/api/../ban/dong").status_code in (403, 404)


def test_every_view_of_the_api_knows_who_asks(app: Flask) -> None:
    """A view that is added gets the pairing, or stands among those that need none."""
    views = {
        rule.endpoint: app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert {name for name, view in views.items() if not hasattr(view, CALLER)} == OPEN


def test_nobody_is_paired_because_the_file_is_damaged(
    call: Call, page: Granted, pairings: Pairings, seconds: Seconds
) -> None:
    """A page hears why, not that it is a stranger."""
    pairings.revoke(page.pairing.id)
    pairings.damaged = True
    answer = call()
    assert (answer.status_code, code_of(answer)) == (503, "pairings-damaged")


def test_status_needs_no_token(app: Flask, pairings: Pairings) -> None:
    """It always answers; only a paired page's script may read it from another origin."""
    client = app.test_client()
    assert client.get("/api/v1/status").status_code == 200
    foreign = client.get("/api/v1/status", headers=headers(origin=OTHER))
    assert foreign.status_code == 200
    assert "Access-Control-Allow-Origin" not in foreign.headers
    paired(pairings, OTHER)
    known = client.get("/api/v1/status", headers=headers(origin=OTHER))
    assert known.headers["Access-Control-Allow-Origin"] == OTHER
