"""Fixtures of the list tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from crl.store import ListStore
from tests.crl.made import Office


@pytest.fixture(scope="session")
def office() -> Office:
    """Return the signer whose lists are trusted."""
    return Office()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the store's folder will be."""
    return tmp_path / "lists"


@pytest.fixture
def store(folder: Path) -> ListStore:
    """Return an empty store."""
    return ListStore(folder)
