"""`docs/adr`: each decision has a number of its own, and says it."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "adr"


def test_numbers() -> None:
    """No two decisions have one number: comments name them by it."""
    pages = sorted(FOLDER.glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    for page, number in zip(pages, numbers, strict=True):
        assert re.match(rf"# {int(number)}\. ", page.read_text("utf-8")), page.name
