"""Fixtures of the log's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.log.append import EventLog
from tests.edge.log.made import make_log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the log will be."""
    return tmp_path / "log" / "events.db"


@pytest.fixture
def log(path: Path) -> Iterator[EventLog]:
    """Return an empty log."""
    made = make_log(path)
    yield made
    made.close()
