"""A page comes to be paired by HTTP: what it sends, what it hears, what it never hears."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from edge.procedure.offer import MAX_TRIES
from edge.procedure.pairings import Pairings
from edge.web.api.door import HEADERS
from tests.edge.people.made import Seconds
from tests.edge.procedure.pairing_made import NAME, ORIGIN, OTHER, asked, paired

from .conftest import Call, code_of, headers

PATH = "/api/v1/pairings"


def offered(pairings: Pairings, **changes: Any) -> dict[str, Any]:
    """Let the desk offer a pairing, and return what the right page sends."""
    pairings.offer()
    offer = pairings.view().offer
    assert offer is not None
    return {"code": offer.code, "pin": offer.pin, "name": NAME, **changes}


def send(app: Flask, body: object, sent: dict[str, str] | None = None) -> TestResponse:
    """Send it as a page's script does."""
    return app.test_client().post(PATH, json=body, headers=headers() if sent is None else sent)


def test_the_right_page(behind: Flask, pairings: Pairings) -> None:
    """Hears its token once, waits for the desk, and then is heard."""
    answer = send(behind, offered(pairings))
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    token = answer.json["token"]
    shown = pairings.view().asked
    assert shown is not None
    assert answer.json == {
        "id": shown.pairing.id,
        "name": NAME,
        "origin": ORIGIN,
        "state": "waiting",
        "made": "2026-11-05T12:03:00Z",
        "used": None,
        "check": shown.check,
        "token": token,
    }
    client = behind.test_client()
    how = client.get(f"{PATH}/current", headers=headers(token))
    assert how.json is not None
    assert how.json["state"] == "waiting"
    assert "token" not in how.json
    pairings.agree(shown.pairing.id)
    how = client.get(f"{PATH}/current", headers=headers(token))
    assert how.json is not None
    assert how.json["state"] == "paired"


def test_the_desk_turns_it_away(behind: Flask, pairings: Pairings) -> None:
    """The token is then nobody's."""
    granted = asked(pairings)
    pairings.drop()
    answer = behind.test_client().get(f"{PATH}/current", headers=headers(granted.token))
    assert code_of(answer) == "token-unknown"


def test_nothing_is_offered(app: Flask, pairings: Pairings) -> None:
    """Right or wrong, nothing is compared."""
    body = offered(pairings)
    pairings.drop()
    answer = send(app, body)
    assert (answer.status_code, code_of(answer)) == (409, "pairing-closed")


def test_three_wrong_tries(app: Flask, pairings: Pairings) -> None:
    """Each is told to the page, the last one too; then the offer is over."""
    body = offered(pairings)
    for _ in range(MAX_TRIES):
        answer = send(app, {**body, "pin": "x"})
        assert (answer.status_code, code_of(answer)) == (403, "pairing-wrong")
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert code_of(send(app, body)) == "pairing-closed"
    assert pairings.view().pairings == ()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, (403, "origin-missing")),
        ({"Origin": ORIGIN}, (403, "site-missing")),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "none"}, (403, "site-unfit")),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, (403, "origin-unfit")),
        (
            {"Origin": "http://motcua.example", "Sec-Fetch-Site": "cross-site"},
            (403, "origin-not-secure"),
        ),
        ({"Origin": "https://a.example/", "Sec-Fetch-Site": "cross-site"}, (403, "origin-unfit")),
    ],
)
def test_a_page_that_cannot_be_paired(
    sent: dict[str, str], expected: tuple[int, str], app: Flask, pairings: Pairings
) -> None:
    """Hears why; code and PIN stay as they were."""
    answer = send(app, offered(pairings), sent)
    assert (answer.status_code, code_of(answer)) == expected
    shown = pairings.view().offer
    assert shown is not None
    assert shown.left == MAX_TRIES


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": ""}, (422, "body-invalid")),
        ({"name": "a\u202eb"}, (422, "name-unfit")),
        ({"name": "\u200b"}, (422, "name-unfit")),
        ({"name": 7}, (422, "body-invalid")),
        ({"pin": None}, (422, "body-invalid")),
        ({"code": ["x"]}, (422, "body-invalid")),
        ({"more": "x"}, (422, "body-invalid")),
    ],
)
def test_a_body_in_another_form(
    changes: dict[str, Any], expected: tuple[int, str], app: Flask, pairings: Pairings
) -> None:
    """Costs no try."""
    answer = send(app, offered(pairings, **changes))
    assert (answer.status_code, code_of(answer)) == expected
    shown = pairings.view().offer
    assert shown is not None
    assert shown.left == MAX_TRIES


def test_a_token_does_not_pair(call: Call, pairings: Pairings) -> None:
    """A paired page that pairs again shows code and PIN like any other."""
    assert code_of(call("POST", PATH, json={"code": "", "pin": "", "name": "x"})) == (
        "pairing-closed"
    )


def test_somebody_tries_codes(app: Flask, pairings: Pairings, seconds: Seconds) -> None:
    """Is told to wait; the desk's page and paired pages are not."""
    known = paired(pairings, OTHER)
    sent = headers()
    codes = [code_of(send(app, {"code": "x", "pin": "x", "name": "x"}, sent)) for _ in range(25)]
    assert codes.count("pairing-closed") == 20
    assert codes[-1] == "too-many"
    answer = app.test_client().get(f"{PATH}/current", headers=headers(known.token, OTHER))
    assert answer.status_code == 200
    seconds.now += 1
    assert code_of(send(app, {"code": "x", "pin": "x", "name": "x"})) == "pairing-closed"


def test_what_a_preflight_allows_is_what_a_page_sends() -> None:
    """Token and type; without those in the list no browser sends them."""
    assert {"Authorization", "Content-Type"} <= set(HEADERS.split(", "))
