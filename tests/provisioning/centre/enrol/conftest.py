"""Fixtures of enrolment's tests: an office over each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.provisioning.centre.enrol.office import Office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """Return an office whose authority is in process."""
    made = Office(database_url)
    yield made
    made.centre.store.close()


@pytest.fixture
def office_here(sqlite_url: str) -> Iterator[Office]:
    """Return the same over SQLite, for what no database has a part in."""
    made = Office(sqlite_url)
    yield made
    made.centre.store.close()
