"""Fixtures of the uplink's tests: a terminal, and a real centre in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.sync.uplink import Uplink
from tests.edge.log.made import make_log
from tests.edge.sync.carried import Stick
from tests.provisioning.centre.made import Centre


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """Return a running centre."""
    made = Centre(f"sqlite:///{tmp_path / 'centre.db'}")
    yield made
    made.store.close()


@pytest.fixture
def identity(centre: Centre, tmp_path: Path) -> TerminalIdentity:
    """Return an enrolled terminal."""
    return centre.enrol(tmp_path / "identity")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    """Return the terminal's log, empty."""
    made = make_log(tmp_path / "events.db")
    yield made
    made.close()


@pytest.fixture
def uplink(centre: Centre, log: EventLog, identity: TerminalIdentity) -> Uplink:
    """Return the terminal's way to the centre."""
    return centre.uplink(log, identity)


@pytest.fixture
def stick(centre: Centre, tmp_path: Path) -> Stick:
    """Return an empty stick that goes to the centre."""
    path = tmp_path / "stick"
    path.mkdir()
    return Stick(path, centre)
