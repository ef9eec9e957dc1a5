"""A back office that cannot reach the terminal asks by way of the centre, as its own server does.

The centre is a process of its own, the terminal runs with its card reader; the office has HTTP, a
key and another JOSE library, nothing of ours.
"""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from click.testing import CliRunner
from jwcrypto import jwe, jwk

from provisioning import people
from provisioning.cli.main import tramthe
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.receipts import Given, Standing, examine
from provisioning.softcard.chip import Chip
from tests.e2e.conftest import Centre, Terminal, running, wait

NONCE = "n-0123456789abcdef"
ASK = f"/api/v1/terminals/{TERMINAL}/verifications"


@dataclass
class Server:
    """A back office's server: it knows the centre's address and its own token."""

    port: int
    token: str
    key: jwk.JWK = field(default_factory=lambda: jwk.JWK.generate(kty="EC", crv="P-256"))

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request; return status and JSON."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body and json.dumps(body), headers)
            answer = connection.getresponse()
            data = answer.read()
        return answer.status, json.loads(data) if data else None

    def may_ask(self) -> bool:
        """Return whether the terminal has told its key to the centre, as it does at its start."""
        status, question = self.send("POST", ASK, self.body())
        if status == 202:
            self.send("DELETE", f"/api/v1/verifications/{question['id']}")
            self.until(question, "cancelled")
        return status == 202

    def body(self, **changed: Any) -> dict[str, Any]:
        """Return a question, some of it changed."""
        public = json.loads(self.key.export_public())
        return {
            "procedure": "chuyen-sinh-hoat-chinh-thuc",
            "dossier": "CSH-2026-0147",
            "nonce": NONCE,
            "fields": ["name", "number"],
            "reply_key": {name: public[name] for name in ("kty", "crv", "x", "y")},
            **changed,
        }

    def ask(self, **changed: Any) -> dict[str, Any]:
        """Ask for a card; return the question."""
        status, question = self.send("POST", ASK, self.body(**changed))
        assert status == 202, question
        assert isinstance(question, dict)
        return question

    def until(self, question: dict[str, Any], *states: str) -> dict[str, Any]:
        """Follow a question until it is in one of these states."""
        while question["state"] not in states:
            query = f"?wait=20&after={question['version']}"
            status, found = self.send("GET", f"/api/v1/verifications/{question['id']}{query}")
            assert status == 200, found
            assert found["version"] > question["version"], "it did not happen"
            question = found
        return question

    def opened(self, question: dict[str, Any]) -> dict[str, Any]:
        """Open what the card gave."""
        token = jwe.JWE()
        token.deserialize(question["result"]["sealed"], self.key)
        given = json.loads(token.payload)
        assert given["id"] == question["id"]
        assert isinstance(given, dict)
        return given


@pytest.fixture(scope="module")
def terminal(
    prepared: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Terminal, Server]]:
    """Return a terminal set up for it, and an office that may ask it."""
    folder = tmp_path_factory.mktemp("through-centre")
    shutil.copytree(prepared.centre, folder / "centre")
    shutil.copytree(prepared.terminal, folder / "state")
    centre = Centre(folder / "centre", free_port(), folder / "centre.log")
    centre.start()
    try:
        state = folder / "state"
        with running(prepared, state, centre.port, centre_questions=True) as started:
            done = CliRunner().invoke(
                tramthe,
                ["centre", "back-office", "add", str(centre.folder), "mot-cua-pha-hin",
                 "--name", "Một cửa xã Pha Hín", "--origin", "https://motcua.example",
                 "--terminal", TERMINAL],
            )  # fmt: skip
            assert done.exit_code == 0, done.output
            server = Server(centre.port, done.stdout.strip())
            wait(server.may_ask)
            yield started, server
    finally:
        centre.stop()


@pytest.fixture
def desk(terminal: tuple[Terminal, Server]) -> Iterator[Terminal]:
    """Return the terminal, nothing on its reader and nobody asking."""
    started, _ = terminal
    yield started
    started.service.counter.counter.decline()
    if started.service.meeting() is not None:
        started.service.close_meeting()
    started.reader.lift()
    wait(lambda: not started.service.scene().card_present)


@pytest.fixture
def server(terminal: tuple[Terminal, Server]) -> Server:
    """Return the office's server."""
    return terminal[1]


def test_a_card_answers_a_server(desk: Terminal, server: Server) -> None:
    """The screen says who asks; the office opens what the card gave; the receipt holds."""
    card = desk.cast("member-1").image
    question = server.until(server.ask(access={"can": card.can}), "waiting")
    asking = desk.service.counter.counter.waiting()
    assert asking is not None
    assert asking.question.asker == "Một cửa xã Pha Hín (qua trung tâm)"
    desk.reader.lay(Chip(card))
    done = server.until(question, "done")
    assert (done["result"]["outcome"], done["result"]["reason"]) == ("ACCEPTED", None)
    given = server.opened(done)
    assert given["fields"]["name"] == people.NGOC.person.name
    found = examine(
        done["result"]["receipt"],
        Given(
            authorities=[desk.stage.pilot.terminal_ca.certificate],
            nonce=NONCE,
            handed=(given["fields"], bytes.fromhex(given["salt"])),
        ),
    )
    assert found.standing is Standing.SIGNED
    assert found.receipt.request.origin == "https://motcua.example"


def test_a_refused_card_gives_nothing(desk: Terminal, server: Server) -> None:
    """The reason and the receipt come, and nothing to open."""
    card = desk.cast("lost").image
    question = server.until(server.ask(access={"can": card.can}), "waiting")
    desk.reader.lay(Chip(card))
    result = server.until(question, "done")["result"]
    assert (result["outcome"], result["sealed"]) == ("REJECTED", None)


def test_the_holder_says_no(desk: Terminal, server: Server) -> None:
    """The office hears that somebody at the terminal ended it."""
    question = server.until(server.ask(), "waiting")
    desk.service.counter.counter.decline()
    assert server.until(question, "cancelled")["why"] == "CANCELLED_BY_HOLDER"


def test_the_office_cancels(desk: Terminal, server: Server) -> None:
    """The terminal lets its reader go."""
    question = server.until(server.ask(), "waiting")
    assert server.send("DELETE", f"/api/v1/verifications/{question['id']}")[0] == 204
    assert server.until(question, "cancelled")["why"] == "CANCELLED_BY_ASKER"
    assert desk.service.counter.counter.waiting() is None


def test_a_meeting_has_the_reader_and_a_purpose_its_limits(desk: Terminal, server: Server) -> None:
    """Nothing is asked then: the office hears why, and by whom the reader is held."""
    refused = server.until(server.ask(fields=["religion"]), "refused")
    assert (refused["why"], refused["result"]) == ("FIELDS_NOT_ALLOWED", None)
    desk.service.open_meeting("regular")
    refused = server.until(server.ask(), "refused")
    assert (refused["why"], refused["holder"]) == ("READER_HELD", "meeting")
