"""What people do with terminals: each verb, its refusals, what it leaves behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from provisioning.centre.database import Database
from provisioning.centre.office_tables import PLACE
from provisioning.centre.tables import METADATA
from provisioning.errors import FleetRefused
from provisioning.fleet import claims, decisions, registry, requests, verbs, wipe
from provisioning.fleet.admission import Trust, admission
from provisioning.fleet.delete import GO, SHORTEST, STAY, delete
from provisioning.fleet.history import Verb, history
from provisioning.fleet.registry import ENDED, State
from provisioning.fleet.requests import RequestState
from tests.edge.log.made import START
from tests.provisioning.centre.fleet.made import (
    OPERATOR,
    ORGANISATION,
    SECRET,
    TECHNICIAN,
    Device,
    asked,
    both,
    claim_for,
    enrolled,
)

OTHER = "38168053000002"
LATER = START + timedelta(days=200)


def places(connection: sa.Connection, name: str) -> list[tuple[str, str | None, str]]:
    """Return where a terminal stood, from when until when."""
    query = sa.select(PLACE.c.since, PLACE.c.until, PLACE.c.code).where(PLACE.c.terminal == name)
    return [tuple(row) for row in connection.execute(query.order_by(PLACE.c.since))]


def test_rename_changes_what_people_call_it(database: Database) -> None:
    """The id stands in each event, and stays."""
    with database.writing() as connection:
        enrolled(connection, Device())
        found = verbs.rename(connection, "tram-001", "  Nhà văn hóa   thôn 3 ", OPERATOR, START)
        with pytest.raises(FleetRefused):
            verbs.rename(connection, "tram-001", "x" * 81, OPERATOR, START)
    assert (found.name, found.label) == ("tram-001", "Nhà văn hóa thôn 3")


def test_note_beside_a_terminal(database: Database) -> None:
    """It is kept with who wrote it; too long a one is refused."""
    with database.writing() as connection:
        enrolled(connection, Device())
        assert (
            verbs.annotate(connection, "tram-001", "hỏng đèn", OPERATOR, START).note == "hỏng đèn"
        )
        with pytest.raises(FleetRefused):
            verbs.annotate(connection, "tram-001", "x" * 301, OPERATOR, START)
        last = history(connection, "tram-001")[-1]
    assert (last.verb, last.operator) == (Verb.NOTED, OPERATOR)


@both
def test_move_from_a_day_on(database: Database) -> None:
    """What was counted before that day stays with the organisation it was counted for."""
    with database.writing() as connection:
        enrolled(connection, Device())
        verbs.move(connection, "tram-001", ORGANISATION, date(2026, 1, 1), OPERATOR, START)
        found = verbs.move(connection, "tram-001", OTHER, date(2026, 12, 1), OPERATOR, START)
        assert found.organisation == OTHER
        assert places(connection, "tram-001") == [
            ("2026-01-01", "2026-12-01", ORGANISATION),
            ("2026-12-01", None, OTHER),
        ]
        for code, day in (("12", date(2027, 1, 1)), (ORGANISATION, date(2026, 6, 1))):
            with pytest.raises(FleetRefused):
                verbs.move(connection, "tram-001", code, day, OPERATOR, START)


def test_retire_ends_certificates_claims_and_requests(database: Database) -> None:
    """Nothing that was given out lets it in again; all that was done to it stays to be read."""
    device = Device()
    with database.writing() as connection:
        certificate = enrolled(connection, device)
        claim_for(connection, device.name, id="claim-next")
        waiting = requests.bring(connection, device.name, device.csr, device.fingerprint, START)
        (ended,) = verbs.retire(connection, device.name, OPERATOR, LATER)
        assert ended.der == certificate
        assert requests.request(connection, waiting.number).state is RequestState.REFUSED
        withdrawn = {one.id: one.withdrawn_at for one in claims.claims(connection, device.name)}
        assert withdrawn["claim-next"] is not None
        found = admission(connection, device.name, device.fingerprint)
        assert (found.trust, found.connects) == (Trust.PAST, False)
        assert Verb.CERTIFIED in [one.verb for one in history(connection, device.name)]
        with pytest.raises(FleetRefused):
            verbs.retire(connection, device.name, OPERATOR, LATER)
        with pytest.raises(FleetRefused):
            verbs.move(connection, device.name, OTHER, date(2027, 1, 1), OPERATOR, LATER)


@both
def test_replace_hands_on_place_and_link(database: Database) -> None:
    """The new one stands where the old one stood; each says which the other is."""
    old, new = Device("tram-001"), Device("tram-002")
    with database.writing() as connection:
        enrolled(connection, old)
        verbs.move(connection, "tram-001", OTHER, date(2026, 1, 1), OPERATOR, START)
        enrolled(connection, new)
        before, after = verbs.replace(connection, "tram-001", "tram-002", OPERATOR, START)
        assert (before.state, before.replaced_by) == (State.RETIRED, "tram-002")
        assert (after.state, after.replaces, after.organisation) == (
            *(State.APPROVED, "tram-001", OTHER),
        )
        assert places(connection, "tram-002") == [("2026-11-21", None, OTHER)]


def test_replace_refusals(database: Database) -> None:
    """Not by itself, not twice, not by what is out of service, not by an unknown one."""
    with database.writing() as connection:
        for name in ("a", "b", "c", "d"):
            enrolled(connection, Device(name))
        verbs.retire(connection, "d", OPERATOR, START)
        verbs.replace(connection, "a", "b", OPERATOR, START)
        for old, new in (("c", "c"), ("a", "c"), ("c", "b"), ("c", "d"), ("c", "e"), ("e", "c")):
            with pytest.raises(FleetRefused):
                verbs.replace(connection, old, new, OPERATOR, START)


@both
def test_lost_is_found_and_enrolled_anew(database: Database) -> None:
    """The key that it comes back with is believed; the one that was out there stays held."""
    old, new = Device(), Device()
    with database.writing() as connection:
        enrolled(connection, old)
        done = verbs.lost(connection, old.name, OPERATOR, START)
        assert [one.why for one in registry.certificates(connection, old.name)] == [State.LOST]
        assert len(done.certificates) == 1
        assert admission(connection, old.name, old.fingerprint).trust is Trust.HELD
        with pytest.raises(FleetRefused):
            verbs.lost(connection, old.name, OPERATOR, START)
        claim = claim_for(connection, old.name, LATER, id="claim-back")
        used = claims.use_claim(connection, claim.id, SECRET, new.fingerprint, LATER)
        assert used.claim is not None
        request = requests.ask(connection, used.claim, new.csr, new.fingerprint, LATER)
        assert registry.get(connection, old.name).state is State.LOST
        decisions.approve(connection, request.number, OPERATOR, LATER)
        decisions.issued(connection, request.number, new.certificate(LATER), LATER)
        assert admission(connection, old.name, new.fingerprint).trust is Trust.SERVICE
        assert admission(connection, old.name, old.fingerprint).trust is Trust.HELD


@both
def test_who_is_admitted(database: Database) -> None:
    """By the authority alone, until there is a registry; then by the registry alone."""
    known, adopted = Device("known"), Device("adopted")
    with database.writing() as connection:
        assert admission(connection, "x", "f" * 64).trust is Trust.AUTHORITY
        enrolled(connection, known)
        registry.enter(connection, "adopted", State.APPROVED, START)
        asked(connection, Device("waiting"))
        expected = {
            ("known", known.fingerprint): Trust.SERVICE,
            ("known", adopted.fingerprint): Trust.NONE,
            ("adopted", adopted.fingerprint): Trust.SERVICE,
            ("waiting", known.fingerprint): Trust.NONE,
            ("nobody", known.fingerprint): Trust.NONE,
        }
        found = {who: admission(connection, *who).trust for who in expected}
    assert found == expected


def test_terminal_that_was_certified_outside_is_adopted(database: Database) -> None:
    """What the authority issued by hand comes in with its certificate; the lost stay out."""
    device = Device()
    with database.writing() as connection:
        found = verbs.adopt(
            *(connection, device.certificate(), device.name, OPERATOR, START),
            organisation=ORGANISATION,
        )
        assert (found.state, found.organisation) == (State.APPROVED, ORGANISATION)
        assert admission(connection, device.name, device.fingerprint).trust is Trust.SERVICE
        verbs.lost(connection, device.name, OPERATOR, START)
        with pytest.raises(FleetRefused):
            verbs.adopt(connection, device.certificate(LATER), device.name, OPERATOR, LATER)


@both
def test_wipe_revokes_at_once_and_is_one_order(database: Database) -> None:
    """The guarantee is the revocation: it stands before the terminal has heard of anything."""
    device = Device()
    with database.writing() as connection:
        enrolled(connection, device)
        first, done = wipe.order(connection, device.name, OPERATOR, START)
        again, _ = wipe.order(connection, device.name, OPERATOR, LATER)
        assert first == again
        assert len(done.certificates) == 1
        assert registry.get(connection, device.name).state is State.WIPING
        assert admission(connection, device.name, device.fingerprint).trust is Trust.HELD
        registry.enter(connection, device.name, State.WIPED, LATER)
        with pytest.raises(FleetRefused):
            wipe.order(connection, device.name, OPERATOR, LATER)
        claim_for(connection, "never")
        with pytest.raises(FleetRefused):
            wipe.order(connection, "never", OPERATOR, START)


def test_every_table_of_terminals_is_gone_over() -> None:
    """A table that is added says whether its rows go with the terminal, or stay as figures."""
    tables = {table.name for table in METADATA.tables.values() if "terminal" in table.columns}
    assert tables == {table.name for table in (*GO, *STAY)}


RETENTION = timedelta(days=5 * 365)


def test_delete_before_its_time_is_refused(database: Database) -> None:
    """In service, too early, or by a policy of no length: nothing goes."""
    with database.writing() as connection:
        enrolled(connection, Device())
        with pytest.raises(FleetRefused):
            delete(connection, "tram-001", RETENTION, START + 2 * RETENTION)
        verbs.retire(connection, "tram-001", OPERATOR, START)
        with pytest.raises(FleetRefused) as caught:
            delete(connection, "tram-001", RETENTION, START + RETENTION - timedelta(seconds=1))
        assert "2031-11-20" in caught.value.message
        with pytest.raises(FleetRefused):
            delete(connection, "tram-001", SHORTEST - timedelta(days=1), START + RETENTION)
        assert registry.get(connection, "tram-001").state in ENDED


@both
def test_delete_leaves_nothing_that_names(database: Database) -> None:
    """Neither terminal nor technician; where it stood stays as a figure, under a drawn name."""
    with database.writing() as connection:
        enrolled(connection, Device())
        enrolled(connection, Device("tram-002"))
        verbs.move(connection, "tram-001", OTHER, date(2026, 1, 1), OPERATOR, START)
        verbs.replace(connection, "tram-001", "tram-002", OPERATOR, START)
        delete(connection, "tram-001", RETENTION, START + RETENTION)
        assert registry.find(connection, "tram-001") is None
        assert registry.get(connection, "tram-002").replaces is None
        (drawn,) = connection.execute(
            sa.select(PLACE.c.terminal).where(PLACE.c.terminal.like("deleted-%"))
        ).scalars()
        assert drawn.removeprefix("deleted-")
        assert registry.in_use(connection)
        left: set[str] = set()
        for table in sa.inspect(connection).get_table_names():
            rows = connection.execute(sa.text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 -- names of the database's own tables
            assert not any("tram-001" in str(cell) for row in rows for cell in row), table
            left |= {str(cell) for row in rows for cell in row}
    assert {"tram-002", TECHNICIAN} <= left
