"""The API's document about itself: equal to the one in the repository, and true."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask

from edge.procedure.counter import Asker, Wanted
from edge.procedure.pairings import Pairings
from edge.procedure.sessions import Ended
from edge.service import Service
from edge.web.api.limits import Limits, Rate
from edge.web.api.openapi import document
from edge.web.api.scope import PREFIX
from edge.web.app import create_app
from edge.web.serving import PageServer
from tests.conftest import PATIENCE
from tests.edge.procedure.pairing_made import ORIGIN, paired
from tests.edge.test_service import Starter, start
from tests.edge.web.conftest import SECRET

__all__ = ["start"]

ROOT = Path(__file__).parents[4]
FILE = ROOT / "docs" / "api.json"
EXAMPLES = 15
"""Of each operation and phase; more with TRAMTHE_SCHEMATHESIS_EXAMPLES."""
WIDE = Limits(*[Rate(1_000_000, 1_000_000.0)] * 3)


@dataclass(frozen=True)
class Examined:
    """A running terminal, and where its API is served for the examiner."""

    service: Service
    url: str


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
    """Each with its methods, and none that is not there."""
    assert routes(app) == described()


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


@pytest.fixture
def running(start: Starter) -> Iterator[Examined]:
    """Serve the whole API of a running terminal without limits: the examiner calls often."""
    service = start().service
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    app = create_app(
        service,
        service.people,
        lambda: service.pairings,
        allowed_hosts=frozenset({f"127.0.0.1:{port}"}),
        secret=SECRET,
        limits=WIDE,
    )
    server = PageServer(app, "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield Examined(service, f"http://127.0.0.1:{port}")
    server.stop()
    thread.join(PATIENCE / 1000)


def true_document(service: Service) -> tuple[dict[str, Any], str]:
    """Return the document with what is true of this terminal, and a paired page's token.

    The origin is the page's; a question is one that was asked and cancelled.
    """
    page = paired(service.pairings)
    counter = service.counter.counter
    wanted = Wanted("chuyen-sinh-hoat-chinh-thuc", "CSH-2026-0147", "n-0123456789", ("name",))
    session = counter.ask(Asker(page.pairing.id, page.pairing.name, ORIGIN), wanted)
    counter.sessions.cancel(session.id, page.pairing.id, Ended.BY_ASKER)
    found: dict[str, Any] = json.loads(json.dumps(document()))
    parameters = found["components"]["parameters"]
    parameters["Origin"]["schema"] = {"const": ORIGIN}
    parameters["Site"]["schema"] = {"enum": ["cross-site", "same-site"]}
    parameters["Id"]["schema"] = {"enum": [session.id, "0" * 32]}
    asked = found["components"]["schemas"]["VerificationAsked"]
    asked["examples"] = [
        {
            "procedure": wanted.procedure,
            "dossier": wanted.dossier,
            "nonce": wanted.nonce,
            "fields": [],
        }
    ]
    return found, page.token


def test_schemathesis_finds_nothing(running: Examined, tmp_path: Path) -> None:
    """Valid, odd and broken requests to every route of the running API, all checks on."""
    described, token = true_document(running.service)
    running.service.pairings.offer()
    offer = running.service.pairings.view().offer
    assert offer is not None
    described["components"]["schemas"]["PairingAsked"]["examples"] = [
        {"code": offer.code, "pin": offer.pin, "name": "Quầy 1"}
    ]
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
