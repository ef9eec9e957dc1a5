"""A registry over an up-to-date database: SQLite's, and PostgreSQL's where a test says `both`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.centre.database import Database
from tests.provisioning.centre.made import lay_empty
from tests.provisioning.centre.postgres import PostgresServer


@pytest.fixture
def engine() -> str:
    """Return which engine a test runs over, where it does not say `both`."""
    return "sqlite"


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an up-to-date database with nothing in it."""
    if engine == "sqlite":
        return lay_empty(tmp_path / "centre.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database(request.getfixturevalue("up_to_date"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a centre's database with nothing in it."""
    found = Database(database_url)
    yield found
    found.close()
