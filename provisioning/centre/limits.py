"""How many rows an answer to the pages has at the most."""

from __future__ import annotations

PAGE = 50
"""Rows on a page."""
MAX_EXPORT = 300_000
"""Rows of a file: the country's terminals, and more."""
