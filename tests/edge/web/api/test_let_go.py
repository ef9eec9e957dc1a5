"""A page is let go at the desk while it asks: its question is over, and it hears nothing more."""

from __future__ import annotations

import threading

import pytest

from edge.procedure.sessions import Ended, State
from tests.edge.procedure.pairing_made import OTHER
from tests.edge.test_service import SOON, Running, wait
from tests.edge.test_service_pairing import officer
from tests.edge.web.api.conftest import headers

from .test_verifications import PATH, Answered, Page, counter, shared

__all__ = ["counter", "shared"]


@pytest.fixture
def page(counter: Running) -> Page:
    """Return a page that is paired with a running terminal, at which the officer came in."""
    officer(counter)
    return Page(counter)


def let_go(running: Running) -> None:
    """Press the button beside the first page of the list."""
    first = running.service.pairings.view().pairings[0]
    running.post("/ghep-trang/go", "/ghep-trang", trang=first.id)


def test_its_question_is_over(page: Page) -> None:
    """The reader is free for another page at once; the card laid next answers nobody."""
    asked = page.ask()
    owner = page.terminal.service.pairings.view().pairings[0].id
    let_go(page.terminal)
    session = page.terminal.service.counter.counter.sessions.of(asked["id"], owner)
    assert session is not None
    assert (session.state, session.why) == (State.CANCELLED, Ended.BY_OFFICER)
    answer = page.of(asked)
    assert (answer.status, answer.body["code"]) == (401, "token-unknown")
    Page(page.terminal, OTHER).ask()


def test_another_pages_question_goes_on(page: Page) -> None:
    """Only what the page itself asked ends with it."""
    other = Page(page.terminal, OTHER)
    asked = other.ask()
    let_go(page.terminal)
    assert other.of(asked).body["state"] == "waiting"


def test_a_stream_that_is_open(page: Page) -> None:
    """Ends, and tells neither the end of the question nor anything of a card."""
    asked = page.ask()
    line = page.connect()
    line.request("GET", f"{PATH}/{asked['id']}/events", headers=headers(page.token))
    answer = line.getresponse()
    assert b"".join(iter(answer.readline, b"\n")).startswith(b"id: 1\nevent: waiting\n")
    let_go(page.terminal)
    rest = answer.read().decode()
    line.close()
    assert "event:" not in rest


def test_a_long_poll(page: Page) -> None:
    """Comes back as that of a stranger."""
    asked = page.ask()
    found: list[Answered] = []
    query = f"?wait=20&after={asked['version']}"
    poll = threading.Thread(target=lambda: found.append(page.of(asked, query)))
    poll.start()
    used = page.terminal.service.pairings
    wait(lambda: used.view().pairings[0].used is not None)
    let_go(page.terminal)
    poll.join(SOON)
    assert (found[0].status, found[0].body["code"]) == (401, "token-unknown")
