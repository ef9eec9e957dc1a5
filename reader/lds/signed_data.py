"""What a CMS SignedData encapsulates, found without looking at its signature.

Lives here: the way from ContentInfo to the signed octets, in DER and BER: some countries write
indefinite lengths and cut the octets in pieces. Not here: signer, signature and certificates
(`verify.cms`): nothing returned here is to be believed before that.
Source: RFC 5652 sections 3, 5.1 and 5.2; ITU-T X.690 sections 8.1.3.6 and 8.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reader import tlv
from reader.lds.asn1 import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    malformed,
    oid,
)

MAX_DEPTH = 24  # values inside each other

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_EXPLICIT = 0xA0
_CONSTRUCTED = 0x20
_INDEFINITE = 0x80
_END = b"\x00\x00"  # of an indefinite value


def content(data: bytes, content_type: str, where: str) -> bytes:
    """Return the signed octets of a ContentInfo whose content is of type `content_type`, dotted.

    Raises MalformedData, naming `where`, for any other form.
    """
    outer = _Reader(data, where)
    signed = outer.typed(outer.only(0, len(data), SEQUENCE), _SIGNED_DATA)
    members = outer.members(outer.only(signed.start, signed.stop, SEQUENCE))
    if [member.tag for member in members[:3]] != [INTEGER, SET, SEQUENCE]:
        raise malformed(where, "it is not a CMS SignedData")
    inner = outer.typed(members[2], content_type)
    return outer.octets(inner)


class _Value(NamedTuple):
    """Where a value's contents lie, and where the next value begins."""

    tag: int
    start: int
    stop: int
    behind: int


class _Reader:
    """Values at places of `data`, in DER or BER."""

    def __init__(self, data: bytes, where: str) -> None:
        self._data = data
        self._where = where

    def only(self, at: int, end: int, tag: int) -> _Value:
        """Return the one value that fills `at` to `end`."""
        found = self._value(at, end, MAX_DEPTH)
        if found.tag != tag or found.behind != end:
            raise malformed(self._where, f"tag {tag:02X} alone was expected")
        return found

    def members(self, value: _Value) -> list[_Value]:
        """Return the values that fill a constructed one."""
        return list(self._inside(value.start, value.stop))

    def typed(self, value: _Value, content_type: str) -> _Value:
        """Return the explicit content of a pair of type and content, the type as it should be."""
        pair = self.members(value)
        if [member.tag for member in pair] != [OBJECT_IDENTIFIER, _EXPLICIT]:
            raise malformed(self._where, "it is not a CMS object with its content inside")
        if oid(self._data[pair[0].start : pair[0].stop], self._where) != content_type:
            raise malformed(self._where, f"its content is not of type {content_type}")
        return pair[1]

    def octets(self, explicit: _Value) -> bytes:
        """Return an OCTET STRING inside an explicit tag, pieces joined."""
        found = self._value(explicit.start, explicit.stop, MAX_DEPTH)
        pieces = self.members(found) if found.tag == OCTET_STRING | _CONSTRUCTED else [found]
        if found.behind != explicit.stop or any(one.tag != OCTET_STRING for one in pieces):
            raise malformed(self._where, "what is signed is no OCTET STRING")
        return b"".join(self._data[one.start : one.stop] for one in pieces)

    def _inside(self, at: int, end: int) -> Iterator[_Value]:
        while at < end:
            found = self._value(at, end, MAX_DEPTH)
            yield found
            at = found.behind

    def _value(self, at: int, end: int, depth: int) -> _Value:
        data = self._data
        if at + 2 <= end and data[at] & _CONSTRUCTED and data[at + 1] == _INDEFINITE:
            if not depth:
                raise malformed(self._where, "it is nested too deeply")
            inner = at + 2
            while data[inner : inner + 2] != _END:
                inner = self._value(inner, end, depth - 1).behind
            if inner + 2 > end:
                raise malformed(self._where, "a value is cut short")
            return _Value(data[at], at + 2, inner, inner + 2)
        tag, head, length = tlv.header(data, at)
        start = at + head
        if start + length > end:
            raise malformed(self._where, "a value is cut short")
        return _Value(tag, start, start + length, start + length)
