"""What is held back of a terminal that is lost or retired, and letting it go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.ack import Ack, AlarmCode
from edge.wire.event import Event
from edge.wire.segment import gather, sign_segment
from provisioning.centre import tally
from provisioning.centre.alarms import alarms
from provisioning.centre.office_tables import MEETING
from provisioning.errors import FleetRefused
from provisioning.fleet import registry, verbs
from provisioning.fleet.history import Verb, history
from provisioning.fleet.registry import State
from provisioning.fleet.release import held, release
from tests.edge.log.made import START, TERMINAL
from tests.provisioning.centre.fleet.made import OPERATOR, both
from tests.provisioning.centre.made import Centre
from tests.provisioning.centre.test_segments import acked


@dataclass
class Field:
    """A terminal with a log of four events, and its centre."""

    centre: Centre
    identity: TerminalIdentity
    log: EventLog

    def send(self, *events: Event) -> Ack:
        """Send these as one segment."""
        segment = gather(events)
        assert segment is not None
        assert self.identity.certificate is not None
        compact = sign_segment(segment, self.identity.key, self.identity.certificate)
        return acked(self.centre, compact)

    def kept(self) -> list[int]:
        """Return the numbers of what is in its place."""
        return [one.seq for one in self.centre.store.events(TERMINAL, self.log.epoch)]

    def mark(self, verb: object, at: object = START) -> object:
        """Do a verb to the terminal."""
        with self.centre.store.database.writing() as connection:
            return verb(connection, TERMINAL, OPERATOR, at)  # type: ignore[operator]


@pytest.fixture
def field(centre: Centre, identity: TerminalIdentity, log: EventLog) -> Field:
    """Return it; the registry knows the terminal."""
    with centre.store.database.writing() as connection:
        registry.enter(connection, TERMINAL, State.APPROVED, START)
        assert identity.certificate is not None
        registry.keep_certificate(connection, TERMINAL, identity.certificate, START)
    return Field(centre, identity, log)


def test_lost_beyond_the_acknowledged_head_whatever_its_time(field: Field) -> None:
    """What was acknowledged stays; what comes after is held back though it looks older."""
    first, second, third, fourth = field.log.events()
    assert field.send(first, second).high_water == 2
    done = field.mark(verbs.lost, START + timedelta(days=30))
    assert isinstance(done, verbs.Lost)
    assert done.held_back == 0
    ack = field.send(third, fourth)
    assert (ack.high_water, ack.set_aside, ack.head) == (4, (3, 4), None)
    assert field.kept() == [1, 2]
    (alarm,) = alarms(field.centre.store.database)
    assert (alarm.seq, alarm.code) == (3, AlarmCode.TERMINAL_LOST)
    field.send(third, fourth)
    assert len(alarms(field.centre.store.database)) == 1


@both
def test_lost_with_a_gap_holds_back_what_lay_beyond_it(field: Field) -> None:
    """Event 4 had come and was never acknowledged as whole: it waits for a person too."""
    first, second, third, fourth = field.log.events()
    field.send(first, second)
    field.send(fourth)
    done = field.mark(verbs.lost)
    assert isinstance(done, verbs.Lost)
    assert (done.epochs, done.held_back) == (1, 1)
    assert field.kept() == [1, 2]
    (row,) = field.centre.epochs()
    assert (row.events, row.set_aside) == (2, 1)
    field.send(third)
    assert field.kept() == [1, 2]


@both
def test_released_by_a_person(field: Field) -> None:
    """They are in their places, in the figures, and acknowledged with their head."""
    first, second, third, fourth = field.log.events()
    field.send(first, second)
    field.mark(verbs.lost)
    field.send(third, fourth)
    database = field.centre.store.database
    while tally.catch_up(database):
        pass
    with database.writing() as connection:
        (waiting,) = held(connection, TERMINAL)
        assert (waiting.first, waiting.last, waiting.records) == (3, 4, 2)
        done = release(connection, TERMINAL, waiting.epoch, OPERATOR, START)
        assert (done.records, done.clashes) == (2, 0)
        assert held(connection, TERMINAL) == ()
        last = history(connection, TERMINAL)[-1]
        assert (last.verb, last.operator) == (Verb.RELEASED, OPERATOR)
        with pytest.raises(FleetRefused):
            release(connection, TERMINAL, waiting.epoch, OPERATOR, START)
    assert field.centre.store.events(TERMINAL, field.log.epoch) == field.log.events()
    (row,) = field.centre.epochs()
    assert (row.events, row.set_aside, row.high_water) == (4, 0, 4)
    ack = field.send(third, fourth)
    assert (ack.head, ack.set_aside) == (fourth.hash, ())
    while tally.catch_up(database):
        pass
    with database.reading() as connection:
        assert connection.execute(sa.select(MEETING.c.present)).scalar() == 3


@both
def test_release_of_what_meanwhile_has_another_event(field: Field) -> None:
    """The thief's record stays aside as a clash when the real one has its number."""
    first, second, third, fourth = field.log.events()
    forged = replace(third, at="2026-11-21T12:59:59.000Z")
    forged = replace(forged, hash=forged.computed_hash())
    field.send(first, second)
    field.mark(verbs.lost)
    field.send(forged)
    database = field.centre.store.database
    with database.writing() as connection:
        registry.enter(connection, TERMINAL, State.APPROVED, START)
        connection.execute(sa.text("UPDATE fleet_certificate SET ended_at = NULL, why = NULL"))
    field.send(third, fourth)
    assert field.kept() == [1, 2, 3, 4]
    with database.writing() as connection:
        done = release(connection, TERMINAL, field.log.epoch, OPERATOR, START)
        assert (done.records, done.clashes) == (0, 1)
        assert held(connection, TERMINAL) == ()
    assert field.kept() == [1, 2, 3, 4]
    assert AlarmCode.SEQ_REUSED in [one.code for one in alarms(database)]


def test_release_of_what_does_not_follow(field: Field) -> None:
    """A person believed it; the chain does not, and says so."""
    first, second, third, _ = field.log.events()
    torn = replace(third, prev=bytes(32))
    torn = replace(torn, hash=torn.computed_hash())
    field.send(first, second)
    field.mark(verbs.lost)
    field.send(torn)
    database = field.centre.store.database
    with database.writing() as connection:
        release(connection, TERMINAL, field.log.epoch, OPERATOR, START)
    assert AlarmCode.CHAIN_FORKED in [one.code for one in alarms(database)]


@both
def test_retired_brings_home_what_it_had_written(field: Field) -> None:
    """On a stick, weeks later: taken up to the moment it retired, held back after it."""
    first, second, third, fourth = field.log.events()
    field.send(first)
    until = third.moment.at
    field.mark(verbs.retire, until)
    ack = field.send(second, third, fourth)
    assert ack.set_aside == (4,)
    assert field.kept() == [1, 2, 3]
    (alarm,) = alarms(field.centre.store.database)
    assert (alarm.seq, alarm.code) == (4, AlarmCode.TERMINAL_RETIRED)


@pytest.mark.parametrize("state", [None, State.EXPECTED, State.WAITING])
def test_terminal_that_nobody_approved(field: Field, tmp_path: Path, state: State | None) -> None:
    """The authority's certificate alone is not enough where there is a registry."""
    database = field.centre.store.database
    with database.writing() as connection:
        connection.execute(sa.text("DELETE FROM fleet_terminal"))
        if state is not None:
            registry.enter(connection, TERMINAL, state, START)
    segment = gather(field.log.events())
    assert segment is not None
    assert field.identity.certificate is not None
    compact = sign_segment(segment, field.identity.key, field.identity.certificate)
    status, said = field.centre.post(compact)
    assert status == 403
    assert "fleet show" in said
    assert field.centre.epochs() == ()


def test_key_that_is_not_the_registrys(field: Field, tmp_path: Path) -> None:
    """The authority certified another key for the same name: who did that is asked first."""
    twin = field.centre.enrol(tmp_path / "twin")
    segment = gather(field.log.events())
    assert segment is not None
    assert twin.certificate is not None
    status, _ = field.centre.post(sign_segment(segment, twin.key, twin.certificate))
    assert status == 403
