"""A counter in process: the tap loop's rig, with questions that wait for a card; and a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from edge.identity.key import load_or_create
from edge.layout import StateLayout
from edge.meeting.sheet_jws import terminal_signer
from edge.procedure.catalogue import Catalogue, builtin_procedures
from edge.procedure.counter import Asker, Counter, Held, Wanted
from edge.procedure.day import CounterDay
from edge.procedure.errand import CounterErrand, Tools
from edge.procedure.sessions import Session, Sessions
from edge.tap.errand import Errand
from edge.tap.photo import portrait
from provisioning.demo import prepare
from reader.evidence import Password, PasswordKind
from tests.edge.tap.conftest import Rig, RigMaker, holdings, make_rig
from verify.pipeline import verify_file

from .handover_desk import HandoverDesk

__all__ = ["holdings", "make_rig"]

NONCE = "n-0123456789abcdef"
ORIGIN = "https://motcua.example"
OFFICE = Asker("0011223344556677", "Một cửa xã Pha Hín", ORIGIN)
OTHER = Asker("8899aabbccddeeff", "Trang khác", "https://khac.example")
TRANSFER = "chuyen-sinh-hoat-chinh-thuc"


@dataclass
class CounterRig:
    """A terminal whose reader answers questions. `procedures`: the catalogue in force."""

    rig: Rig
    day: CounterDay
    sessions: Sessions
    counter: Counter

    def ask(
        self,
        procedure: str = TRANSFER,
        *,
        asker: Asker = OFFICE,
        fields: tuple[str, ...] = ("name", "number"),
        can: str | None = None,
    ) -> Session:
        """Ask for the next card."""
        password = None if can is None else Password(PasswordKind.CAN, can)
        wanted = Wanted(procedure, "CSH-2026-0147", NONCE, fields, password)
        return self.counter.ask(asker, wanted)

    def of(self, session: Session, asker: Asker = OFFICE) -> Session:
        """Return how a question stands now."""
        found = self.sessions.of(session.id, asker.owner)
        assert found is not None
        return found

    def lay(self, key: str, *, tear_after: int | None = None) -> None:
        """Lay the cast's card; it is opened by its own number."""
        self.rig.lay(self.rig.chip(key), tear_after=tear_after)

    def can(self, key: str) -> str:
        """Return the card's number."""
        card = self.rig.cast(key)
        person = self.rig.stage.cast.roster.by_id(card.roster_person_id or "")
        can = card.can or (person.can if person else None)
        assert can is not None
        return can


CounterMaker = Callable[..., CounterRig]


@pytest.fixture
def make_counter(make_rig: RigMaker, stage: prepare.Stage) -> CounterMaker:
    """Return a maker of counters, each over a rig of its own options."""

    def make(
        *, catalogue: Catalogue | None = None, held: Callable[[], Held | None] = lambda: None,
        signs: bool = True, **options: object,
    ) -> CounterRig:  # fmt: skip
        made: list[CounterRig] = []

        def asking() -> Errand | None:
            waiting = made[0].counter.waiting() if made else None
            return None if waiting is None else CounterErrand(waiting, tools)

        rig = make_rig(others=lambda _: (asking,), **options)
        numbers = count(1)
        rng = lambda size: next(numbers).to_bytes(size)  # noqa: E731 -- one line, two uses
        sessions = Sessions(lambda: rig.seconds, rng)
        day = CounterDay(rig.log)
        identity = load_or_create(StateLayout(stage.terminal).identity, prepare.TERMINAL)
        tools = Tools(
            day=day,
            sessions=sessions,
            stage=rig.screen,
            profiles=rig.holdings.profiles,
            sign=terminal_signer(identity.key, identity.certificate),
            terminal=prepare.TERMINAL,
            check_late=verify_file,
            photo=portrait,
            now=rig.now,
            monotonic=lambda: rig.seconds,
            rng=rng,
            test_card=rig.test_card,
        )
        found = catalogue or Catalogue(builtin_procedures())
        counter = Counter(
            sessions,
            lambda: found,
            held=held,
            fault=lambda: rig.log.fault,
            signs=signs,
            now=rig.now,
        )
        made.append(CounterRig(rig, day, sessions, counter))
        return made[0]

    return make


@pytest.fixture
def counter(make_counter: CounterMaker) -> CounterRig:
    """Return a counter with the built-in catalogue."""
    return make_counter()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HandoverDesk]:
    """Return a terminal with a batch of three cards."""
    made = HandoverDesk(tmp_path)
    made.begin()
    yield made
    made.log.close()
