"""The API's document about itself: equal to the one in the repository, and true."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask

from edge.people.doorkeeper import Doorkeeper
from edge.procedure.pairings import Pairings
from edge.web.api.limits import Limits, Rate
from edge.web.api.openapi import document
from edge.web.api.scope import PREFIX
from tests.edge.procedure.pairing_made import ORIGIN, paired
from tests.edge.web.conftest import Served, serving
from tests.edge.web.fake_terminal import FakeTerminal

ROOT = Path(__file__).parents[4]
FILE = ROOT / "docs" / "api.json"
EXAMPLES = 40
"""Of each operation and phase; more with TRAMTHE_SCHEMATHESIS_EXAMPLES."""
WIDE = Limits(*[Rate(1_000_000, 1_000_000.0)] * 3)


def text() -> str:
    """Return the document as it lies in the repository."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def test_document_in_the_repository() -> None:
    """`docs/api.json` is what the program makes.

    Where this fails: python -m tests.edge.web.api.test_document
    """
    assert FILE.read_text("utf-8") == text()


def test_document_that_is_served(app: Flask) -> None:
    """The same one, to anybody."""
    answer = app.test_client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == document()


def routes(app: Flask) -> set[tuple[str, str]]:
    """Return path and method of every route of the API."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def described() -> set[tuple[str, str]]:
    """Return path and method of every route in the document."""
    paths = document()["paths"]
    return {(path, method) for path, methods in paths.items() for method in methods}


def test_every_route_stands_in_it(app: Flask) -> None:
    """Each with its methods."""
    assert routes(app) <= described()


def schema(name: str) -> dict[str, Any]:
    """Return one of the document's schemas, with what it refers to."""
    return {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}


def test_what_is_answered_is_as_described(app: Flask, pairings: Pairings) -> None:
    """A pairing, its grant, and a problem."""
    client = app.test_client()
    sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}
    pairings.offer()
    offer = pairings.view().offer
    assert offer is not None
    body = {"code": offer.code, "pin": offer.pin, "name": "Quầy 1"}
    jsonschema.validate(body, schema("PairingAsked"))
    granted = client.post("/api/v1/pairings", json=body, headers=sent)
    assert granted.json is not None
    jsonschema.validate(granted.json, schema("PairingGranted"))
    known = {**sent, "Authorization": f"Bearer {granted.json['token']}"}
    current = client.get("/api/v1/pairings/current", headers=known)
    jsonschema.validate(current.json, schema("Pairing"))
    problem = client.post("/api/v1/pairings", json={"code": 7}, headers=sent)
    assert problem.json is not None
    assert problem.json["errors"]
    jsonschema.validate(problem.json, schema("Problem"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**problem.json, "code": "x"}, schema("Problem"))


def true_document(pairings: Pairings) -> tuple[dict[str, Any], str]:
    """Return the document with the origin of a paired page, and that page's token."""
    token = paired(pairings).token
    found: dict[str, Any] = json.loads(json.dumps(document()))
    parameters = found["components"]["parameters"]
    parameters["Origin"]["schema"] = {"const": ORIGIN}
    parameters["Site"]["schema"] = {"enum": ["cross-site", "same-site"]}
    return found, token


@pytest.fixture
def running(terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings) -> Iterator[Served]:
    """Serve the API without limits: the examiner calls more often than any page."""
    with serving(terminal, keeper, pairings, WIDE) as found:
        yield found


def test_schemathesis_finds_nothing(pairings: Pairings, running: Served, tmp_path: Path) -> None:
    """Valid, odd and broken requests to every route of the running API, all checks on."""
    described, token = true_document(pairings)
    there = {path for path, _ in routes(running.app)}
    described["paths"] = {path: ms for path, ms in described["paths"].items() if path in there}
    pairings.offer()
    file = tmp_path / "api.json"
    file.write_text(json.dumps(described), encoding="utf-8")
    most = os.environ.get("TRAMTHE_SCHEMATHESIS_EXAMPLES", str(EXAMPLES))
    program = [sys.executable, "-c", "from schemathesis.cli import schemathesis as s; s()"]
    options = ["--checks", "all", "--max-examples", most, "--seed", "1", "--continue-on-failure"]
    known = ["--header", f"Authorization: Bearer {token}"]
    done = subprocess.run(
        [*program, "run", str(file), "--url", running.url, *options, *known],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
