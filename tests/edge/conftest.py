"""A provisioned terminal and the cast's cards, made once for all tests of the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.cli.common import office_time
from provisioning.demo.prepare import Stage, prepare

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a pilot, its cast and a terminal's state folder, all as of AT; never written to."""
    return prepare(tmp_path_factory.mktemp("pilot"), AT)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return the same as of now, for services that read the real clock."""
    return prepare(tmp_path_factory.mktemp("live"), office_time())


@pytest.fixture(scope="session")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return the same, its lists twenty days old now."""
    return prepare(tmp_path_factory.mktemp("stale"), office_time() - timedelta(days=20))
