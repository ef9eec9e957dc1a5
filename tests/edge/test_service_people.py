"""People at the composed terminal: real forms on loopback, a card in process, restarts."""

from __future__ import annotations

import logging
import re
import urllib.error
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from edge.identity.key import WRAP_FILE
from edge.layout import StateLayout
from edge.people import recovery
from edge.people.doorkeeper import Answer
from edge.people.lockout import FREE_TRIES
from edge.people.roles import Role
from edge.people.store import FILE, PeopleFile
from edge.tap.scene import SceneState
from provisioning import people
from provisioning.demo.prepare import PIN, TERMINAL, Stage
from provisioning.office.recovery import load_key
from provisioning.softcard.chip import Chip
from tests.edge.people.made import WRONG
from tests.edge.test_service import Running, Starter, start, terminal, wait

__all__ = ["start", "terminal"]


def stranger(running: Running) -> Running:
    """Return the same terminal before another browser, which opened nothing."""
    return Running(
        running.stage, running.service, running.reader, running.url, running.results, CookieJar()
    )


def state_of(running: Running) -> Path:
    """Return the state folder."""
    return running.service.log.path.parent


def stop(running: Running) -> Path:
    """End the service and return its state folder."""
    running.service.stop()
    return state_of(running)


def test_a_pin_opens_the_desk(start: Starter) -> None:
    """By the form, with the shipped cost of scrypt; then a meeting is opened and closed."""
    visitor = stranger(start())
    assert "Mở bàn thư ký" in visitor.get("/ban")
    assert "Chưa mở cuộc họp" in visitor.post("/mo-ban", "/mo-ban", so=PIN)
    visitor.post("/ban/mo", "/ban/mo", kind="regular")
    assert visitor.status()["meeting"] is not None
    visitor.post("/ban/dong", "/ban/dong", vang="1")
    assert visitor.status()["meeting"] is None


def test_a_committee_members_card_opens_the_desk(start: Starter) -> None:
    """No meeting is open: page, card, name touched, desk; nobody else's browser."""
    running = start()
    visitor, other = stranger(running), stranger(running)
    assert "Đặt thẻ cấp uỷ lên đầu đọc" in visitor.get("/ban")
    other.get("/bang")
    running.reader.lay(Chip(running.cast("member-1").image))
    wait(lambda: running.service.scene().state is SceneState.CHOOSE)
    page = visitor.get("/chon?ve=mo-ban")
    assert re.findall(r'name="person" value="([^"]+)"', page) == [people.NGOC.id, people.NIE.id]
    visitor.post("/chon", "/chon?ve=mo-ban", person=people.NGOC.id, ve="mo-ban")
    running.results.get(timeout=10)
    assert "Chưa mở cuộc họp" in visitor.get("/mo-ban")
    assert 'action="/mo-ban/khoa"' in visitor.get("/ban")
    assert "Mở bàn thư ký" in other.get("/ban")
    assert running.status()["log_events"] == 0
    assert running.status()["counters"]["opened_by_card"] == 1


def test_the_power_goes_in_a_meeting(terminal: Running, start: Starter) -> None:
    """The desk is locked afterwards; taps go on before anybody logs in."""
    terminal.tap("member-1")
    cookies = terminal.cookies
    state = stop(terminal)
    again = start(state=state)
    again.cookies = cookies
    assert "Mở bàn thư ký" in again.get("/ban")
    again.tap("member-2")
    status = again.status()
    assert (status["meeting"]["present"], status["locked"]) == (2, None)
    assert people.NIE.person.name in again.get("/bang")


def test_an_idle_desk_is_locked_and_the_board_goes_on(start: Starter) -> None:
    """After the minutes of the configuration."""
    running = start(idle_minutes=1)
    sessions = running.service.people.sessions
    assert sessions._idle == 60.0
    running.service.open_meeting("regular")
    running.service.people.sessions.lock_all()
    assert "Mở bàn thư ký" in running.get("/ban")
    running.tap("member-1")
    assert people.NGOC.person.name in running.get("/bang")


def test_locked_out_over_a_restart_and_a_year(
    start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five wrong ones, the plug, a clock a year ahead: the right PIN is not looked at."""
    running = start()
    for _ in range(FREE_TRIES):
        assert running.service.people.try_pin(Role.SECRETARY, WRONG) is Answer.WRONG
    state = stop(running)
    before = running.service.clock.now().at
    monkeypatch.setattr("edge.clock.system_time", lambda: before.replace(year=before.year + 1))
    again = start(state=state)
    assert (again.service.clock.now().at - before).days >= 364
    assert again.service.people.try_pin(Role.SECRETARY, PIN) is Answer.WAIT
    page = stranger(again).get("/mo-ban")
    assert "Đã sai PIN 5 lần." in page
    left = again.service.people.door(Role.SECRETARY).tries.left
    assert 240 < left <= 300


def test_the_service_ends_during_a_wait(start: Starter) -> None:
    """What was waited is written down."""
    running = start()
    for _ in range(FREE_TRIES):
        running.service.people.try_pin(Role.SECRETARY, WRONG)
    layout = StateLayout(state_of(running))
    file = PeopleFile(layout.identity, (layout.identity / WRAP_FILE).read_bytes())
    assert file.read().tries_of(Role.SECRETARY).left == 300
    stop(running)
    assert 0 < file.read().tries_of(Role.SECRETARY).left < 300


def test_a_forgotten_pin(start: Starter, live: Stage) -> None:
    """The office answers with its own key alone; the response is good once."""
    running = start()
    key = load_key(live.terminal.parent / "office" / "recovery.key")
    challenge = running.service.people.challenge(Role.SECRETARY)
    assert challenge is not None
    secret = recovery.secret_of(key, TERMINAL)
    asked = recovery.asked(secret, TERMINAL, challenge)
    assert asked is not None
    response = recovery.response(secret, TERMINAL, asked.role, asked.counter)
    visitor = stranger(running)
    page = visitor.post("/mo-ban/khoi-phuc", "/mo-ban/khoi-phuc", so=response)
    assert "Đặt PIN mới" in page
    assert running.service.people.try_response(Role.SECRETARY, response) is Answer.WRONG


def test_the_file_of_pins_is_damaged(start: Starter, live: Stage, tmp_path: Path) -> None:
    """The service starts, the page says so, a committee member's card still opens the desk."""
    running = start()
    state = stop(running)
    (StateLayout(state).identity / FILE).write_bytes(b"garbage")
    again = start(state=state)
    visitor = stranger(again)
    assert "Tệp PIN trong trạm không mở được." in visitor.get("/ban")
    with pytest.raises(urllib.error.HTTPError) as refused:
        visitor.post("/mo-ban", "/mo-ban", so=PIN)
    with refused.value as answer:
        assert answer.code == 409
    visitor.get("/mo-ban")
    again.tap("member-1")
    assert "Chưa mở cuộc họp" in visitor.get("/mo-ban")


def test_nothing_secret_is_logged(start: Starter, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong PIN, a right one, a card: counts and roles."""
    caplog.set_level(logging.DEBUG)
    visitor = stranger(start())
    visitor.post("/mo-ban", "/mo-ban", so="161803")
    visitor.post("/mo-ban", "/mo-ban", so=PIN)
    assert "a wrong try: secretary, 1" in caplog.text
    assert not any(pin in caplog.text for pin in ("161803", PIN))


def test_the_thread_that_keeps_time_ends(start: Starter) -> None:
    """With the service, like every other."""
    running = start()
    names = [thread.name for thread in running.service._threads]
    assert "tramthe-people" in names
    running.service.stop()
    assert not any(thread.is_alive() for thread in running.service._threads)
