"""The status button on gpiozero's mock pins, and machines that have none."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from edge.signals.button import HELD, StatusButton, build_button

PIN = 23
SOON = 5.0  # seconds; far beyond what any thread here needs
LONG = 0.1  # seconds that count as long here


@pytest.fixture
def pins() -> Iterator[Any]:
    """Return a factory of mock pins."""
    factory = MockFactory()
    yield factory
    factory.reset()


def test_long_press_asks_once(pins: Any) -> None:
    """However long it is held; letting go and holding again asks again."""
    asked = threading.Semaphore(0)
    button = StatusButton(PIN, asked.release, seconds=LONG, bounce=None, pin_factory=pins)
    for _ in range(2):
        pins.pin(PIN).drive_low()
        assert asked.acquire(timeout=SOON)
        time.sleep(3 * LONG)
        assert not asked.acquire(blocking=False)
        pins.pin(PIN).drive_high()
    button.close()


def test_short_press_asks_nothing(pins: Any) -> None:
    """Brushing against it, twice."""
    asked: list[None] = []
    button = StatusButton(PIN, lambda: asked.append(None), seconds=LONG, pin_factory=pins)
    for _ in range(2):
        pins.pin(PIN).drive_low()
        pins.pin(PIN).drive_high()
    time.sleep(2 * LONG)
    button.close()
    assert asked == []


def test_five_seconds() -> None:
    """As the label beside the button says."""
    assert HELD == 5.0


def test_terminal_without_a_button(pins: Any) -> None:
    """None configured is ordinary."""
    assert build_button(None, lambda: None, pins) is None


def test_pin_that_cannot_be_had(pins: Any, caplog: pytest.LogCaptureFixture) -> None:
    """One line in the log, and the terminal runs without."""
    first = build_button(PIN, lambda: None, pins)
    with caplog.at_level(logging.WARNING):
        assert build_button(PIN, lambda: None, pins) is None
    assert "no status button" in caplog.text
    assert first is not None
    first.close()
    again = build_button(PIN, lambda: None, pins)
    assert again is not None
    again.close()
