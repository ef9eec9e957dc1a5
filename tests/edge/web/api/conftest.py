"""A paired page in front of the API, and the headers that its browser sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from werkzeug.test import TestResponse

from edge.procedure.pairing import Pairing
from edge.procedure.pairings import Granted, Pairings
from edge.web.api.body import read_object
from edge.web.api.door import caller
from tests.edge.procedure.pairing_made import ORIGIN, paired

Call = Callable[..., TestResponse]
ASKED = "/api/v1/asked"
"""A view behind the door, as the tests put one there: it tells who asks, and what came."""


def headers(token: str | None = None, origin: str | None = ORIGIN, **more: str) -> dict[str, str]:
    """Return what a browser sends for a script of a page of this origin."""
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    if origin is not None:
        sent["Origin"] = origin
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    return {**sent, **{name.replace("_", "-"): value for name, value in more.items()}}


def code_of(answer: TestResponse) -> str:
    """Return the code of a problem, whose form is looked at on the way."""
    assert answer.mimetype == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json or {}
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:tramthe:problem:{problem['code']}"
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert problem["next_step"].endswith(".")
    return str(problem["code"])


@pytest.fixture
def page(pairings: Pairings) -> Granted:
    """Return a paired page."""
    return paired(pairings)


@pytest.fixture
def reached() -> list[str]:
    """Return the ids of pairings that came to the view behind the door."""
    return []


@pytest.fixture
def behind(app: Flask, reached: list[str]) -> Flask:
    """Return the application with a view behind the door."""

    @caller
    def tell(pairing: Pairing) -> Response:
        reached.append(pairing.id)
        return jsonify(id=pairing.id)

    @caller
    def take(pairing: Pairing) -> Response:
        reached.append(pairing.id)
        return jsonify(read_object())

    app.add_url_rule(ASKED, "asked", tell)
    app.add_url_rule(ASKED, "taken", take, methods=["POST"])
    return app


@pytest.fixture
def call(behind: Flask, page: Granted) -> Call:
    """Return a caller of the view behind the door; what is not said is as it should be."""

    def send(method: str = "GET", path: str = ASKED, **options: Any) -> TestResponse:
        options.setdefault("headers", headers(page.token))
        return behind.test_client().open(path, method=method, **options)

    return send
