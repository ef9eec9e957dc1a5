"""What the terminal cannot know now stands on every page, before what the page is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.tap.scene import SceneState
from reader.evidence import PasswordKind

from .fake_terminal import FakeTerminal


def _idle(_terminal: FakeTerminal) -> None:
    """Leave the terminal in its meeting."""


def _choose(terminal: FakeTerminal) -> None:
    terminal.show(
        SceneState.CHOOSE, kinds=frozenset({PasswordKind.CAN}), tries_left=3, card_present=True
    )


def _broken(terminal: FakeTerminal) -> None:
    terminal.kind = None
    terminal.view = replace(
        terminal.view, locked="LOG_DISK_FULL", reader=None, lists=(), last_sync=None
    )
    terminal.show(SceneState.LOCKED, reason="LOG_DISK_FULL")


def _pages(app: Flask) -> list[str]:
    """Return the address of every page that needs nothing named in it."""
    return sorted(
        {
            rule.rule
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.arguments
            if not rule.rule.endswith("/phan")  # a part that a page fetches for itself
        }
    )


@pytest.mark.parametrize("state", [_idle, _choose, _broken])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_strip_on_every_page(
    state: Callable[[FakeTerminal], None],
    language: str,
    app: Flask,
    client: FlaskClient,
    terminal: FakeTerminal,
) -> None:
    """In words, ahead of the main part; so does a page that answers an error."""
    state(terminal)
    seen = 0
    for address in [*_pages(app), "/khong-co"]:
        answer = client.get(f"{address}?lang={language}", follow_redirects=True)
        page = answer.text
        if answer.mimetype != "text/html":
            continue  # a picture, or an answer to a program
        assert 'class="knows' in page, address
        assert page.index('class="knows') < page.index("<main"), address
        seen += 1
    assert seen >= 8
