"""That the ledger would find what it looks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from edge.log.append import EventLog
from edge.sync.uplink import UplinkState
from provisioning.centre.tables import ASIDE, EVENT
from tests.edge.log.made import TERMINAL, fill, make_log, moment
from tests.faults.ledger import Ledger
from tests.provisioning.centre.made import Centre
from tests.torture.ledger import Violation


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """Return a centre."""
    made = Centre(f"sqlite:///{tmp_path / 'centre.sqlite'}")
    yield made
    made.store.close()


@pytest.fixture
def log(tmp_path: Path, centre: Centre) -> Iterator[EventLog]:
    """Return a log of four events that the centre holds."""
    made = make_log(tmp_path / "log.sqlite")
    fill(made, 3)
    result = centre.uplink(made, centre.enrol(tmp_path / "identity")).run_once(moment(9))
    assert result.state is UplinkState.UP_TO_DATE
    yield made
    made.close()


@pytest.fixture
def ledger(tmp_path: Path, log: EventLog) -> Ledger:
    """Return a ledger that was told of all of them."""
    made = Ledger(tmp_path / "ledger")
    made.take(TERMINAL, {"events": [[e.epoch, e.seq, e.hash.hex()] for e in log.events()]})
    return made


def known(log: EventLog) -> list[list[Any]]:
    """Return what the terminal knows."""
    ack = log.last_ack(log.epochs[-1])
    assert ack is not None
    assert ack.head is not None
    return [[ack.epoch, ack.high_water, ack.head.hex()]]


def change(centre: Centre, statement: sa.Executable) -> None:
    """Change the store behind the centre's back."""
    with centre.store.database.writing() as connection:
        connection.execute(statement)


def test_all_agree(centre: Centre, log: EventLog, ledger: Ledger) -> None:
    """Four here, four there, and the terminal knows."""
    assert ledger.compare(centre.database) == 4
    ledger.knows(TERMINAL, known(log))


def test_lost_event(centre: Centre, ledger: Ledger) -> None:
    """Found."""
    change(centre, sa.delete(EVENT).where(EVENT.c.seq == 3))
    with pytest.raises(Violation, match="are lost"):
        ledger.compare(centre.database)


def test_event_that_nobody_recorded(centre: Centre, ledger: Ledger) -> None:
    """Found."""
    ledger.events.popitem()
    with pytest.raises(Violation, match="never recorded"):
        ledger.compare(centre.database)


def test_another_event_under_the_number(centre: Centre, ledger: Ledger) -> None:
    """In the store or in what is told: found."""
    identity = next(iter(ledger.events))
    with pytest.raises(Violation, match="two hashes"):
        ledger.take(TERMINAL, {"events": [[*identity[1:], "00"]]})
    ledger.events[identity] = "00"
    with pytest.raises(Violation, match="another event than"):
        ledger.compare(centre.database)


def test_event_that_is_not_whole(centre: Centre, ledger: Ledger) -> None:
    """Found."""
    change(centre, sa.update(EVENT).where(EVENT.c.seq == 2).values(hash=bytes(32)))
    with pytest.raises(Violation, match="not whole"):
        ledger.compare(centre.database)


def test_event_in_anothers_place(centre: Centre, ledger: Ledger) -> None:
    """Found."""
    change(centre, sa.update(EVENT).where(EVENT.c.seq == 4).values(seq=9))
    with pytest.raises(Violation, match="holds another"):
        ledger.compare(centre.database)


def test_event_set_aside(centre: Centre, ledger: Ledger) -> None:
    """Kept, but not as what it is: found."""
    ((_, epoch, _),) = {(name, epoch, 0) for name, epoch, _ in ledger.events}
    row = {"terminal": TERMINAL, "epoch": epoch, "seq": 2, "digest": bytes(32)}
    values = {**row, "why": "X", "data": b"x", "received_at": "2026-11-21T12:00:00.000Z"}
    change(centre, sa.insert(ASIDE).values(**values))
    with pytest.raises(Violation, match="set aside"):
        ledger.compare(centre.database)


@pytest.mark.parametrize("wrong", ["behind", "head", "nothing"])
def test_terminal_that_does_not_know(wrong: str, log: EventLog, ledger: Ledger) -> None:
    """No answer, one of an earlier event, or one that names another event: found."""
    ((epoch, high_water, head),) = known(log)
    told = {"behind": [[epoch, high_water - 1, head]], "head": [[epoch, high_water, "00"]]}
    with pytest.raises(Violation, match="does not know"):
        ledger.knows(TERMINAL, told.get(wrong, []))
