"""The composed terminal: real threads, real HTTP on loopback, a software card in process."""

from __future__ import annotations

import json
import os
import pty
import queue
import re
import shutil
import threading
import time
import tty
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge.config import Config, Keyboard
from edge.errors import MeetingState, RecordingLocked
from edge.layout import StateLayout
from edge.log.chain import verify_file
from edge.log.fault import LogFault
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.service import Service
from edge.service_parts import signal_of
from edge.signals.patterns import DIM_WHITE, GREEN, Signal
from edge.tap.access import PasswordSource
from edge.tap.errand import TapResult
from edge.tap.scene import Scene, SceneState
from provisioning import people
from provisioning.cast import CastCard
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.direct_reader import READER_NAME, DirectReader
from provisioning.softcard.chip import Chip
from tests.edge.people.made import cookie

SOON = 10.0  # seconds; far beyond what anything here needs


@dataclass
class Running:
    """A running terminal, its reader and a browser's requests."""

    stage: Stage
    service: Service
    reader: DirectReader
    url: str
    results: queue.SimpleQueue[TapResult]
    cookies: CookieJar = field(default_factory=CookieJar)

    def open_desk(self, role: Role = Role.SECRETARY) -> None:
        """Let somebody in at this browser, as after a right PIN."""
        token = self.service.people.open_desk(None, role, Way.PIN)
        self.cookies.set_cookie(cookie(self.url, token))

    def get(self, path: str) -> str:
        """Return a page."""
        return self._open(urllib.request.Request(self.url + path))  # noqa: S310 -- loopback

    def post(self, path: str, page: str, **fields: str) -> str:
        """Send a form with the token of `page` and return where it leads."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert token is not None
        data = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        return self._open(urllib.request.Request(self.url + path, data))  # noqa: S310 -- loopback

    def clear(self) -> None:
        """Take the card away, end what is asked and any meeting: as for the next test."""
        self.reader.lift()
        wait(lambda: not self.service.scene().card_present)
        while not self.results.empty():
            self.results.get()
        if self.service.asked_at_counter():
            self.service.counter.counter.decline()
        if self.service.meeting() is not None:
            self.service.close_meeting()

    def _open(self, request: urllib.request.Request) -> str:
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        with browser.open(request, timeout=SOON) as answer:
            return str(answer.read().decode())

    def status(self) -> dict[str, Any]:
        """Return the status as programs get it."""
        document: dict[str, Any] = json.loads(self.get("/api/v1/status"))
        return document

    def cast(self, key: str) -> CastCard:
        """Return the card of this key."""
        return next(card for card in self.stage.cast.cards if card.key == key)

    def lay(self, key: str) -> TapResult:
        """Lay a card and return how it ended."""
        self.reader.lay(Chip(self.cast(key).image))
        return self.results.get(timeout=SOON)

    def tap(self, key: str) -> TapResult:
        """Type the card's number, lay it, and return how it ended."""
        self.service.enter_can(self.cast(key).image.can or "")
        return self.lay(key)


Starter = Callable[..., Running]


def wait(condition: Callable[[], bool]) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


@contextmanager
def running(stage: Stage, state: Path, **options: Any) -> Iterator[Running]:
    """Run a terminal over this state folder; the secretary is in at its browser."""
    port = free_port()
    reader = DirectReader()
    results: queue.SimpleQueue[TapResult] = queue.SimpleQueue()
    config = Config(terminal=TERMINAL, state=state, port=port, volatile_state=True, **options)
    service = Service(config, reader, on_result=results.put)
    try:
        service.start()
        started = Running(stage, service, reader, f"http://127.0.0.1:{port}", results)
        started.open_desk()
        yield started
    finally:
        service.stop()


@contextmanager
def starting(live: Stage, folder: Path) -> Iterator[Starter]:
    """Give a starter of terminals over a copy of a provisioned state folder, made in `folder`."""
    with ExitStack() as stack:

        def begin(stage: Stage = live, state: Path | None = None, **options: Any) -> Running:
            if state is None:
                state = folder / "state"
                shutil.copytree(stage.terminal, state)
            return stack.enter_context(running(stage, state, **options))

        yield begin


@pytest.fixture
def start(live: Stage, tmp_path: Path) -> Iterator[Starter]:
    """Return a starter of terminals, each test's its own."""
    with starting(live, tmp_path) as begin:
        yield begin


@pytest.fixture
def terminal(start: Starter) -> Running:
    """Return a terminal with an open meeting."""
    running = start()
    running.service.open_meeting("regular")
    return running


def test_status_before_anything_happened(start: Starter) -> None:
    """Answers with reader, lists and log, and says that no meeting is open."""
    running = start()
    wait(lambda: running.service.status().reader is not None)
    status = running.status()
    assert (status["terminal"], status["reader"]["name"]) == (TERMINAL, READER_NAME)
    assert (status["meeting"], status["locked"], status["log_events"]) == (None, None, 0)
    assert len(status["lists"]) == 4
    assert all(entry["fresh"] for entry in status["lists"])
    assert (status["online"], status["unsent"]) == (False, 0)


def test_opened_at_the_desk_and_tapped(start: Starter) -> None:
    """A meeting opened by the form; the board then shows the name after the tap."""
    running = start()
    running.post("/ban/mo", "/ban/mo", kind="regular")
    assert people.NGOC.person.name not in running.get("/bang")
    result = running.tap("member-1")
    assert result.decision is not None
    board = running.get("/bang")
    assert people.NGOC.person.name in board
    assert 'data-state="accepted"' in board
    status = running.status()
    assert (status["meeting"]["present"], status["unsent"]) == (1, 3)
    assert people.NGOC.person.name not in json.dumps(status, ensure_ascii=False)


def test_a_refusal_is_told_at_the_desk_only(terminal: Running) -> None:
    """The reason and the name stand at the desk; the board says to see the secretary."""
    terminal.tap("lost")
    desk, board = terminal.get("/ban?lang=en"), terminal.get("/bang?lang=en")
    assert "reported lost" in desk.lower()
    assert people.DOI.person.name in re.sub(r"<[^>]+>", "", desk)
    assert "reported" not in board.lower()
    assert "CARD_REPORTED_LOST" not in board
    assert people.DOI.person.name not in re.sub(r"<[^>]+>", "", board)
    assert 'data-state="refused"' in board


def test_two_refusals_look_the_same_on_the_board(terminal: Running) -> None:
    """Whatever the reason, the room sees the same."""
    boards = []
    for key in ("lost", "stranger"):
        terminal.tap(key)
        board = terminal.get("/bang")
        terminal.reader.lift()
        wait(lambda: not terminal.service.scene().card_present)
        boards.append(board[board.index("<main") : board.index("</main>")])
    assert boards[0] == boards[1]


def test_a_card_waits_and_a_name_is_touched(terminal: Running) -> None:
    """Laid first; the name is then touched through the page."""
    terminal.reader.lay(Chip(terminal.cast("member-1").image))
    wait(lambda: terminal.service.scene().state is SceneState.CHOOSE)
    terminal.post("/chon", "/chon", nguoi=people.NGOC.id, person=people.NGOC.id)
    result = terminal.results.get(timeout=SOON)
    assert result.source is PasswordSource.CHOICE
    assert terminal.service.scene().state is SceneState.ACCEPTED


def test_the_scanner(start: Starter) -> None:
    """A line from the serial port opens the card that is laid next."""
    port, device = pty.openpty()
    tty.setraw(device)
    try:
        running = start(scanner=Path(os.ttyname(device)))
        running.service.open_meeting("regular")
        line = running.cast("member-2").scanner_line
        wait(lambda: _scanned(running, port, f"{line}\r\n"))
        result = running.lay("member-2")
        assert result.source is PasswordSource.SCANNER
        assert running.service.scene().person == people.NIE.person.name
    finally:
        os.close(port)
        os.close(device)


def test_a_scanner_that_types_and_is_not_there(start: Starter) -> None:
    """The terminal starts and takes cards; the status says that the scanner is missing."""
    running = start(scanner=Keyboard("no device has this name"))
    running.service.open_meeting("regular")
    assert running.status()["scanner"] in ("absent", "no-driver")
    running.tap("member-1")
    assert running.service.scene().state is SceneState.ACCEPTED


def _scanned(running: Running, port: int, line: str) -> bool:
    """Scan until the line arrived: what comes before the port is open is dropped."""
    os.write(port, line.encode())
    time.sleep(0.02)
    return running.service.inputs.inputs.scanner is not None


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """Let gpiozero use mock pins."""
    before = Device.pin_factory
    factory = MockFactory(pin_class=MockPWMPin)
    Device.pin_factory = factory
    yield factory
    factory.reset()
    Device.pin_factory = before


def test_the_lamp(pins: Any, start: Starter) -> None:
    """Dim white at rest, green for a member, and once for each outcome."""
    running = start(lamp_pins=(17, 27, 22), buzzer_pin=18)

    def colour() -> tuple[float, ...]:
        return tuple(round(pins.pin(number).state, 2) for number in (17, 27, 22))

    wait(lambda: colour() == DIM_WHITE)
    running.service.open_meeting("regular")
    running.tap("member-1")
    wait(lambda: colour() == GREEN)
    running.service.stop()
    assert colour() in ((0, 0, 0), (0.0, 0.0, 0.0))


@pytest.mark.parametrize("state", SceneState)
def test_what_lamp_and_buzzer_tell(state: SceneState) -> None:
    """Every scene has its signal; a card laid while people leave has one of its own."""
    at = datetime(2026, 11, 5, tzinfo=UTC)
    assert signal_of(Scene(state, at)).value == state.value
    left = signal_of(Scene(state, at, left=at))
    assert (left is Signal.LEAVING) == (state is SceneState.ALREADY)


def test_lists_are_old(start: Starter, stale: Stage) -> None:
    """To be confirmed; one touch at the desk makes the person present, a second does no harm."""
    running = start(stale)
    running.service.open_meeting("regular")
    result = running.tap("member-1")
    assert running.service.scene().state is SceneState.UNCONFIRMED
    assert people.NGOC.person.name not in running.get("/bang")
    assert running.status()["meeting"]["present"] == 0
    for _ in range(2):
        running.post(f"/ban/ghi/{result.seq}", "/ban/dong")
        assert running.status()["meeting"]["present"] == 1
    assert running.service.log.head().seq == 4
    assert not any(entry["fresh"] for entry in running.status()["lists"])


def test_restarted_in_a_meeting(terminal: Running, start: Starter) -> None:
    """The meeting is open again, with everybody who was there."""
    terminal.tap("member-1")
    state = terminal.service.log.path.parent
    before = terminal.service.book.require()
    terminal.service.stop()
    again = start(state=state)
    after = again.service.book.require()
    assert (after.context, after.attendance) == (before.context, before.attendance)
    again.tap("member-2")
    assert again.status()["meeting"]["present"] == 2
    assert verify_file(again.service.log.path).ok


def test_a_second_service_over_one_state_folder(terminal: Running, start: Starter) -> None:
    """It starts, shows that recording is locked, and takes nothing."""
    second = start(state=terminal.service.log.path.parent)
    wait(lambda: second.service.scene().state is SceneState.LOCKED)
    assert second.status()["locked"] == LogFault.IN_USE
    second.tap("member-1")
    assert second.service.scene().state is SceneState.LOCKED
    assert 'data-state="accepted"' not in second.get("/bang")
    with pytest.raises(RecordingLocked):
        second.service.book.close(second.service.clock.now())
    assert terminal.tap("member-1").decision is not None


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\x00" + bytes(5000)])
def test_a_log_that_is_none(live: Stage, start: Starter, tmp_path: Path, content: bytes) -> None:
    """The service starts and the status answers, whatever lies in the log's place."""
    state = tmp_path / "state"
    shutil.copytree(live.terminal, state)
    (state / "log.sqlite").write_bytes(content)
    running = start(state=state)
    status = running.status()
    assert (status["locked"] is None) is (content == b"")
    assert running.get("/bang")
    assert running.get("/ban")
    assert running.get("/trang-thai")


@pytest.mark.parametrize("absent", ["roster.sealed", "trust-list.jws", "lists"])
def test_something_is_missing(live: Stage, start: Starter, tmp_path: Path, absent: str) -> None:
    """Starts all the same; what cannot be done is said where it is tried."""
    state = tmp_path / "state"
    shutil.copytree(live.terminal, state)
    gone = StateLayout(state).holdings / absent
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    running = start(state=state)
    assert running.status()["locked"] is None
    for page in ("/bang", "/ban", "/trang-thai"):
        assert running.get(page)
    if absent == "lists":
        running.service.open_meeting("regular")
        running.tap("member-1")
        assert running.service.scene().state is SceneState.REFUSED
        return
    with pytest.raises(MeetingState) as why:
        running.service.open_meeting("regular")
    assert why.value.next_step


def test_acts_out_of_season(start: Starter) -> None:
    """Closing, choosing, confirming without a meeting; an unknown kind; digits that are none."""
    running = start()
    acts: list[Callable[[], None]] = [
        running.service.close_meeting,
        lambda: running.service.choose_person(people.NGOC.id),
        lambda: running.service.confirm(1),
        lambda: running.service.open_meeting("picnic"),
        lambda: running.service.enter_can("12345"),
        lambda: running.service.enter_can("١٢٣٤٥٦"),
    ]
    for act in acts:
        with pytest.raises(MeetingState):
            act()
    running.service.open_meeting("regular")
    with pytest.raises(MeetingState):
        running.service.open_meeting("regular")
    with pytest.raises(MeetingState):
        running.service.choose_person(people.DOI.id)
    with pytest.raises(MeetingState):
        running.service.confirm(1)


def test_the_pages_answer_an_error_with_a_sentence(terminal: Running) -> None:
    """An act that cannot be done gives a page, not a trace."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        terminal.post("/ban/ghi/99", "/ban/dong")
    with refused.value as answer:
        assert answer.code in (404, 409)
        assert "Traceback" not in answer.read().decode()


def test_stopped(live: Stage, start: Starter) -> None:
    """Every thread ends, the port and the log are free again; stopping twice is harmless."""
    before = set(threading.enumerate())
    running = start()
    state = running.service.log.path.parent
    running.get("/bang")
    running.service.stop()
    running.service.stop()
    wait(lambda: set(threading.enumerate()) <= before)
    again = start(state=state)
    assert again.service.log.fault is None
