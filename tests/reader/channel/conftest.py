"""The standard's printed examples of PACE."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_VECTORS = Path(__file__).resolve().parents[2] / "vectors"


@pytest.fixture
def printed() -> Callable[[str], dict[str, Any]]:
    """Return a reader of the printed examples by name, to be changed at will."""

    def load(name: str) -> dict[str, Any]:
        example: dict[str, Any] = json.loads((_VECTORS / f"{name}.json").read_bytes())
        return example

    return load
