"""Fixtures of the centre's tests: one test-suite over both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from provisioning.centre.people import passwords
from provisioning.centre.store import CentreStore
from tests.edge.log.made import fill, make_log
from tests.provisioning.centre.made import Centre, lay_empty
from tests.provisioning.centre.postgres import PostgresServer, binaries

WHOLE_COST = passwords.N


@pytest.fixture(scope="package", autouse=True)
def password_cost() -> Iterator[None]:
    """Let a password cost next to nothing: those of these tests guard nothing.

    Not where it is what a test is about (`people/test_passwords.py`).
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "N", 2)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return a running PostgreSQL."""
    programs = binaries()
    if programs is None:
        pytest.fail("PostgreSQL's programs (Debian: postgresql) are not installed")
    server = PostgresServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def up_to_date(postgres: PostgresServer) -> str:
    """Return the name of a database in PostgreSQL that is up to date and empty, to be copied."""
    url = postgres.make_database()
    CentreStore(url).close()
    return sa.make_url(url).database or ""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without any table, once of each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the address of a SQLite database with nothing in it."""
    return lay_empty(tmp_path / "centre.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a database with nothing in it, once of each engine.

    It is up to date already, for that takes long.
    """
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database(request.getfixturevalue("up_to_date"))


@pytest.fixture
def centre(database_url: str) -> Iterator[Centre]:
    """Return a running centre."""
    made = Centre(database_url)
    yield made
    made.store.close()


@pytest.fixture
def identity(centre: Centre, tmp_path: Path) -> TerminalIdentity:
    """Return an enrolled terminal."""
    return centre.enrol(tmp_path / "identity")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    """Return its log, with one meeting and three people in it."""
    made = make_log(tmp_path / "events.db")
    fill(made, 3)
    yield made
    made.close()


def _still_there(file: Path) -> bytes:
    """Return a file's bytes; none of one that the server took away since it was listed."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


@pytest.fixture
def on_disk(database_url: str, request: pytest.FixtureRequest) -> Callable[[], bytes]:
    """Return all that the database has on the disk, write-ahead log included."""

    def read() -> bytes:
        if database_url.startswith("sqlite"):
            path = Path(database_url.removeprefix("sqlite:///"))
            files = list(path.parent.glob(f"{path.name}*"))
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            files = [file for file in server.folder.rglob("*") if file.is_file()]
        return b"".join(_still_there(file) for file in files)

    return read
