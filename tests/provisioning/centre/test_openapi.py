"""The centre's document about itself: equal to the one in the repository, and true."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from edge.identity.key import TerminalIdentity, load_or_create, store_certificate
from edge.log.append import EventLog
from edge.net.http import request
from edge.wire import hybrid
from edge.wire.event import timestamp
from edge.wire.inbox_call import Call, PublicKey, sign_call
from edge.wire.question import Call as QuestionsCall
from edge.wire.question import sign_call as sign_questions
from edge.wire.report import sign_report
from edge.wire.support import seal_bundle
from provisioning.centre.openapi import PREFIX, document
from provisioning.centre.problem import MEDIA_TYPE
from provisioning.cli.common import office_time
from provisioning.office.pki import issue_terminal
from tests.edge.log.made import SEAL, START, TERMINAL
from tests.provisioning.centre.made import Centre, signed
from tests.provisioning.centre.served import Served, serve
from tests.provisioning.centre.test_reports import REPORT

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs" / "openapi.json"
HOOKS = "tests.provisioning.centre.jose_body"
HOUR = timedelta(hours=1)
EXAMPLES = 60
"""Of each operation and phase; more with TRAMTHE_SCHEMATHESIS_EXAMPLES."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a centre that runs as a process of its own."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running


def test_document_in_the_repository() -> None:
    """`docs/openapi.json` is what the program makes.

    Where this fails: python -m tests.provisioning.centre.test_openapi
    """
    assert FILE.read_text("utf-8") == text()


def text() -> str:
    """Return the document as it lies in the repository."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def test_document_that_is_served(served: Served) -> None:
    """The same one."""
    answer = request("GET", f"{served.url}/v1/openapi.json", None, deadline=20.0, max_bytes=1 << 20)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert json.loads(answer.body) == document()


def test_every_route_stands_in_it(tmp_path: Path) -> None:
    """Each route for terminals and machines with its methods, and none that is not there."""
    centre = Centre(f"sqlite:///{tmp_path / 'centre.db'}")
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in centre.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    centre.store.close()
    paths = document()["paths"]
    assert there == {(path, method) for path, methods in paths.items() for method in methods}


def good_call(identity: TerminalIdentity) -> str:
    """Return a call for the inbox that the running centre answers."""
    assert identity.certificate is not None
    key = PublicKey(1, hybrid.public_bytes(bytes(hybrid.SEED_SIZE)))
    at = timestamp(office_time())
    call = Call(identity.terminal_id, 0, 0, (), (), bytes(16), at, key)
    return sign_call(call, identity.key, identity.certificate)


def enrolled(served: Served, folder: Path) -> TerminalIdentity:
    """Return a terminal's identity under the running centre's authority."""
    fresh = load_or_create(folder / "identity", TERMINAL)
    public = fresh.key.public_key()
    certificate = issue_terminal(served.ca, public, TERMINAL, at=office_time() - HOUR)
    return store_certificate(folder / "identity", fresh, certificate)


def test_schemathesis_finds_nothing(served: Served, tmp_path: Path, log: EventLog) -> None:
    """Valid, odd and broken requests to every route of the running centre, all checks on."""
    described: dict[str, Any] = document()
    identity = enrolled(served, tmp_path)
    assert identity.certificate is not None
    good = {
        "/v1/segments": signed(log, identity),
        "/v1/inbox": good_call(identity),
        "/v1/questions": sign_questions(
            QuestionsCall(TERMINAL, bytes(16), timestamp(office_time()), 0, ()),
            identity.key,
            identity.certificate,
        ),
        "/v1/reports": sign_report(REPORT, identity.key, identity.certificate),
        "/v1/support": seal_bundle(
            *(b"PK", TERMINAL, 1, START),
            centre=(SEAL.kid, SEAL.public),
            key=identity.key,
            certificate=identity.certificate,
        ),
    }
    for path, example in good.items():
        body = described["paths"][path]["post"]["requestBody"]["content"]
        body["application/jose"]["example"] = example
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(described), encoding="utf-8")
    most = os.environ.get("TRAMTHE_SCHEMATHESIS_EXAMPLES", str(EXAMPLES))
    program = [sys.executable, "-c", "from schemathesis.cli import schemathesis as s; s()"]
    options = ["--checks", "all", "--max-examples", most, "--seed", "1"]
    done = subprocess.run(
        [*program, "run", str(file), "--url", served.url, *options, "--continue-on-failure"],
        env={**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNINGS" not in done.stdout, done.stdout  # such as: no segment was taken


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /v1/segments HTTP/1.1\r\nHost: c\r\nContent-Length: 9999999\r\n\r\n", 413),
        (b"nonsense\r\n\r\n", 400),
        (b"POST /v1/segments HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: x\r\n\r\n", 501),
    ],
)
def test_what_is_no_request_at_all(served: Served, sent: bytes, status: int) -> None:
    """The server's own answers have the same form as the application's."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        problem = json.loads(answer.read())
    assert (answer.status, problem["status"]) == (status, status)
    assert answer.headers["Content-Type"] == MEDIA_TYPE


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
