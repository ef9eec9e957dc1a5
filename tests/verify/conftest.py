"""Fixtures of the verification tests."""

from __future__ import annotations

import pytest

from crl.status import Status
from tests.verify.made import Lists, World, answer


@pytest.fixture(scope="session")
def world() -> World:
    """Return one authority with its signer and chip."""
    return World.new()


@pytest.fixture
def lists() -> Lists:
    """Return fresh lists that name nobody."""
    return Lists(for_card=answer(Status.GOOD), for_certificates=answer(Status.GOOD))
