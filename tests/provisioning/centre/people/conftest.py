"""A database with its tables, and the operators in it, once of each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provisioning.centre.database import Database
from provisioning.centre.people.accounts import Operators
from provisioning.centre.people.sessions import Sessions
from provisioning.centre.store import CentreStore


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a database that is up to date."""
    store = CentreStore(database_url)
    yield store.database
    store.close()


@pytest.fixture
def operators(database: Database) -> Operators:
    """Return its operators: none yet."""
    return Operators(database)


@pytest.fixture
def sessions(database: Database) -> Sessions:
    """Return its sessions: none yet."""
    return Sessions(database)
