"""A database that is gone, damaged, of another kind, or restarted meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from provisioning.centre.store import CentreStore
from provisioning.errors import CentreStoreUnavailable, OfficeInputInvalid
from tests.edge.log.made import TERMINAL
from tests.provisioning.centre.made import Centre, signed
from tests.provisioning.centre.postgres import PostgresServer, binaries
from tests.provisioning.centre.test_segments import acked


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Return a PostgreSQL that this test may stop."""
    programs = binaries()
    if programs is None:
        pytest.fail("PostgreSQL's programs (Debian: postgresql) are not installed")
    made = PostgresServer(programs, fsync=True)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_damaged_file_is_said(tmp_path: Path, log: EventLog) -> None:
    """A database that is garbage gives 503 with a next step, and no acknowledgement."""
    path = tmp_path / "damaged.db"
    centre = Centre(f"sqlite:///{path}")
    identity = centre.enrol(tmp_path / "id")
    centre.store.close()
    path.write_bytes(b"garbage" * 1000)
    for name in ("damaged.db-wal", "damaged.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    status, body = centre.post(signed(log, identity))
    assert status == 503
    assert "disk" in body
    for path_ in ("/v1/health", "/v1/ready"):
        assert centre.app.test_client().get(path_).status_code == 503


def test_database_that_cannot_be_made(tmp_path: Path) -> None:
    """A wrong path is told at the start."""
    with pytest.raises(CentreStoreUnavailable) as caught:
        CentreStore(f"sqlite:///{tmp_path}/none/centre.db")
    assert caught.value.next_step


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "postgresql+psycopg2://x/y",
        "postgresql+none://x/y",
        "nonsense://x",
        "centre.db",
        "sqlite+aio:///x",
        "",
    ],
)
def test_address_of_another_kind(url: str) -> None:
    """Only the two engines with the drivers that are tested are taken."""
    with pytest.raises(OfficeInputInvalid) as caught:
        CentreStore(url)
    assert "postgresql+psycopg" in caught.value.next_step


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"],
)
def test_database_in_memory(url: str) -> None:
    """Refused: an event that was acknowledged must outlive the process."""
    with pytest.raises(OfficeInputInvalid, match="memory"):
        CentreStore(url)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "crash"])
def test_postgresql_restarted_between_segments(
    server: PostgresServer, log: EventLog, tmp_path: Path, how: signal.Signals
) -> None:
    """While it is down the answer is 503; afterwards the same process goes on, nothing lost."""
    centre = Centre(server.make_database())
    identity: TerminalIdentity = centre.enrol(tmp_path / "id")
    compact = signed(log, identity)
    before = acked(centre, compact)
    server.stop(how)
    assert centre.post(compact)[0] == 503
    server.start()
    assert acked(centre, compact) == before
    assert centre.store.events(TERMINAL, log.epoch) == log.events()
    centre.store.close()
