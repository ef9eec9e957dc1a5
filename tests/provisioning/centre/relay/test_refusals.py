"""What the centre does not pass on: tokens, terminals, calls, bodies and queries that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.wire.question import Call, sign_call
from provisioning.fleet import registry
from provisioning.fleet.registry import State
from provisioning.relay.offices import BackOffices
from provisioning.relay.routes import MAX_BODY
from tests.edge.log.made import TERMINAL
from tests.edge.wire.test_question import AT, body

from .conftest import ASK, NONCE, Relay, told


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return one engine's: none of this is about the database."""
    return sqlite_url


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 100])
def test_a_token_of_nobody(relay: Relay, token: str) -> None:
    """Nothing is answered but how a token is shown."""
    for method, path in (("POST", ASK), ("GET", f"/api/v1/verifications/{'0' * 32}")):
        answer = relay.send(method, path, token="x" + token)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_office_that_may_ask_no_more(relay: Relay) -> None:
    """Its token opens nothing, and what it asked is not handed over."""
    relay.ask()
    BackOffices(relay.centre.store.database).revoke("mot-cua", relay.centre.now)
    assert relay.send("POST", ASK, json=body()).status_code == 401
    assert relay.call().questions == ()


def test_another_offices_question_and_terminal(relay: Relay) -> None:
    """Neither is there: not to look at, not to cancel, not to be asked."""
    question = relay.ask()
    path = f"/api/v1/verifications/{question['id']}"
    for method in ("GET", "DELETE"):
        assert relay.send(method, path, token=relay.other).status_code == 404
    assert relay.send("POST", ASK, token=relay.other, json=body()).status_code == 404
    assert relay.of(question)["state"] == "sent"


def test_a_terminal_that_never_called(relay: Relay) -> None:
    """There is no key to seal to, and what to do is said."""
    answer = relay.send(
        "POST", "/api/v1/terminals/tram-999/verifications", token=relay.other, json=body()
    )
    assert answer.status_code == 404
    assert "first reaches the centre" in answer.get_json()["next_step"]


def test_what_another_terminal_tells_of_it(relay: Relay, tmp_path: Path) -> None:
    """Nothing changes: a terminal tells of its own questions."""
    question = relay.ask()
    other = relay.centre.enrol(tmp_path / "other", "tram-777")
    assert other.certificate is not None
    call = Call("tram-777", NONCE, AT, 0, (told(question, "failed", why="X"),))
    compact = sign_call(call, other.key, other.certificate)
    answer = relay.centre.app.test_client().post("/v1/questions", data=compact)
    assert answer.status_code == 200
    assert relay.of(question)["state"] == "sent"


def test_a_call_that_is_not_a_terminals(relay: Relay) -> None:
    """It is refused in the centre's form of errors."""
    identity = relay.wired.identity
    assert identity.certificate is not None
    speaks_for_another = Call("tram-777", NONCE, AT, 0, ())
    compact = sign_call(speaks_for_another, identity.key, identity.certificate)
    for data in ("", "a.b.c", compact):
        answer = relay.centre.app.test_client().post("/v1/questions", data=data)
        assert answer.status_code == 403
        assert answer.get_json()["type"] == "urn:tramthe:problem:call-refused"


def test_a_terminal_that_is_not_in_service(relay: Relay) -> None:
    """What the registry does not know as one in service is handed no question."""
    relay.ask()
    with relay.centre.store.database.writing() as connection:
        registry.enter(connection, TERMINAL, State.WAITING, relay.centre.now)
    identity = relay.wired.identity
    assert identity.certificate is not None
    compact = sign_call(Call(TERMINAL, NONCE, AT, 0, ()), identity.key, identity.certificate)
    answer = relay.centre.app.test_client().post("/v1/questions", data=compact)
    assert answer.status_code == 403
    assert "fleet show" in answer.get_json()["next_step"]


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b"[" * 9000, b"\xff", json.dumps({"procedure": 1}).encode(),
     json.dumps(body(nonce="short")).encode(), json.dumps(body(dossier="x" * 65)).encode(),
     json.dumps(body(fields=["no field!"])).encode()],
    ids=["empty", "list", "cut", "deep", "no-text", "fields", "nonce", "dossier", "field"],
)  # fmt: skip
def test_a_body_that_is_no_question(relay: Relay, data: bytes) -> None:
    """It is refused before it is sealed for anybody."""
    answer = relay.send("POST", ASK, data=data)
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "urn:tramthe:problem:question-malformed"


def test_a_body_that_is_too_large(relay: Relay) -> None:
    """It is refused by its length."""
    assert relay.send("POST", ASK, data=b"x" * (MAX_BODY + 1)).status_code == 413


@pytest.mark.parametrize("query", ["?wait=21", "?wait=-1", "?wait=x", "?after=99999999999999999"])
def test_a_query_that_is_none(relay: Relay, query: str) -> None:
    """It is refused."""
    question = relay.ask()
    path = f"/api/v1/verifications/{question['id']}{query}"
    assert relay.send("GET", path).status_code == 400
