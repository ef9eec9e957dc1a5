"""A doorkeeper over a folder, with a clock that tests move."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.people.doorkeeper import Doorkeeper
from edge.people.store import PeopleFile
from tests.edge.people.made import WRAP_KEY, Seconds, claim, keeper_of


@pytest.fixture
def seconds() -> Seconds:
    """Return the seconds that the terminal has run."""
    return Seconds()


@pytest.fixture
def file(tmp_path: Path) -> PeopleFile:
    """Return the file of an identity folder that holds nothing yet."""
    return PeopleFile(tmp_path, WRAP_KEY)


@pytest.fixture
def keeper(tmp_path: Path, seconds: Seconds) -> Doorkeeper:
    """Return who lets people in: every role has a PIN, and recovery is set."""
    made = keeper_of(tmp_path, seconds)
    made.take(claim())
    return made
