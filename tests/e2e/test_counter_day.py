"""A day at the counter: sixty verifications of five procedures, and everything that goes wrong.

The morning runs in this process; for the afternoon the terminal is a process of its own over PC/SC
that is killed while it reads a card. What must come out: every receipt holds, every verification
is in the log once, and nobody learned more than the procedure allows.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edge.config import Config
from edge.layout import StateLayout
from edge.procedure.catalogue import builtin_procedures
from edge.service import Service
from provisioning import forge
from provisioning.cli.common import office_time
from provisioning.cli.main import tramthe
from provisioning.demo import field as fields
from provisioning.demo.children import free_port
from provisioning.demo.field import TrayField
from provisioning.demo.prepare import STYLES, TERMINAL, Stage, prepare
from provisioning.direct_reader import DirectReader
from provisioning.receipts import Given, Standing, examine
from provisioning.softcard.catalogue import save_catalogue
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from tests.e2e import cell as cells
from tests.e2e.cell import COPIED, COPY, LOST, LOST_CARD, Cell, key_of
from tests.e2e.conftest import SOON, wait
from tests.edge.procedure.pairing_made import paired

pytestmark = pytest.mark.card

PATH = "/api/v1/verifications"
PROCEDURES = {
    code: next(tuple(map(str, one.fields)) for one in builtin_procedures() if one.code == code)
    for code in (
        "chuyen-sinh-hoat-chinh-thuc",
        "chuyen-sinh-hoat-tam-thoi",
        "thu-nop-dang-phi",
        "xac-nhan-tuoi-dang",
        "lay-y-kien-noi-cu-tru",
    )
}
MORNING, AFTERNOON = 50, 10
OTHER_COPY = "the-sao-chep-2"
"""A second clone, of another member."""
CLONES = {13: COPY, 37: OTHER_COPY}
REPORTED_LOST, ANOTHER_ASKS, GONE, CUT = 21, 8, 29, MORNING + 5
"""At which verification what happens."""


@dataclass(frozen=True)
class Told:
    """One verification as the back office has it. `result` None: it had left."""

    asked: dict[str, Any]
    result: dict[str, Any] | None = field(repr=False)


@dataclass
class Office:
    """A paired back office that is a program."""

    port: int
    token: str
    origin: str

    @contextmanager
    def sent(self, method: str, path: str, body: Any = None) -> Iterator[http.client.HTTPResponse]:
        """Send a request, and yield the answer as it comes."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON)
        sent = {
            "Origin": self.origin,
            "Sec-Fetch-Site": "cross-site",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        }
        with closing(line):
            line.request(method, path, None if body is None else json.dumps(body), sent)
            yield line.getresponse()

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request; return status and body."""
        while True:
            with self.sent(method, path, body) as answer:
                told = json.loads(answer.read() or b"null")
            if answer.status != 429:
                return answer.status, told
            time.sleep(int(answer.headers["Retry-After"]))

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask for the next card."""
        status, session = self.call("POST", PATH, asked)
        assert status == 202, session
        found: dict[str, Any] = session
        return found

    def beyond(self, session: dict[str, Any]) -> dict[str, Any]:
        """Return the question once it has changed."""
        _, found = self.call("GET", f"{PATH}/{session['id']}?wait=20&after={session['version']}")
        changed: dict[str, Any] = found
        return changed

    def end(self, session: dict[str, Any]) -> dict[str, Any]:
        """Return the result."""
        while session["state"] in ("waiting", "reading"):
            session = self.beyond(session)
        assert session["state"] == "done", session
        result: dict[str, Any] = session["result"]
        return result


class Terminal:
    """The machine with its one state folder: in this process, or one of its own."""

    def __init__(self, stage: Stage, tray: TrayField, folder: Path) -> None:
        self.state = stage.terminal
        self.port = free_port()
        self.tray = tray
        self._words = folder / "terminal.log"
        self._process: subprocess.Popen[bytes] | None = None

    def here(self) -> tuple[Service, DirectReader]:
        """Start it in this process."""
        config = Config(terminal=TERMINAL, state=self.state, port=self.port, volatile_state=True)
        reader = DirectReader()
        service = Service(config, reader)
        service.start()
        return service, reader

    def switch_on(self) -> None:
        """Start `tramthe serve` and wait until it sees its reader."""
        environment = {
            **os.environ,
            "TRAMTHE_TERMINAL": TERMINAL,
            "TRAMTHE_STATE": str(self.state),
            "TRAMTHE_PORT": str(self.port),
            "TRAMTHE_VOLATILE_STATE": "true",
        }
        command = [sys.executable, "-m", "provisioning.cli.main", "serve"]
        with self._words.open("ab") as words:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=words, stderr=words
            )
        wait(self._ready)

    def end(self, how: signal.Signals) -> None:
        """End the process; harmless where none runs."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
        self._process = None

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._words.read_text("utf-8")
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON)
        try:
            line.request("GET", "/api/v1/status")
            return json.loads(line.getresponse().read())["reader"] is not None
        except OSError:
            return False
        finally:
            line.close()


@dataclass
class Day:
    """What is asked, in order, and what came of it."""

    cell: Cell
    told: list[Told] = field(default_factory=list)
    cut: dict[str, Any] | None = None
    """The question whose power was cut."""

    def card(self, number: int) -> str:
        """Return whose card is laid at a verification, by the tray's key."""
        if number == REPORTED_LOST:
            return LOST_CARD
        comers = [one for one in self.cell.by_card if one not in (COPIED, LOST)]
        return CLONES.get(number) or key_of(comers[number % len(comers)])

    def image(self, number: int) -> CardImage:
        """Return the card of a verification."""
        return CardImage.load(self.cell.cards / self.card(number))

    def question(self, number: int) -> dict[str, Any]:
        """Return what is asked: some of what the procedure may know."""
        code = list(PROCEDURES)[number % len(PROCEDURES)]
        allowed = PROCEDURES[code]
        some = 1 + number * 7 % (2 ** len(allowed) - 1)  # as bits: every choice comes up
        return {
            "procedure": code,
            "dossier": f"HS-{number:04d}",
            "nonce": f"nonce-{number:04d}",
            "fields": [one for bit, one in enumerate(allowed) if some >> bit & 1],
            "access": {"can": self.image(number).can},
        }


@pytest.fixture
def day(tmp_path: Path) -> tuple[Stage, Day]:
    """Return a pilot, and a cell's cards with two clones among them."""
    stage = prepare(tmp_path / "pilot", office_time())
    cell = cells.make(stage, office_time())
    sound = CardImage.load(cell.cards / key_of(cell.by_card[2]))
    forge.without_key(sound).save(cell.cards / OTHER_COPY)
    catalogue = [cells.on_tray(path.name) for path in cell.cards.iterdir() if path.is_dir()]
    save_catalogue(cell.cards, catalogue)
    return stage, Day(cell)


def test_sixty_verifications(
    virtual_reader: tuple[str, int], day: tuple[Stage, Day], tmp_path: Path
) -> None:
    """Clones, a busy reader, a back office that vanishes, a power cut: the books are right."""
    stage, today = day
    with ExitStack() as stack:
        tray = stack.enter_context(
            fields.over_pcsc(today.cell.cards, STYLES, tmp_path, "http://127.0.0.1:1")
        )
        terminal = Terminal(stage, tray, tmp_path)
        stack.callback(terminal.end, signal.SIGKILL)
        offices = morning(terminal, today)
        afternoon(terminal, today, offices)
    assert len(today.told) == MORNING + AFTERNOON
    for told in today.told:
        if told.result is not None:
            no_more_than_allowed(told)
            holds(stage, told)
    log = StateLayout(stage.terminal).log
    done = CliRunner().invoke(tramthe, ["log", "verify", str(log)], standalone_mode=False)
    assert (done.exception, done.return_value or 0) == (None, 0), done.output
    the_history_is_whole(stage, terminal, today)
    names = [member.person.name.encode() for member in today.cell.members]
    kept = [path.read_bytes() for path in stage.terminal.glob("log.sqlite*")]
    assert not [name for name in names for data in kept if name in data]


def morning(terminal: Terminal, day: Day) -> list[Office]:
    """Pair a page for each procedure, and verify in this process."""
    service, reader = terminal.here()
    try:
        origins = [f"https://quay-{number}.example" for number in range(len(PROCEDURES))]
        tokens = [paired(service.pairings, origin).token for origin in origins]
        offices = [
            Office(terminal.port, token, origin)
            for token, origin in zip(tokens, origins, strict=True)
        ]
        for number in range(MORNING):
            asked, office = day.question(number), offices[number % len(offices)]
            session = office.ask(asked)
            if number == ANOTHER_ASKS:
                busy(offices[0], day.question(number))
            if number == GONE:
                with office.sent("GET", f"{PATH}/{session['id']}/events") as stream:
                    assert stream.status == 200
            reader.lay(Chip(day.image(number)))
            if number == GONE:
                wait(lambda: service.counter.counter.sessions.current() is None)
                day.told.append(Told(asked, None))
            else:
                day.told.append(Told(asked, office.end(session)))
            nobody_is_named(terminal, day)
            reader.lift()
            wait(lambda: not service.scene().card_present)
    finally:
        service.stop()
    return offices


def afternoon(terminal: Terminal, day: Day, offices: list[Office]) -> None:
    """Go on with a process of its own; the power goes while a card is being read."""
    terminal.switch_on()
    for number in range(MORNING, MORNING + AFTERNOON):
        asked, office = day.question(number), offices[number % len(offices)]
        session = office.ask(asked)
        if number == CUT:
            terminal.tray.lay(day.card(number))
            while session["state"] == "waiting":
                session = office.beyond(session)
            terminal.end(signal.SIGKILL)
            terminal.tray.lift()
            terminal.switch_on()
            status, problem = office.call("GET", f"{PATH}/{session['id']}")
            assert (status, problem["code"]) == (404, "verification-unknown")
            day.cut = asked
            session = office.ask(asked)
        terminal.tray.lay(day.card(number))
        day.told.append(Told(asked, office.end(session)))
        terminal.tray.lift()
    terminal.end(signal.SIGTERM)


def busy(other: Office, asked: dict[str, Any]) -> None:
    """Ask while another page has the reader."""
    status, problem = other.call("POST", PATH, asked)
    assert (status, problem["code"]) == (409, "reader-held")
    assert problem["holder"]["name"]


def nobody_is_named(terminal: Terminal, day: Day) -> None:
    """Look at the board, which everybody in the room sees."""
    line = http.client.HTTPConnection("127.0.0.1", terminal.port, timeout=SOON)
    with closing(line):
        line.request("GET", "/bang")
        board = line.getresponse().read().decode()
    assert not [one for one in day.cell.members if one.person.name in board]


def no_more_than_allowed(told: Told) -> None:
    """Check that what was handed over was asked for, and that the procedure allows it."""
    assert told.result is not None
    asked = set(told.asked["fields"])
    assert set(told.result["fields"]) <= asked <= set(PROCEDURES[told.asked["procedure"]])
    accepted = told.result["outcome"] == "ACCEPTED"
    assert bool(told.result["fields"]) == accepted


def holds(stage: Stage, told: Told) -> None:
    """Check that the receipt answers this question, and its fields are those that came with it."""
    assert told.result is not None
    result = told.result
    salt = None if result["salt"] is None else bytes.fromhex(result["salt"])
    found = examine(
        result["receipt"],
        Given(
            authorities=[stage.pilot.terminal_ca.certificate],
            nonce=told.asked["nonce"],
            handed=None if salt is None else (result["fields"], salt),
        ),
    )
    assert found.standing is Standing.SIGNED
    assert found.receipt.outcome.value.upper() == result["outcome"]


def the_history_is_whole(stage: Stage, terminal: Terminal, day: Day) -> None:
    """Check that each verification is there once, in order, with the back office's receipt.

    The one whose power was cut stands there too where its card was judged before.
    """
    service, _ = terminal.here()
    try:
        book = service.counter.day
        found = [one for context, _ in reversed(book.days()) for one in book.of(context)]
    finally:
        service.stop()
    expected = [told.asked["dossier"] for told in day.told]
    twice = [one.dossier for one in found] != expected
    if twice:  # judged, and killed before anybody was told
        place = CUT
        assert day.cut is not None
        assert found[place].dossier == day.cut["dossier"]
        del found[place]
    assert [one.dossier for one in found] == expected
    for one, told in zip(found, day.told, strict=True):
        assert one.procedure == told.asked["procedure"]
        assert one.receipt is not None
        if told.result is not None:
            assert (one.outcome, one.receipt) == (told.result["outcome"], told.result["receipt"])
        else:
            gone = examine(one.receipt, Given(authorities=[stage.pilot.terminal_ca.certificate]))
            assert gone.standing is Standing.SIGNED
    outcomes = [one.outcome for one in found]
    reasons = {number: found[number].reason for number in (*CLONES, REPORTED_LOST)}
    assert outcomes.count("ACCEPTED") == len(expected) - len(reasons)
    assert reasons[REPORTED_LOST] == "CARD_REPORTED_LOST"
    assert {reasons[number] for number in CLONES} <= {"CHIP_AUTH_WITHHELD", "CHIP_AUTH_FAILED"}
