"""A back office's page at the composed terminal: paired over loopback, known after a restart."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from edge.layout import StateLayout
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.pairing_fault import PairingFault
from edge.procedure.pairing_store import FILE
from tests.edge.people.made import cookie
from tests.edge.procedure.pairing_made import NAME, ORIGIN
from tests.edge.test_service import SOON, Running, Starter, start, terminal
from tests.edge.test_service_people import stop

__all__ = ["start", "terminal"]

PATH = "/api/v1/pairings"


def ask(
    running: Running, path: str, token: str | None = None, body: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Call the API as the page's browser does."""
    sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    data = None
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    if body is not None:
        sent["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(running.url + path, data, sent)  # noqa: S310 -- loopback
    try:
        with urllib.request.urlopen(request, timeout=SOON) as answer:  # noqa: S310 -- loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def officer(running: Running) -> None:
    """Let the officer in at this browser."""
    token = running.service.people.open_desk(None, Role.OFFICER, Way.PIN)
    running.cookies.set_cookie(cookie(running.url, token))


def pair(running: Running) -> str:
    """Pair a page by the desk's page and the API; return its token."""
    officer(running)
    assert running.url + "/api/v1" in running.post("/ghep-trang/mo", "/ghep-trang")
    offer = running.service.pairings.view().offer
    assert offer is not None
    status, told = ask(running, PATH, body={"code": offer.code, "pin": offer.pin, "name": NAME})
    assert (status, told["state"]) == (201, "waiting")
    question = running.get("/ghep-trang")
    assert ORIGIN in question
    assert told["check"] in question
    running.post("/ghep-trang/dong-y", "/ghep-trang", trang=told["id"])
    return str(told["token"])


def test_a_page_is_paired_and_the_terminal_starts_again(start: Starter) -> None:
    """The token counts on; revoked at the desk, it does not."""
    running = start()
    token = pair(running)
    assert ask(running, f"{PATH}/current", token)[1]["state"] == "paired"
    again = start(state=stop(running))
    status, told = ask(again, f"{PATH}/current", token)
    assert (status, told["name"], told["origin"]) == (200, NAME, ORIGIN)
    officer(again)
    again.post("/ghep-trang/go", "/ghep-trang", trang=told["id"])
    status, told = ask(again, f"{PATH}/current", token)
    assert (status, told["code"]) == (401, "token-unknown")


def test_the_file_of_pairings_is_damaged(start: Starter) -> None:
    """The terminal starts, nobody is paired, and its status says so."""
    running = start()
    token = pair(running)
    state = stop(running)
    path = StateLayout(state).identity / FILE
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    again = start(state=state)
    assert again.status()["troubles"] == [PairingFault.PAIRINGS_DAMAGED]
    status, told = ask(again, f"{PATH}/current", token)
    assert (status, told["code"]) == (503, "pairings-damaged")
    officer(again)
    again.post("/ghep-trang/lap-lai", "/ghep-trang")
    assert again.status()["troubles"] == []
