"""A publisher whose first package is out, and a terminal that has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.repository.outcome import RepositoryState
from tests.edge.repository.made import AT, PACKAGE, Office, Taker


@pytest.fixture(scope="session")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("office")
    made = Office(folder / "office")
    made.publish(PACKAGE, b"first", AT, folder / "scratch")
    return made


@pytest.fixture
def office(_begun: Office, tmp_path: Path) -> Office:
    """Return the publisher, in a folder of the test's own."""
    return _begun.copy(tmp_path / "office")


@pytest.fixture
def taker(office: Office, tmp_path: Path) -> Taker:
    """Return the terminal."""
    made = Taker(tmp_path / "terminal", office.first_root)
    assert made.take(office.public).state is RepositoryState.UP_TO_DATE
    return made
