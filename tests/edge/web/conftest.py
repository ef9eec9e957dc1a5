"""A terminal in memory with its pages in front: by Flask's client, or served to Chromium."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.test import TestResponse

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.pairings import Pairings
from edge.web.api.limits import LIMITS, Limits
from edge.web.app import create_app
from edge.web.security import COOKIE
from edge.web.serving import PageServer
from tests.conftest import PATIENCE
from tests.edge.people.made import Seconds, claim, keeper_of
from tests.edge.procedure.pairing_made import pairings_of

from .fake_terminal import FakeTerminal

HOST = "localhost"
SECRET = b"s" * 32

Post = Callable[..., TestResponse]
Opener = Callable[..., Page]


@dataclass(frozen=True)
class Served:
    """A terminal in memory and the address of its pages."""

    terminal: FakeTerminal
    keeper: Doorkeeper
    url: str
    app: Flask
    pairings: Pairings


@pytest.fixture
def seconds() -> Seconds:
    """Return the seconds that the terminal has run."""
    return Seconds()


@pytest.fixture
def keeper(tmp_path: Path, seconds: Seconds) -> Doorkeeper:
    """Return who lets people in; every role has the PIN."""
    made = keeper_of(tmp_path, seconds)
    made.take(claim())
    return made


@pytest.fixture
def terminal() -> FakeTerminal:
    """Return a terminal with an open meeting and nobody present."""
    return FakeTerminal()


@pytest.fixture
def pairings(tmp_path: Path, seconds: Seconds) -> Pairings:
    """Return the paired pages of the terminal: none yet."""
    return pairings_of(tmp_path, seconds)


@pytest.fixture
def app(terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings) -> Flask:
    """Return its pages, those of the counter among them."""
    made = create_app(
        terminal, keeper, lambda: pairings, allowed_hosts=frozenset({HOST}), secret=SECRET
    )
    made.load()
    return made


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """Return a browser that opened nothing."""
    return app.test_client()


@pytest.fixture
def client(app: Flask, keeper: Doorkeeper) -> FlaskClient:
    """Return a browser at which the secretary opened the desk by PIN."""
    browser = app.test_client()
    browser.set_cookie(COOKIE, keeper.open_desk(None, Role.SECRETARY, Way.PIN))
    return browser


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Return a poster that first takes the token from a page, as a browser would."""

    def send(path: str, **fields: str) -> TestResponse:
        page = client.get("/ban/mo", follow_redirects=True).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        return client.post(path, data={"csrf_token": token[1], **fields})

    return send


@contextmanager
def serving(
    terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings, limits: Limits = LIMITS
) -> Iterator[Served]:
    """Serve the pages by waitress on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    host = f"127.0.0.1:{port}"
    app = create_app(
        terminal,
        keeper,
        lambda: pairings,
        allowed_hosts=frozenset({host}),
        secret=SECRET,
        limits=limits,
    )
    server = PageServer(app, "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield Served(terminal, keeper, f"http://{host}", app, pairings)
    terminal.show(terminal.scene().state)
    server.stop()
    thread.join(PATIENCE / 1000)
    assert not thread.is_alive()


@pytest.fixture
def served(terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings) -> Iterator[Served]:
    """Serve the pages of this test's terminal."""
    with serving(terminal, keeper, pairings) as found:
        yield found


@pytest.fixture
def open_page(chromium: Browser, served: Served) -> Iterator[Opener]:
    """Return an opener of pages; one that breaks the security policy fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opener(path: str, *, script: bool = True, role: Role | None = Role.SECRETARY) -> Page:
        context = chromium.new_context(
            viewport={"width": 800, "height": 480},
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if role is not None:
            token = served.keeper.open_desk(None, role, Way.PIN)
            context.add_cookies([{"name": COOKIE, "value": token, "url": served.url}])
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if "Policy" in m.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(served.url + path)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert complaints == []
