"""Fixtures of the verification tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crl.status import Status
from tests.verify.made import Lists, World, answer


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Return the folder of vectors, or skip where it is absent."""
    default = Path(__file__).resolve().parents[3] / "shared" / "vectors"
    folder = Path(os.environ.get("TRAMTHE_VECTORS", default))
    if not folder.is_dir():
        pytest.skip(f"no vectors: {folder} is absent (TRAMTHE_VECTORS names the folder)")
    return folder


@pytest.fixture(scope="session")
def world() -> World:
    """Return one authority with its signer and chip."""
    return World.new()


@pytest.fixture
def lists() -> Lists:
    """Return fresh lists that name nobody."""
    return Lists(for_card=answer(Status.GOOD), for_certificates=answer(Status.GOOD))
