"""`docs/symptoms.md` says of each trouble what the program says."""

from __future__ import annotations

import re
from pathlib import Path

from edge.care.trouble import ADVICE

PAGE = Path(__file__).parents[2] / "docs" / "symptoms.md"


def test_every_trouble_stands_in_the_page() -> None:
    """Each code with its advice, word for word, in the program's order, and no other code."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(trouble.value, advice) for trouble, advice in ADVICE.items()]
