"""DG7: the holder's signature, or usual mark, as it is printed.

Source: Doc 9303-10 section 4.7.7.
"""

from __future__ import annotations

from collections.abc import Iterable

from reader.lds import displayed
from reader.lds.picture import Picture

_TEMPLATE = 0x67
_MARK = 0x5F43


def parse(data: bytes) -> tuple[Picture, ...]:
    """Return the signatures in DG7, one to nine. Raises MalformedData."""
    return displayed.parse(data, _TEMPLATE, _MARK, "DG7")


def encode(marks: Iterable[Picture]) -> bytes:
    """Return DG7 with these signatures."""
    return displayed.encode(marks, _TEMPLATE, _MARK)
