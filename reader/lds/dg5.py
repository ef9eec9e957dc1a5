"""DG5: the portrait as it is printed.

Source: Doc 9303-10 section 4.7.5.
"""

from __future__ import annotations

from collections.abc import Iterable

from reader.lds import displayed
from reader.lds.picture import Picture

_TEMPLATE = 0x65
_PORTRAIT = 0x5F40


def parse(data: bytes) -> tuple[Picture, ...]:
    """Return the portraits in DG5, one to nine. Raises MalformedData."""
    return displayed.parse(data, _TEMPLATE, _PORTRAIT, "DG5")


def encode(portraits: Iterable[Picture]) -> bytes:
    """Return DG5 with these portraits."""
    return displayed.encode(portraits, _TEMPLATE, _PORTRAIT)
