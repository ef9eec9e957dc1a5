"""The whole product: a provisioned stage as of now, terminals in process, a centre as a child."""

from __future__ import annotations

import queue
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.config import Config
from edge.service import Service
from edge.tap.errand import TapResult
from provisioning.cast import CastCard
from provisioning.cli.common import office_time
from provisioning.demo.children import Child, free_port
from provisioning.demo.prepare import TERMINAL, Stage, prepare
from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip

SOON = 30.0  # seconds; far beyond what anything here needs


def wait(condition: Callable[[], bool], within: float = SOON, *, every: float = 0.01) -> None:
    """Return once the condition holds; it is looked at each so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(every)


@dataclass
class Terminal:
    """A running terminal with a reader in process."""

    stage: Stage
    service: Service
    reader: DirectReader
    results: queue.SimpleQueue[TapResult]
    url: str

    def cast(self, key: str) -> CastCard:
        """Return the card of this key."""
        return next(card for card in self.stage.cast.cards if card.key == key)

    def tap(self, key: str) -> TapResult:
        """Give the card's password as its holder would, lay it, lift it."""
        card = self.cast(key)
        if card.scanner_line is not None:
            self.service.inputs.scanned(card.scanner_line)
        else:
            self.service.enter_can(card.image.can or "")
        self.reader.lay(Chip(card.image))
        result = self.results.get(timeout=SOON)
        self.reader.lift()
        wait(lambda: not self.service.scene().card_present)
        return result


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return everything as of now; never written to."""
    return prepare(tmp_path_factory.mktemp("pilot"), office_time())


@pytest.fixture
def state(prepared: Stage, tmp_path: Path) -> Path:
    """Return a copy of the terminal's state folder."""
    return Path(shutil.copytree(prepared.terminal, tmp_path / "terminal"))


Starter = Callable[..., Terminal]


@contextmanager
def running(
    prepared: Stage,
    state: Path,
    centre_port: int | None = None,
    *,
    url: str | None = None,
    roots: Path | None = None,
    port: int | None = None,
    counter_hosts: tuple[str, ...] = (),
    centre_questions: bool = False,
) -> Iterator[Terminal]:
    """Run the terminal over this state folder."""
    port = port or free_port()
    centre = url if centre_port is None else f"http://127.0.0.1:{centre_port}"
    config = Config(
        terminal=TERMINAL,
        state=state,
        port=port,
        centre=centre,
        centre_roots=roots,
        counter_hosts=counter_hosts,
        centre_questions=centre_questions,
        sync_seconds=1,
        volatile_state=True,
    )
    reader = DirectReader()
    results: queue.SimpleQueue[TapResult] = queue.SimpleQueue()
    service = Service(config, reader, on_result=results.put)
    try:
        service.start()
        yield Terminal(prepared, service, reader, results, f"http://127.0.0.1:{port}")
    finally:
        service.stop()


@pytest.fixture
def start(prepared: Stage, state: Path) -> Iterator[Starter]:
    """Return a starter of the terminal, over and over in one state folder."""
    with ExitStack() as stack:
        yield lambda *given, **more: stack.enter_context(running(prepared, state, *given, **more))


@dataclass
class Centre:
    """The centre as a child process on one port, started and stopped at will."""

    folder: Path
    port: int
    log: Path
    child: Child | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = ["provisioning.cli.main", "centre", "serve", str(self.folder)]
        self.child = Child("centre", [*arguments, "--port", str(self.port)], self.log)
        self.child.start()
        self.child.wait_ready(f"http://127.0.0.1:{self.port}/v1/health")

    def stop(self) -> None:
        """Stop it; harmless when repeated."""
        if self.child is not None:
            self.child.stop()
        self.child = None


@pytest.fixture
def centre(prepared: Stage, tmp_path: Path) -> Iterator[Centre]:
    """Return a centre that does not run yet."""
    folder = Path(shutil.copytree(prepared.centre, tmp_path / "centre"))
    made = Centre(folder, free_port(), tmp_path / "centre.log")
    yield made
    made.stop()
