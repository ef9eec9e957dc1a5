"""Displayed images: a count, and as many pictures, in one template.

Lives here: what DG5 and DG7 have in common. Not here: decoding a picture (`picture` says where).
Source: Doc 9303-10 sections 4.7.5 and 4.7.7, tables 58 and 62.
"""

from __future__ import annotations

from collections.abc import Iterable

from reader import tlv
from reader.lds import picture
from reader.lds.asn1 import counted, encode_integer, malformed, require_size
from reader.lds.picture import Picture

MAX_DISPLAYED = 256 * 1024  # bytes of a file

_COUNTS = range(1, 10)


def parse(data: bytes, template: int, tag: int, where: str) -> tuple[Picture, ...]:
    """Return the pictures of the file `template`, each under `tag`. Raises MalformedData."""
    require_size(data, MAX_DISPLAYED, where)
    pictures = counted(tlv.unwrap(data, template), _COUNTS, "pictures", where)
    if any(item.tag != tag for item in pictures):
        raise malformed(where, "something stands in it that is no picture of its kind")
    return tuple(picture.parse(item.value, where) for item in pictures)


def encode(pictures: Iterable[Picture], template: int, tag: int) -> bytes:
    """Return the file with these pictures."""
    inside = [tlv.encode(tag, one.data) for one in pictures]
    return tlv.encode(template, encode_integer(len(inside)) + b"".join(inside))
