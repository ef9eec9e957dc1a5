"""BER-TLV as cards and travel documents use it: every byte is accounted for.

Lives here: tags of one to three bytes, definite lengths of up to four bytes, cut and joined.
Not here: ASN.1 types (asn1crypto, wrapped by `lds` and `verify`) and indefinite lengths, which
no elementary file template uses.
Source: ISO/IEC 7816-4 section 5.2.2, ITU-T X.690 section 8.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reader.errors import MalformedData

MAX_TAG = 3  # bytes
MAX_LENGTH = 4  # bytes that a long length may take, after its first


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object: tag as an integer (0x7F49), value as bytes."""

    tag: int
    value: bytes

    def to_bytes(self) -> bytes:
        """Return the object with the shortest length form."""
        return encode(self.tag, self.value)


def encode_length(length: int) -> bytes:
    """Return the shortest definite form of a length."""
    if length < 0x80:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    if size > MAX_LENGTH:
        raise _malformed("a length is too large to encode")
    return bytes([0x80 | size]) + length.to_bytes(size, "big")


def encode(tag: int, value: bytes) -> bytes:
    """Return tag, shortest length and value."""
    width = max(1, (tag.bit_length() + 7) // 8)
    return tag.to_bytes(width, "big") + encode_length(len(value)) + value


def header(data: bytes, offset: int = 0) -> tuple[int, int, int]:
    """Return (tag, header size, value length) of the object that begins at `offset`.

    Needs only the header's bytes, so that a first read of a file tells its size.
    Raises MalformedData where the header is cut short or uses an indefinite length.
    """
    position = offset
    end = len(data)
    if position >= end:
        raise _malformed("the data end where a tag should stand")
    first = data[position]
    tag = first
    position += 1
    if first & 0x1F == 0x1F:
        while True:
            if position >= end or position - offset >= MAX_TAG:
                raise _malformed("a tag is cut short or too long")
            octet = data[position]
            tag = tag << 8 | octet
            position += 1
            if not octet & 0x80:
                break
    if position >= end:
        raise _malformed("the data end where a length should stand")
    length = data[position]
    position += 1
    if length == 0x80:
        raise _malformed("a length is indefinite")
    if length > 0x80:
        size = length & 0x7F
        if size > MAX_LENGTH or position + size > end:
            raise _malformed("a length is cut short or too long")
        length = int.from_bytes(data[position : position + size], "big")
        position += size
    return tag, position - offset, length


def parse_one(data: bytes, offset: int = 0) -> tuple[Tlv, int]:
    """Return the object at `offset` and the offset just behind it."""
    tag, head, length = header(data, offset)
    start = offset + head
    if start + length > len(data):
        raise _malformed(f"object {tag:X} is cut short")
    return Tlv(tag, bytes(data[start : start + length])), start + length


def iterate(data: bytes) -> Iterator[Tlv]:
    """Yield the objects that fill `data`; a leftover byte is an error."""
    offset = 0
    while offset < len(data):
        item, offset = parse_one(data, offset)
        yield item


def unwrap(data: bytes, tag: int) -> bytes:
    """Return the value of the single object `tag` that is all of `data`."""
    item, end = parse_one(data)
    if item.tag != tag:
        raise _malformed(f"tag {tag:X} was expected and {item.tag:X} found")
    if end != len(data):
        raise _malformed(f"{len(data) - end} bytes follow object {tag:X}")
    return item.value


def _malformed(why: str) -> MalformedData:
    return MalformedData(
        f"The card's data are malformed: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
    )
