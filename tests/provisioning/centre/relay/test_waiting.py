"""Questions by way of the centre: waiting, losing, cancelling, ending."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from edge.wire.question import MAX_WAIT, Answer
from provisioning.relay.questions import MAX_OPEN, SILENT_SECONDS
from provisioning.relay.routes import MAX_WAITING
from tests.edge.log.made import TERMINAL
from tests.edge.wire.test_question import DONE, body

from .conftest import ASK, NONCE, Relay, told


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return one engine's: none of this is about the database."""
    return sqlite_url


def test_an_answer_that_was_lost(relay: Relay) -> None:
    """A question is handed over until the terminal has told of it."""
    question = relay.ask()
    assert relay.call().questions == relay.call().questions
    assert relay.call([told(question, "waiting")]).questions == ()
    assert relay.call().questions == ()


def test_a_terminal_waits_for_a_question(relay: Relay) -> None:
    """One that is asked meanwhile comes with the very answer."""
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(relay.call(wait=MAX_WAIT)))
    waiting.start()
    question = relay.ask()
    waiting.join()
    assert [one.id for one in answers[0].questions] == [question["id"]]


def test_an_office_waits_for_a_change(relay: Relay) -> None:
    """The answer comes with the change, not before."""
    question = relay.ask()
    found: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: found.append(relay.of(question, "?wait=20&after=1")))
    waiting.start()
    relay.call([told(question, "waiting")])
    waiting.join()
    assert found[0]["state"] == "waiting"


def test_more_wait_than_there_is_room_for(relay: Relay) -> None:
    """They are answered at once, and ask again."""
    question = relay.ask()
    room = relay.centre.app.extensions["tramthe.relay"].room
    for _ in range(MAX_WAITING):
        assert room.acquire(blocking=False)
    assert relay.of(question, "?wait=20&after=1")["version"] == 1


def test_cancelled_before_the_terminal_came(relay: Relay) -> None:
    """It is over at once, and the terminal never hears of it."""
    question = relay.ask()
    path = f"/api/v1/verifications/{question['id']}"
    assert relay.send("DELETE", path).status_code == 204
    found = relay.of(question)
    assert (found["state"], found["why"]) == ("cancelled", "CANCELLED_BY_ASKER")
    assert relay.call() == Answer(TERMINAL, NONCE, (), ())


def test_a_terminal_that_was_switched_off(relay: Relay) -> None:
    """What it took is over after the time of a card; nothing told later changes that."""
    question = relay.ask()
    relay.call([told(question, "waiting")])
    relay.later(SILENT_SECONDS)
    found = relay.of(question)
    assert (found["state"], found["why"]) == ("expired", "TERMINAL_SILENT")
    relay.call([told(question, "done", result=DONE.result)])
    assert relay.of(question)["state"] == "expired"


def test_more_questions_than_one_reader_answers(relay: Relay) -> None:
    """The next one is refused until one of them is over."""
    first = relay.ask()
    for _ in range(MAX_OPEN - 1):
        relay.ask()
    refused = relay.send("POST", ASK, json=body())
    assert refused.status_code == 409
    relay.send("DELETE", f"/api/v1/verifications/{first['id']}")
    relay.ask()
