"""Waiting for what another thread does."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.conftest import PATIENCE


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; fail where it never does."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
