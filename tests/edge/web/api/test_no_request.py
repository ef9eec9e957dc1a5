"""What the server answers before the application is asked."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from edge.web.serving import MAX_REQUEST
from tests.edge.web.conftest import Served


def raw(served: Served, sent: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    """Send bytes as they are, and return the answer with its body."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (f"Content-Length: {MAX_REQUEST + 1}", 413, "too-large"),
        ("Transfer-Encoding: x", 400, "bad-request"),
        ("Content-Length: x", 400, "bad-request"),
    ],
)
def test_no_request_of_the_api(head: str, status: int, code: str, served: Served) -> None:
    """The same form as the application's errors."""
    sent = f"POST /api/v1/pairings HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode()
    answer, body = raw(served, sent)
    problem = json.loads(body)
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["detail"].endswith(".")


def test_no_request_of_a_page(served: Served) -> None:
    """Plain text, as before."""
    sent = f"POST /ban HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_REQUEST + 1}\r\n\r\n".encode()
    answer, _ = raw(served, sent)
    assert answer.status == 413
    assert answer.headers["Content-Type"].startswith("text/plain")
