"""What is no centre at all: the examiner judges it and does not stumble."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from provisioning.cli.common import office_time
from provisioning.cli.main import tramthe
from provisioning.conformance.bench import PATIENCE, Bench
from provisioning.conformance.examine import examine
from provisioning.conformance.identity import enrol
from provisioning.conformance.line import Line
from provisioning.conformance.rule import Outcome
from provisioning.errors import CentreNotReached
from provisioning.office.pki import create_terminal_ca

PAGE = b"<!doctype html><title>Sign in to the network</title>"
PROBLEM = b'{"detail":"\\u001b[2J","next_step":"","status":403,"title":"","type":"about:blank"}'
DEEP = b"[" * 100_000
BLIND = {"problems", "no-jws", "other-terminal", "epoch-form"}
"""What somebody who refuses everything gets right."""


@contextmanager
def answering(
    status: int, kind: str, body: bytes, headers: dict[str, str]
) -> Iterator[tuple[Bench, list[float]]]:
    """Give a bench before a server that answers everything the same, and the waits it took."""

    class Always(BaseHTTPRequestHandler):
        """Answers."""

        def do_GET(self) -> None:
            """Answer."""
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(status)
            for name, value in {"Content-Type": kind, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 -- as above

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    waits: list[float] = []
    at = office_time()
    ca = create_terminal_ca("Terminal CA", at=at - timedelta(days=2))
    with ThreadingHTTPServer(("127.0.0.1", 0), Always) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        line = Line(f"http://127.0.0.1:{server.server_address[1]}/")
        key = ("kid", ca.key.public_key())
        yield Bench(line, enrol(ca, "check-1", at), at, key, ca, wait=waits.append), waits
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", PAGE),
        (200, "application/jose", b"a.b.c"),
        (200, "application/jose", bytes(range(256))),
        (200, "application/json", DEEP),
        (302, "text/html", PAGE),
        (500, "text/html", b""),
    ],
)
def test_somebody_who_answers_all_the_same(status: int, kind: str, body: bytes) -> None:
    """A proxy's page, an answer that is none, an error of its own: no rule holds."""
    with answering(status, kind, body, {}) as (bench, _):
        found = {finding.rule.name: finding.outcome for finding in examine(bench)}
    assert Outcome.OK not in found.values()
    assert Outcome.FAILED in found.values()


def test_somebody_who_refuses_everything() -> None:
    """Gets right only what nobody can get wrong who takes nothing."""
    with answering(403, "application/problem+json", PROBLEM, {}) as (bench, _):
        found = {finding.rule.name: finding.outcome for finding in examine(bench)}
    assert {name for name, outcome in found.items() if outcome is Outcome.OK} == BLIND


def test_words_of_a_stranger_on_the_screen(tmp_path: Path) -> None:
    """What a centre says is shown without anything that a screen would obey."""
    with answering(403, "application/problem+json", PROBLEM, {}) as (bench, _):
        ca = bench.authority
        assert ca is not None
        (tmp_path / "ca.der").write_bytes(ca.certificate)
        (tmp_path / "ca.key").write_bytes(
            ca.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        issuer = ["--authority", str(tmp_path / "ca.der")]
        issuer += ["--authority-key", str(tmp_path / "ca.key")]
        address = ["centre", "check", bench.line.url]
        said = CliRunner().invoke(tramthe, [*address, *issuer, "--only", "whole-run"], color=True)
    assert said.exit_code == 1
    assert "?[2J" in said.output
    assert "\x1b" not in said.output


def test_words_of_a_stranger_who_speaks_no_http() -> None:
    """Are not in the error that ends the examination."""

    def garble(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line:
            line.recv(4096)
            line.sendall(b"\x1b[2J\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=garble, args=(listening,))
        thread.start()
        with pytest.raises(CentreNotReached) as caught:
            Line(f"http://127.0.0.1:{listening.getsockname()[1]}/").ask("GET", "/v1/health")
        thread.join()
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("after", "wait"), [("7", 7), ("9" * 5000, 1), ("soon", 1), ("999999999", 60)]
)
def test_somebody_who_is_busy_for_ever(after: str, wait: int) -> None:
    """Is left alone as long as it asks, within reason; after the last try it is said at once."""
    with answering(429, "text/plain", b"", {"Retry-After": after}) as (bench, waits):
        (finding,) = examine(bench, {"whole-run"})
    assert finding.outcome is Outcome.FAILED
    assert "busy" in finding.why
    assert waits == [wait] * (PATIENCE - 1)
