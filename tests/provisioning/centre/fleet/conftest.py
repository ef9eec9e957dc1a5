"""A registry over an up-to-date database: SQLite's, and PostgreSQL's where a test says `both`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.centre.database import Database
from provisioning.centre.store import CentreStore
from tests.provisioning.centre.postgres import PostgresServer


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file that is up to date and empty, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "centre.db"
    CentreStore(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def engine() -> str:
    """Return which engine a test runs over, where it does not say `both`."""
    return "sqlite"


@pytest.fixture
def database_url(
    engine: str, empty_file: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> str:
    """Return the address of an up-to-date database with nothing in it."""
    if engine == "sqlite":
        return f"sqlite:///{shutil.copy(empty_file, tmp_path / 'centre.db')}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database(request.getfixturevalue("up_to_date"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a centre's database with nothing in it."""
    found = Database(database_url)
    yield found
    found.close()
