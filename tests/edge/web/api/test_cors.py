"""What a browser lets other origins' scripts send and read."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from edge.procedure.pairings import Granted, Pairings
from tests.edge.procedure.pairing_made import ORIGIN, OTHER, asked, paired

from .conftest import ASKED, Call, code_of, headers

PAIRINGS = "/api/v1/pairings"


def preflight(app: Flask, origin: str | None, path: str = ASKED, **more: str) -> TestResponse:
    """Ask as a browser does before it sends what a page's script wants sent."""
    sent = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "cors",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    if origin is not None:
        sent["Origin"] = origin
    return app.test_client().options(path, headers=sent)


def allowed(answer: TestResponse) -> str | None:
    """Return the origin that may read the answer."""
    return answer.headers.get("Access-Control-Allow-Origin")


def test_a_preflight_of_a_paired_page(behind: Flask, page: Granted) -> None:
    """Names that origin alone, what it may send, and that answers differ by origin."""
    answer = preflight(behind, ORIGIN)
    assert answer.status_code == 204
    assert allowed(answer) == ORIGIN
    assert answer.headers["Vary"] == "Origin"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, DELETE"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Private-Network" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_preflight_across_networks(behind: Flask, page: Granted) -> None:
    """A page from beyond the local network is told that this one lets it in."""
    answer = preflight(behind, ORIGIN, Access_Control_Request_Private_Network="true")
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
    stranger = preflight(behind, OTHER, Access_Control_Request_Private_Network="true")
    assert "Access-Control-Allow-Private-Network" not in stranger.headers


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", "*", OTHER, "http://motcua.example", "https://motcua.example:8443"],
)
@pytest.mark.parametrize("path", [ASKED, PAIRINGS, f"{PAIRINGS}/current", "/api/v1/status"])
def test_a_preflight_of_anybody_else(
    origin: str | None, path: str, behind: Flask, page: Granted
) -> None:
    """The browser sends nothing further."""
    answer = preflight(behind, origin, path)
    assert (answer.status_code, code_of(answer)) == (403, "origin-not-paired")
    assert allowed(answer) is None
    assert "Access-Control-Allow-Methods" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_a_preflight_while_a_pairing_is_offered(behind: Flask, pairings: Pairings) -> None:
    """Any page that could be paired may ask for that, and for nothing else."""
    assert preflight(behind, OTHER, PAIRINGS).status_code == 403
    pairings.offer()
    assert allowed(preflight(behind, OTHER, PAIRINGS)) == OTHER
    for origin in ("null", "http://motcua.example", "https://motcua.example/"):
        assert preflight(behind, origin, PAIRINGS).status_code == 403
    for path in (ASKED, f"{PAIRINGS}/current", "/api/v1/status"):
        assert preflight(behind, OTHER, path).status_code == 403
    pairings.drop()
    assert preflight(behind, OTHER, PAIRINGS).status_code == 403


def test_a_preflight_of_a_page_that_waits(behind: Flask, pairings: Pairings) -> None:
    """It may ask how its pairing stands."""
    asked(pairings, OTHER)
    assert allowed(preflight(behind, OTHER, f"{PAIRINGS}/current")) == OTHER
    pairings.drop()
    assert allowed(preflight(behind, OTHER, f"{PAIRINGS}/current")) is None


def test_a_preflight_of_a_page_that_was_let_go(
    behind: Flask, page: Granted, pairings: Pairings
) -> None:
    """Is one of a stranger; another pairing of the same origin keeps it known."""
    second = paired(pairings)
    pairings.revoke(page.pairing.id)
    assert allowed(preflight(behind, ORIGIN)) == ORIGIN
    pairings.revoke(second.pairing.id)
    assert allowed(preflight(behind, ORIGIN)) is None


def test_an_answer_to_a_paired_page(call: Call) -> None:
    """Its script reads it, with the headers that it needs; nobody else's does."""
    answer = call()
    assert allowed(answer) == ORIGIN
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Location" in answer.headers["Access-Control-Expose-Headers"]
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers) == len(set(answer.headers.keys()))


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/api/v1/khong-co", {}),
        ("PUT", ASKED, {}),
        ("POST", ASKED, {"data": b"x", "content_type": "text/plain"}),
        ("POST", ASKED, {"data": b"{", "content_type": "application/json"}),
        ("POST", ASKED, {"data": b" " * 20_000, "content_type": "application/json"}),
    ],
)
def test_a_problem_for_a_paired_page(
    method: str, path: str, options: dict[str, object], call: Call
) -> None:
    """Is for its script to read, like any answer."""
    answer = call(method, path, **options)
    assert code_of(answer)
    assert allowed(answer) == ORIGIN


def test_an_answer_to_a_stranger(behind: Flask, page: Granted) -> None:
    """No script reads it."""
    answer = behind.test_client().get(ASKED, headers=headers(page.token, OTHER))
    assert allowed(answer) is None
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Vary"] == "Origin"


def test_pages_are_not_for_other_origins(behind: Flask, page: Granted) -> None:
    """Not even for a paired page's script."""
    answer = behind.test_client().get("/bang", headers=headers(page.token))
    assert allowed(answer) is None
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert preflight(behind, ORIGIN, "/bang").headers.get("Access-Control-Allow-Origin") is None
