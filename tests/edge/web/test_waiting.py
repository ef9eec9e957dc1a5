"""Waiting for the next scene: places, restarts, browsers that left."""

from __future__ import annotations

import threading

from edge.tap.scene import SceneState
from edge.web.waiting import WaitingRoom

from .fake_terminal import FakeTerminal


def test_a_scene_comes_while_a_page_waits(terminal: FakeTerminal) -> None:
    """The page gets it at once."""
    room = WaitingRoom()
    found = []
    page = threading.Thread(target=lambda: found.append(room.next_scene(terminal, 0)))
    page.start()
    terminal.show(SceneState.HOLD)
    page.join(5)
    assert found[0].scene.state is SceneState.HOLD
    assert found[0].in_turn


def test_every_place_is_taken(terminal: FakeTerminal) -> None:
    """The next page is answered at once and told to come back later."""
    room = WaitingRoom(places=0)
    waited = room.next_scene(terminal, 0)
    assert waited.scene.version == 0
    assert not waited.in_turn


def test_a_version_from_before_a_restart(terminal: FakeTerminal) -> None:
    """A page that knows a later version than the terminal does not wait for it to come."""
    assert WaitingRoom(places=0).next_scene(terminal, 500).in_turn


def test_the_browser_has_left(terminal: FakeTerminal) -> None:
    """Its place is given back without waiting the time out."""
    room = WaitingRoom(places=1)
    room.next_scene(terminal, 0, gone=lambda: True)
    assert room.next_scene(terminal, 0, gone=lambda: True).in_turn
