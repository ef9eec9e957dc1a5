"""Every past schema is brought up to date with what it holds; a later one is refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from edge.log.append import EventLog
from edge.wire.event import Event
from provisioning.centre import fleet, schema
from provisioning.centre.database import Database
from provisioning.centre.store import CentreStore
from provisioning.centre.tables import METADATA, EpochId, Instant
from provisioning.errors import CentreSchemaNewer, CentreStoreUnavailable
from tests.edge.log.made import TERMINAL
from tests.provisioning.centre.made import Centre, signed
from tests.provisioning.centre.test_segments import acked

SCHEMAS = Path(__file__).parent / "schemas"
RECEIVED = "2026-11-21T12:00:00.000Z"


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """Return the address of a database without any table, once of each engine."""
    return empty_database_url


def fill(database: Database, events: tuple[Event, ...], high_water: int) -> None:
    """Put events into a database of the first schema, as that version did."""
    old = sa.MetaData()

    def place() -> tuple[sa.Column[str], sa.Column[str]]:
        return sa.Column("terminal", sa.Text), sa.Column("epoch", EpochId)

    event = sa.Table(
        "event",
        old,
        *place(),
        sa.Column("seq", sa.BigInteger),
        *(sa.Column(name, sa.LargeBinary) for name in ("hash", "prev", "data")),
        sa.Column("received_at", Instant),
    )
    epoch = sa.Table(
        "epoch",
        old,
        *place(),
        sa.Column("high_water", sa.BigInteger),
        sa.Column("last_seen", Instant),
    )
    first = events[0]
    with database.writing() as connection:
        for item in events:
            connection.execute(
                event.insert().values(
                    terminal=item.terminal,
                    epoch=item.epoch,
                    seq=item.seq,
                    hash=item.hash,
                    prev=item.prev,
                    data=item.to_bytes(),
                    received_at=RECEIVED,
                )
            )
        connection.execute(
            epoch.insert().values(
                terminal=first.terminal,
                epoch=first.epoch,
                high_water=high_water,
                last_seen=RECEIVED,
            )
        )


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "with a gap"])
def test_first_schema_is_brought_up_to_date(
    database_url: str, log: EventLog, tmp_path: Path, whole: bool
) -> None:
    """Events stay, and what is held of the epoch is counted once: high water, head, gaps."""
    events = log.events()
    kept = events if whole else (events[0], *events[2:])
    database = Database(database_url)
    schema.bring_up_to_date(database, "0001")
    fill(database, kept, 4 if whole else 1)
    database.close()
    centre = Centre(database_url)
    (row,) = centre.epochs()
    assert (row.events, row.high_water, row.last_seen) == (len(kept), 4 if whole else 1, RECEIVED)
    assert centre.store.events(TERMINAL, log.epoch) == kept
    ack = acked(centre, signed(log, centre.enrol(tmp_path / "id")))
    assert (ack.high_water, ack.gaps, ack.alarms) == (4, (), ())
    assert ack.head == events[-1].hash
    assert centre.store.events(TERMINAL, log.epoch) == events
    centre.store.close()


def test_file_from_before_steps_were_recorded(tmp_path: Path) -> None:
    """The very first centre wrote no version: its file is taken over as it is."""
    path = tmp_path / "centre.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((SCHEMAS / "unversioned.sql").read_text(encoding="utf-8"))
    store = CentreStore(f"sqlite:///{path}")
    (row,) = fleet.epochs(store.database)
    assert (row.terminal, row.high_water, row.events) == ("demo-terminal", 2, 2)
    assert [event.seq for event in store.events(row.terminal, row.epoch)] == [1, 2]
    store.close()


def test_later_schema_is_refused(database_url: str) -> None:
    """A database of a later version is left alone, and the way out is said."""
    CentreStore(database_url).close()
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CentreSchemaNewer) as caught:
        CentreStore(database_url)
    assert "Install that version" in caught.value.next_step
    with database.reading() as connection:
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    assert version == "9999"
    database.close()


def test_opening_again_changes_nothing(database_url: str) -> None:
    """A second start applies no step."""
    CentreStore(database_url).close()
    CentreStore(database_url).close()
    database = Database(database_url)
    with database.reading() as connection:
        rows = connection.execute(sa.text("SELECT version_num FROM alembic_version")).all()
    assert [row[0] for row in rows] == [schema.revisions()[-1]]
    database.close()


def test_steps_are_those_that_alembic_sees() -> None:
    """Their names are read from their files, so that a start need not load it."""
    script = ScriptDirectory(schema.MIGRATIONS)
    assert schema.revisions() == tuple(
        step.revision for step in reversed(list(script.walk_revisions()))
    )


def test_start_with_no_step_due_loads_no_alembic(tmp_path: Path) -> None:
    """Each process of a centre has its memory for something else."""
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    CentreStore(url).close()
    program = (
        "import sys; from provisioning.cli import centre\n"
        "from provisioning.centre.store import CentreStore\n"
        f"CentreStore({url!r}).close()\n"
        "print({'alembic', 'mako', 'edge.holdings', 'verify.pipeline'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_tables_are_as_the_code_says(database_url: str) -> None:
    """After all steps the database has exactly the tables and columns that the code names."""
    CentreStore(database_url).close()
    database = Database(database_url)
    inspector = sa.inspect(database.engine)
    for table in METADATA.sorted_tables:
        found = {column["name"] for column in inspector.get_columns(table.name)}
        assert found == {column.name for column in table.columns}
        key = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key]
    database.close()


def test_step_that_fails_leaves_the_one_before(database_url: str) -> None:
    """A step and its record are one transaction: half a step never stands."""
    database = Database(database_url)
    schema.bring_up_to_date(database, "0001")
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE gap (x INTEGER)"))  # in the second step's way
    with pytest.raises(CentreStoreUnavailable):
        schema.bring_up_to_date(database)
    inspector = sa.inspect(database.engine)
    assert "kind" not in {column["name"] for column in inspector.get_columns("event")}
    database.close()
