"""The first root of an office's repository, signed by real keys; for the tests that hand it on."""

from __future__ import annotations

import pytest

from tests.edge.repository.made import Office


@pytest.fixture(scope="session")
def first_root(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return what a terminal is provisioned with."""
    return Office(tmp_path_factory.mktemp("repository") / "shop").first_root
