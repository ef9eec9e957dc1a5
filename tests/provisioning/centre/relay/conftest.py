"""A centre that passes questions on: one terminal, its back office, and another office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from edge.identity.key import TerminalIdentity
from edge.wire.event import timestamp
from edge.wire.question import Answer, Call, open_answer, sign_call
from edge.wire.question_told import Told
from provisioning.relay.offices import BackOffices, office_of
from tests.edge.log.made import TERMINAL
from tests.edge.sync.inbox_made import Wired
from tests.edge.wire.test_question import AT, body
from tests.provisioning.centre.made import Centre

NONCE = bytes(range(16))
ASK = f"/api/v1/terminals/{TERMINAL}/verifications"


@dataclass
class Relay:
    """A centre with one terminal, one back office of it, and another office."""

    centre: Centre
    wired: Wired
    token: str
    other: str

    def send(self, method: str, path: str, token: str | None = None, **more: Any) -> TestResponse:
        """Send a request of a back office."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self.centre.app.test_client().open(path, method=method, headers=headers, **more)

    def ask(self, **changed: Any) -> dict[str, Any]:
        """Ask, and return the question."""
        answer = self.send("POST", ASK, json=body(**changed))
        assert answer.status_code == 202, answer.json
        found: dict[str, Any] = answer.get_json()
        assert answer.headers["Location"] == f"/api/v1/verifications/{found['id']}"
        return found

    def of(self, question: dict[str, Any], query: str = "") -> dict[str, Any]:
        """Return how a question stands."""
        answer = self.send("GET", f"/api/v1/verifications/{question['id']}{query}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.get_json()
        return found

    def call(self, told: Sequence[Told] = (), wait: int = 0) -> Answer:
        """Let the terminal tell and ask."""
        identity = self.wired.identity
        assert identity.certificate is not None
        call = Call(TERMINAL, NONCE, timestamp(self.centre.now), wait, tuple(told))
        answer = self.centre.app.test_client().post(
            "/v1/questions", data=sign_call(call, identity.key, identity.certificate)
        )
        assert answer.status_code == 200, answer.json
        return open_answer(answer.get_data(as_text=True), self.wired.inbox.centre)

    def later(self, seconds: float) -> None:
        """Let time pass at the centre."""
        self.centre.now += timedelta(seconds=seconds)


@pytest.fixture
def relay(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> Relay:
    """Return them, the terminal's inbox key known."""
    wired = Wired(centre, identity, tmp_path)
    wired.call()
    offices = BackOffices(centre.store.database)
    mine = office_of("mot-cua", "Một cửa xã Pha Hín", "https://motcua.example")
    other = office_of("khac", "Nơi khác", "https://khac.example")
    return Relay(
        centre,
        wired,
        offices.add(mine, [TERMINAL], bytes(32), centre.now),
        offices.add(other, ["tram-999"], bytes([1]) * 32, centre.now),
    )


def told(question: dict[str, Any], state: str, **more: Any) -> Told:
    """Return what the terminal tells of it."""
    return Told(question["id"], state, AT, **more)
