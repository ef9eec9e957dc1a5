"""The status button and the diagnosis at the composed terminal."""

from __future__ import annotations

from typing import Any

import pytest

from edge.care.check import State
from edge.people.roles import Role
from edge.service import Service
from edge.signals import button
from edge.signals.patterns import AMBER, DARK, DIM_WHITE, GREEN, RED
from tests.edge.test_service import Starter, pins, start, terminal, wait

__all__ = ["pins", "start", "terminal"]

BUTTON = 23
LAMP = (17, 27, 22)
COLOURS = {State.OK: GREEN, State.ATTENTION: AMBER, State.FAULT: RED}


def test_button_held(pins: Any, start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lamp and board tell how the terminal is; a card takes both back at once."""
    monkeypatch.setattr(button.StatusButton.__init__, "__kwdefaults__", {
        "seconds": 0.1, "bounce": None, "pin_factory": None
    })  # fmt: skip
    monkeypatch.setattr(button.build_button, "__kwdefaults__", {"seconds": 0.1})
    running = start(lamp_pins=LAMP, button_pin=BUTTON)
    service: Service = running.service

    def colour() -> tuple[float, ...]:
        return tuple(round(pins.pin(number).state, 2) for number in LAMP)

    wait(lambda: colour() == DIM_WHITE)
    assert not service.shows_diagnosis()
    pins.pin(BUTTON).drive_low()
    wait(service.shows_diagnosis)
    wait(lambda: service.diagnosis.view().last is not None)
    pins.pin(BUTTON).drive_high()
    found = service.diagnosis.view().last
    assert found is not None
    states = {check.name: check.state for check in found.checks}
    assert states["service"] is states["recording"] is states["log"] is State.OK
    assert states["button"] is states["lamp"]
    wait(lambda: colour() in (COLOURS[found.state], DARK))
    assert "chan-doan/nut" in running.get("/bang")
    service.open_meeting("regular")
    running.tap("member-1")
    wait(lambda: colour() == GREEN)
    assert not service.shows_diagnosis()
    assert "chan-doan/nut" not in running.get("/bang")


def test_technician_looks(start: Starter) -> None:
    """The page begins one over the running terminal, and shows it."""
    running = start()
    running.open_desk(Role.TECHNICIAN)
    assert "Trạm đang tự kiểm." in running.get("/chan-doan")
    wait(lambda: running.service.diagnosis.view().last is not None)
    page = running.get("/chan-doan")
    for text in ("Chuỗi nhật ký", "Chứng thư số của trạm", "Danh sách thẻ thu hồi", "Phiên bản"):
        assert text in page
