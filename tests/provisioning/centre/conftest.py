"""Fixtures of the centre's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from tests.edge.log.made import fill, make_log
from tests.provisioning.centre.made import Centre


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """Return a running centre."""
    made = Centre(tmp_path / "centre.db")
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
