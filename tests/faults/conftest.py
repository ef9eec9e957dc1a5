"""Fixtures of the faults: both engines, a centre as a process, terminals, a proxy, the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger
from tests.faults.office import Office, Terminal
from tests.faults.proxy import Proxy
from tests.provisioning.centre.postgres import PostgresServer, binaries


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """Return a running PostgreSQL that keeps what it says it keeps."""
    programs = binaries()
    if programs is None:
        pytest.fail("PostgreSQL's programs (Debian: postgresql) are not installed")
    server = PostgresServer(programs, fsync=True)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database, once of each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.sqlite'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return an empty ledger."""
    return Ledger(tmp_path / "ledger")


@pytest.fixture
def office(tmp_path: Path, database: str) -> Iterator[Office]:
    """Return a centre that serves."""
    made = Office(tmp_path, database)
    made.start()
    made.wait_ready()
    yield made
    made.kill()


@pytest.fixture
def proxy(office: Office) -> Iterator[Proxy]:
    """Return a proxy before the centre."""
    made = Proxy(office.port)
    yield made
    made.close()


Starter = Callable[..., Terminal]


@pytest.fixture
def start(office: Office, ledger: Ledger) -> Iterator[Starter]:
    """Return what enrols and starts a terminal: its name, and the address it goes to."""
    running: list[Terminal] = []

    def begin(name: str, url: str | None = None) -> Terminal:
        terminal = Terminal(office.enrol(name), url or office.url, ledger)
        running.append(terminal)
        return terminal.start()

    yield begin
    for terminal in running:
        terminal.kill()
