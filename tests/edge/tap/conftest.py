"""A tap loop in process: software cards, a real log, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.meeting.book import MeetingBook
from edge.meeting.opening import default
from edge.meeting.rules import Kind
from edge.people.visits import Visits
from edge.tap.desk import DeskDoor
from edge.tap.errand import TapResult
from edge.tap.flow import Asking, Read, TapLoop
from edge.tap.inputs import InputBox
from edge.tap.photo import portrait
from edge.tap.scene import Scene, SceneState, Stage
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from provisioning.cast import CastCard
from provisioning.demo import prepare
from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip
from provisioning.softcard.slot import Card
from reader.evidence import CardEvidence, NeedsPassword
from reader.read import Reading, read
from reader.watch import Watcher, WatchEvent
from tests.edge.conftest import AT
from tests.edge.log.made import copy_log
from verify.moment import Moment, TimeQuality
from verify.pipeline import verify_file as verify_late
from verify.trust import KeyUse
from verify.verdict import Verdict

WRAP_KEY = bytes(range(32))


@pytest.fixture(scope="session")
def holdings(stage: prepare.Stage) -> Holdings:
    """Return what the provisioned terminal holds."""
    return Holdings(StateLayout(stage.terminal).holdings)


@dataclass
class Counting:
    """A card that counts what it is asked."""

    card: Card
    asked: int = 0

    @property
    def atr(self) -> bytes:
        """Return the card's own."""
        return self.card.atr

    def reset(self) -> None:
        """Reset the card."""
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        """Count, and let the card answer."""
        self.asked += 1
        return self.card.transmit(command)


@dataclass
class Watched:
    """A watcher that remembers whether its last event was none."""

    reader: Watcher
    quiet: bool = False

    def next_event(self, timeout: float) -> WatchEvent | None:
        """Return the reader's next event."""
        event = self.reader.next_event(timeout)
        self.quiet = event is None
        return event

    def close(self) -> None:
        """Close the reader."""
        self.reader.close()


@dataclass
class Rig:
    """One terminal's taps. `seconds` is the monotonic clock and moves the wall clock too."""

    stage: prepare.Stage
    holdings: Holdings
    path: Path
    read_card: Read = read
    start: datetime = AT
    test_card: str | None = None
    others: Callable[[Rig], Sequence[Asking]] = lambda _: ()
    """Makes whoever else waits for a card."""
    seconds: float = 0.0
    scenes: list[Scene] = field(default_factory=list)
    results: list[TapResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        trust = self.holdings.require_trust()
        seal = next(key for key in trust.centre_keys if key.use is KeyUse.SEAL)
        self.log = EventLog(self.path, prepare.TERMINAL, WRAP_KEY, (seal.kid, seal.public))
        self.book = MeetingBook(self.log, self.stage.cast.roster)
        self.inputs = InputBox(lambda: self.seconds)
        self.visits = Visits(lambda: self.seconds)
        self.reader = DirectReader()
        self.watched = Watched(self.reader)
        self.screen = Stage(Scene(SceneState.IDLE, self.start))
        self.screen.listen(self.scenes.append)
        self.loop = TapLoop(
            watcher=self.watched,
            read=self._read,
            judge=self._judge,
            check_late=verify_late,
            photo=portrait,
            book=self.book,
            stage=self.screen,
            inputs=self.inputs,
            now=self.now,
            monotonic=lambda: self.seconds,
            profiles=self.holdings.profiles,
            on_result=self.results.append,
            desks=DeskDoor(self.visits.anybody_asks, self.visits.laid),
            test_card=self.test_card,
            others=self.others(self),
        )
        self.settle()

    def _read(self, *given: Any, **options: Any) -> Reading | NeedsPassword:
        return self.read_card(*given, **options)

    def _judge(self, evidence: CardEvidence, at: Moment) -> Verdict:
        return self.holdings.judge(evidence, at)

    def now(self) -> Moment:
        """Return the moment on both clocks."""
        return Moment(self.start + timedelta(seconds=self.seconds), TimeQuality.SYNCHRONISED)

    def open(self) -> None:
        """Open a meeting."""
        self.book.open(default(Kind.REGULAR), self.now())

    def settle(self) -> None:
        """Let the loop take every event that waits, and one look at its clock."""
        self.watched.quiet = False
        while not self.watched.quiet:
            self.loop.step(0)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.settle()

    def cast(self, key: str) -> CastCard:
        """Return the card of this key."""
        return next(card for card in self.stage.cast.cards if card.key == key)

    def chip(self, key: str) -> Chip:
        """Return a new chip of the cast's card, its tries unused."""
        return Chip(self.cast(key).image)

    def choose(self, key: str) -> None:
        """Touch the name of the card's holder."""
        self.inputs.chose(self.cast(key).roster_person_id or "")

    def lay(self, card: Card, *, tear_after: int | None = None) -> Scene:
        """Lay a card and return the scene that it comes to."""
        self.reader.lay(card, tear_after=tear_after)
        self.settle()
        return self.scene

    def tap(self, key: str) -> Scene:
        """Touch the name of the cast's card and lay it."""
        self.choose(key)
        return self.lay(self.chip(key))

    def lift(self) -> None:
        """Lift the card and let its outcome linger to the end."""
        self.reader.lift()
        self.settle()
        self.wait(5.0)

    @property
    def scene(self) -> Scene:
        """Return what is shown."""
        return self.screen.scene

    def shows(self, state: SceneState) -> bool:
        """Tell whether this is what is shown."""
        return self.scene.state is state

    @property
    def states(self) -> list[SceneState]:
        """Return the states shown, repetitions left out."""
        shown: list[SceneState] = []
        for scene in self.scenes:
            if shown[-1:] != [scene.state]:
                shown.append(scene.state)
        return shown

    @property
    def present(self) -> int:
        """Return how many are here."""
        return self.book.require().present

    def recorded(self) -> list[Event]:
        """Return the events about people."""
        kinds = (EventKind.CHECK_IN, EventKind.CONFIRMED, EventKind.WITHDRAWN)
        return [event for event in self.log.events() if event.kind in kinds]


def power_cut(path: Path, to: Path) -> Path:
    """Return a copy of the log as the disk has it at this moment, nothing closed or flushed."""
    to.mkdir()
    copy = copy_log(path, to / path.name)
    assert verify_file(copy).ok
    return copy


RigMaker = Callable[..., Rig]


@pytest.fixture
def make_rig(stage: prepare.Stage, holdings: Holdings, tmp_path: Path) -> Iterator[RigMaker]:
    """Return a maker of rigs, by default over one log in `tmp_path`."""
    made: list[Rig] = []

    def make(**options: object) -> Rig:
        given = {"holdings": holdings, "path": tmp_path / "log.sqlite", **options}
        rig = Rig(stage, **given)  # type: ignore[arg-type]
        made.append(rig)
        return rig

    yield make
    for rig in made:
        rig.log.close()


@pytest.fixture
def rig(make_rig: RigMaker) -> Rig:
    """Return a terminal with an open meeting."""
    made = make_rig()
    made.open()
    return made
