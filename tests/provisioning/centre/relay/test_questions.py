"""Questions by way of the centre, over HTTP: who may ask, what a terminal gets, how it ends."""

from __future__ import annotations

from collections.abc import Callable

from provisioning.relay.questions import KEPT_SECONDS, TAKE_SECONDS
from tests.edge.log.made import TERMINAL
from tests.edge.wire.test_question import AT, DONE

from .conftest import NONCE, Relay, told


def test_from_the_question_to_the_result(relay: Relay) -> None:
    """It waits sealed, is taken, told of at each step, and ends with what the terminal told."""
    question = relay.ask()
    assert (question["state"], question["version"], question["result"]) == ("sent", 1, None)
    answer = relay.call()
    (sealed,) = answer.questions
    assert (answer.nonce, sealed.id, sealed.office.id) == (NONCE, question["id"], "mot-cua")
    private = relay.wired.keys.private(sealed.kid)
    assert private is not None
    assert sealed.open(TERMINAL, private).dossier == "CSH-2026-0147"
    assert relay.call([told(question, "waiting")]).questions == ()
    assert relay.of(question)["state"] == "waiting"
    assert relay.of(question)["deadline"] == AT
    relay.call([told(question, "done", result=DONE.result)])
    found = relay.of(question, "?wait=20&after=3")
    assert (found["state"], found["result"]["receipt_number"]) == ("done", "BN 7Q4K 19ZD")
    assert set(found) == {
        "id", "state", "version", "asked", "deadline", "hint", "why", "holder", "result",
    }  # fmt: skip


def test_nothing_of_a_question_lies_at_the_centre(
    relay: Relay, on_disk: Callable[[], bytes]
) -> None:
    """Neither dossier nor number; who has the whole database reads none of it."""
    zone = {"document_number": "XQ7Z9K2L1", "birth": "800519", "expiry": "301231"}
    relay.ask(access={"mrz": zone})
    found = on_disk()
    assert b"CSH-2026-0147" not in found
    assert b"XQ7Z9K2L1" not in found


def test_told_twice(relay: Relay) -> None:
    """What is told again is no change."""
    question = relay.ask()
    relay.call([told(question, "waiting")])
    relay.call([told(question, "waiting")])
    assert relay.of(question)["version"] == 2


def test_cancelled_while_the_terminal_has_it(relay: Relay) -> None:
    """The terminal is told until it says that it is over; then it is."""
    question = relay.ask()
    relay.call([told(question, "waiting")])
    assert relay.send("DELETE", f"/api/v1/verifications/{question['id']}").status_code == 204
    assert relay.of(question)["state"] == "waiting"
    assert relay.call().cancelled == (question["id"],)
    relay.call([told(question, "cancelled", why="CANCELLED_BY_ASKER")])
    assert relay.of(question)["state"] == "cancelled"
    assert relay.call().cancelled == ()


def test_a_terminal_that_does_not_come(relay: Relay) -> None:
    """After its time the question is over, is handed to nobody, and leaves with its answer."""
    question = relay.ask()
    relay.later(TAKE_SECONDS)
    assert relay.call().questions == ()
    found = relay.of(question)
    assert (found["state"], found["why"]) == ("expired", "TERMINAL_NOT_REACHED")
    relay.later(KEPT_SECONDS + 1)
    relay.ask()
    path = f"/api/v1/verifications/{question['id']}"
    assert relay.send("GET", path).status_code == 404
