"""Who is in the registry, and the moment from which it decides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.log.append import EventLog
from edge.wire.event import timestamp
from provisioning.centre.database import Database
from provisioning.centre.office_tables import PLACE
from provisioning.centre.store import CentreStore
from provisioning.errors import FleetRefused
from provisioning.fleet import registry
from provisioning.fleet.history import Verb, history
from provisioning.fleet.registry import State
from tests.edge.log.made import START, TERMINAL
from tests.provisioning.centre.fleet.made import ORGANISATION, Device, both, enrolled
from tests.provisioning.centre.made import Centre, signed
from tests.provisioning.centre.test_segments import acked


def test_no_terminal_no_registry(database: Database) -> None:
    """An empty registry decides nothing."""
    with database.reading() as connection:
        assert not registry.in_use(connection)
        assert registry.every(connection) == ()
        assert registry.find(connection, "tram-001") is None
        with pytest.raises(FleetRefused) as caught:
            registry.get(connection, "tram-001")
    assert "fleet list" in caught.value.next_step


@both
def test_first_entry_adopts_who_was_heard_of(centre: Centre, log: EventLog, tmp_path: Path) -> None:
    """Whoever sent records yesterday is in service today, where it stood, with no certificate."""
    acked(centre, signed(log, centre.enrol(tmp_path / "id")))
    with centre.store.database.writing() as connection:
        connection.execute(
            sa.insert(PLACE).values(terminal=TERMINAL, since="2026-01-01", code=ORGANISATION)
        )
        registry.enter(connection, "tram-001", State.EXPECTED, START)
        assert registry.in_use(connection)
        found = registry.get(connection, TERMINAL)
        assert (found.state, found.organisation) == (State.APPROVED, ORGANISATION)
        assert found.certificate is None
        assert [one.verb for one in history(connection, TERMINAL)] == [Verb.ADOPTED]
        assert registry.get(connection, "tram-001").state is State.EXPECTED


@both
def test_terminal_has_its_newest_certificate(database: Database) -> None:
    """The list shows the certificate that runs longest, and all of them are kept."""
    device = Device()
    with database.writing() as connection:
        enrolled(connection, device)
        later = START + timedelta(days=200)
        newer = registry.keep_certificate(connection, device.name, device.certificate(later), later)
        registry.keep_certificate(connection, device.name, newer.der, later)
        found = registry.get(connection, device.name)
        assert len(registry.certificates(connection, device.name)) == 2
    assert found.certificate == newer
    assert newer.key == device.fingerprint
    assert newer.not_after > timestamp(later)


@both
def test_terminals_by_state_and_name(database: Database) -> None:
    """A filter takes any number of states; the order is that of the names."""
    with database.writing() as connection:
        for name, state in (("b", State.LOST), ("a", State.WAITING), ("c", State.APPROVED)):
            registry.enter(connection, name, state, START)
        found = registry.every(connection, State.LOST, State.WAITING)
        assert [one.name for one in found] == ["a", "b"]
        assert [one.name for one in registry.every(connection)] == ["a", "b", "c"]


@both
def test_state_keeps_its_beginning(database: Database) -> None:
    """`since` is when the state began, whatever else is said about the terminal later."""
    later = START + timedelta(days=1)
    with database.writing() as connection:
        registry.enter(connection, "a", State.EXPECTED, START, organisation=ORGANISATION)
        registry.enter(connection, "a", State.EXPECTED, later, technician="x")
        same = registry.get(connection, "a")
        registry.enter(connection, "a", State.WAITING, later)
        changed = registry.get(connection, "a")
    assert (same.since, same.organisation, same.technician) == (
        *(timestamp(START), ORGANISATION, "x"),
    )
    assert changed.since == timestamp(later)


def test_names_that_sound_alike_are_refused(database: Database) -> None:
    """`Tram-1` beside `tram-1` would be one too many on the telephone."""
    with database.writing() as connection:
        registry.enter(connection, "tram-1", State.EXPECTED, START)
        with pytest.raises(FleetRefused):
            registry.enter(connection, "Tram-1", State.EXPECTED, START)


def test_key_of_another_terminal_is_refused(database: Database) -> None:
    """Two terminals never share a key."""
    device = Device()
    with database.writing() as connection:
        enrolled(connection, device)
        twin = Device("tram-002", device.key)
        with pytest.raises(FleetRefused) as caught:
            registry.keep_certificate(connection, twin.name, twin.certificate(), START)
    assert device.name in caught.value.message


def test_bytes_that_are_no_certificate_are_refused(database: Database) -> None:
    """The registry keeps certificates and nothing else."""
    with database.writing() as connection, pytest.raises(FleetRefused):
        registry.keep_certificate(connection, "a", b"no certificate", START)


def test_registry_survives_a_restart(database_url: str) -> None:
    """It lies in the centre's database."""
    store = CentreStore(database_url)
    with store.database.writing() as connection:
        enrolled(connection, Device())
    store.close()
    store = CentreStore(database_url)
    with store.database.reading() as connection:
        assert registry.get(connection, "tram-001").state is State.APPROVED
    store.close()
