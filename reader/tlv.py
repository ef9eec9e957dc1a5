"""BER-TLV as cards and travel documents use it: every byte is accounted for.

Lives here: tags of one to three bytes, definite lengths of up to four bytes, cut and joined.
Not here: ASN.1 types (`lds`, and asn1crypto wrapped by `verify`) and indefinite lengths, which
no elementary file template uses.
Source: ISO/IEC 7816-4 section 5.2.2, ITU-T X.690 section 8.1.

Every answer of a card and every file passes here, so what nearly all objects are (a tag of one
byte, a length of one byte) is read first and in place; `header` reads all the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from reader.errors import MalformedData

MAX_TAG = 3  # bytes
MAX_LENGTH = 4  # bytes that a long length may take, after its first

_LONG_TAG = 0x1F  # the low five bits of a tag that goes on in the next byte
_LONG_LENGTH = 0x80


class Tlv(NamedTuple):
    """One data object: tag as an integer (0x7F49), value as bytes.

    A pair, and so unpacked as one: it is made several times for every exchange with a card.
    """

    tag: int
    value: bytes

    def __repr__(self) -> str:  # a value may be a name, a number or a key
        return f"Tlv(tag={self.tag:#x}, {len(self.value)} bytes)"

    def to_bytes(self) -> bytes:
        """Return the object with the shortest length form."""
        return encode(self.tag, self.value)


_tlv = partial(tuple.__new__, Tlv)  # of a pair; half the cost of the class's own call


def encode_length(length: int) -> bytes:
    """Return the shortest definite form of a length."""
    if length < _LONG_LENGTH:
        return bytes((length,))
    size = (length.bit_length() + 7) // 8
    if size > MAX_LENGTH:
        raise _malformed("a length is too large to encode")
    return bytes((_LONG_LENGTH | size,)) + length.to_bytes(size, "big")


def encode(tag: int, value: bytes) -> bytes:
    """Return tag, shortest length and value."""
    length = len(value)
    if tag < 0x100 and length < _LONG_LENGTH:
        return bytes((tag, length)) + value
    width = (tag.bit_length() + 7) // 8 or 1
    return tag.to_bytes(width, "big") + encode_length(length) + value


def header(data: bytes, offset: int = 0) -> tuple[int, int, int]:
    """Return (tag, header size, value length) of the object that begins at `offset`.

    Needs only the header's bytes, so that a first read of a file tells its size.
    Raises MalformedData where the header is cut short or uses an indefinite length.
    """
    position = offset + 1
    try:
        tag = data[offset]
        if tag & _LONG_TAG == _LONG_TAG:
            tag, position = _long_tag(data, offset)
        length = data[position]
    except IndexError:
        raise _malformed("the data end inside a tag, or where a length should stand") from None
    position += 1
    if length < _LONG_LENGTH:
        return tag, position - offset, length
    size = length - _LONG_LENGTH
    if not size:
        raise _malformed("a length is indefinite")
    start = position + size
    if size > MAX_LENGTH or start > len(data):
        raise _malformed("a length is cut short or too long")
    return tag, start - offset, int.from_bytes(data[position:start], "big")


def _long_tag(data: bytes, offset: int) -> tuple[int, int]:
    """Return a tag of several bytes and the offset just behind it."""
    tag, position = data[offset], offset + 1
    while True:
        if position - offset == MAX_TAG:
            raise _malformed("a tag is too long")
        octet = data[position]
        tag = tag << 8 | octet
        position += 1
        if octet < 0x80:
            return tag, position


def parse_one(data: bytes, offset: int = 0) -> tuple[Tlv, int]:
    """Return the object at `offset` and the offset just behind it."""
    tag, head, length = header(data, offset)
    start = offset + head
    stop = start + length
    if stop > len(data):
        raise _cut_short(tag)
    return _tlv((tag, bytes(data[start:stop]))), stop


def iterate(data: bytes) -> Iterator[Tlv]:
    """Yield the objects that fill `data`; a leftover byte is an error."""
    data = bytes(data)
    end = len(data)
    offset = 0
    while offset < end:
        start = offset + 2
        if (
            start > end
            or (tag := data[offset]) & _LONG_TAG == _LONG_TAG
            or (length := data[offset + 1]) >= _LONG_LENGTH
        ):
            tag, head, length = header(data, offset)
            start = offset + head
        offset = start + length
        if offset > end:
            raise _cut_short(tag)
        yield _tlv((tag, data[start:offset]))


def unwrap(data: bytes, tag: int) -> bytes:
    """Return the value of the single object `tag` that is all of `data`."""
    size = len(data)
    if size > 1 and data[0] == tag and data[1] == size - 2 < _LONG_LENGTH:
        return bytes(data[2:])
    found, head, length = header(data)
    surplus = size - head - length
    if surplus < 0:
        raise _cut_short(found)
    if found != tag:
        raise _malformed(f"tag {tag:X} was expected and {found:X} found")
    if surplus:
        raise _malformed(f"{surplus} bytes follow object {tag:X}")
    return bytes(data[head:])


def tags(data: bytes) -> tuple[int, ...]:
    """Return the tags that fill `data`, a tag list (ISO/IEC 7816-4 section 11.4.2)."""
    found: list[int] = []
    tag = width = 0
    for octet in data:
        tag = tag << 8 | octet
        width += 1
        if octet >= 0x80 if width > 1 else octet & _LONG_TAG == _LONG_TAG:
            if width == MAX_TAG:
                raise _malformed("a tag is too long")
        else:
            found.append(tag)
            tag = width = 0
    if width:
        raise _malformed("a tag is cut short")
    return tuple(found)


def _cut_short(tag: int) -> MalformedData:
    return _malformed(f"object {tag:X} is cut short")


def _malformed(why: str) -> MalformedData:
    return MalformedData(
        f"The card's data are malformed: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
    )
