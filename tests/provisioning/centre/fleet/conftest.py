"""A registry over both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provisioning.centre.database import Database
from provisioning.centre.store import CentreStore


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a centre's database with nothing in it."""
    store = CentreStore(database_url)
    yield store.database
    store.close()
