"""Values of DER read where they lie: what certificates, names and their extensions are made of.

Lives here: heads, members and the primitive types, at offsets of the bytes. Lengths that are
longer than need be are let pass, as real certificates have them (BER); indefinite ones are not.
Not here: CMS and key structures, which asn1crypto reads (`asn1`), and revocation lists
(`crl.der`, in place and strict). Wrong bytes raise MalformedObject.
Source: ITU-T X.690 sections 8 and 10; times: RFC 5280 section 4.1.2.5.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from verify.asn1 import malformed

MAX_LENGTH = 4  # bytes that a long length may take, after its first
MAX_OID = 64  # bytes of an identifier's contents

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OID = 0x06
UTF8_STRING = 0x0C
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

_LONG_TAGS = frozenset(tag for tag in range(256) if tag & 0x1F == 0x1F)
"""Identifier octets after which more follow; nothing that is read here has any."""

Member = tuple[int, int, int, int]
"""Tag, where its identifier octet stands, where its contents begin, where they end."""


def head(data: bytes, at: int, end: int, what: str) -> tuple[int, int, int]:
    """Return (tag, start, stop) of the value whose identifier octet is at `at`, inside `end`."""
    start = at + 2
    if start > end:
        raise malformed(what, "it ends where a value should begin")
    tag = data[at]
    length = data[at + 1]
    if length >= 0x80:
        at, size = start, length - 0x80
        start += size
        if not 0 < size <= MAX_LENGTH or start > end:
            raise malformed(what, "a length is indefinite, too long or cut short")
        length = data[at]
        while (at := at + 1) < start:
            length = length << 8 | data[at]
    stop = start + length
    if stop > end or tag in _LONG_TAGS:
        raise malformed(what, "a value is cut short, or its tag has more than one byte")
    return tag, start, stop


def members(data: bytes, at: int, end: int, what: str) -> list[Member]:
    """Return the values that fill `at` to `end`."""
    found: list[Member] = []
    try:
        while at < end:
            tag, length = data[at], data[at + 1]
            if length < 0x80 and tag not in _LONG_TAGS:  # as nearly all are
                start = at + 2
                stop = start + length
            else:
                tag, start, stop = head(data, at, end, what)
            found.append((tag, at, start, stop))
            at = stop
    except IndexError:
        at = end + 1
    if at != end:
        raise malformed(what, "a value is cut short")
    return found


def inside(data: bytes, at: int, end: int, tag: int, what: str) -> tuple[int, int]:
    """Return (start, stop) of the one value `tag` that fills `at` to `end`."""
    found, start, stop = head(data, at, end, what)
    if found != tag or stop != end:
        raise malformed(what, f"tag {tag:02X} alone was expected")
    return start, stop


def sequence(data: bytes, what: str) -> list[Member]:
    """Return the members of the SEQUENCE that is all of `data`."""
    tag, start, stop = head(data, 0, len(data), what)
    if tag != SEQUENCE or stop != len(data):
        raise malformed(what, f"tag {SEQUENCE:02X} alone was expected")
    return members(data, start, stop, what)


def integer(data: bytes, start: int, stop: int, what: str) -> int:
    """Return an INTEGER's value."""
    if start == stop:
        raise malformed(what, "an INTEGER is empty")
    return int.from_bytes(data[start:stop], "big", signed=True)


def boolean(data: bytes, start: int, stop: int, what: str) -> bool:
    """Return a BOOLEAN's value; anything but zero is TRUE, as BER has it."""
    if stop - start != 1:
        raise malformed(what, "a BOOLEAN has not one byte")
    return data[start] != 0


def bits(data: bytes, start: int, stop: int, what: str) -> list[int]:
    """Return the numbers of the bits that are set in a BIT STRING of at most four bytes."""
    unused = data[start] if start < stop else 8
    if unused > 7 or stop - start > 5 or (stop - start == 1 and unused):
        raise malformed(what, "a BIT STRING is not one of flags")
    flags = data[start + 1 : stop]
    return [
        number
        for number in range(8 * len(flags) - unused)
        if flags[number >> 3] & (0x80 >> (number & 7))
    ]


@lru_cache(maxsize=1024)
def dotted(contents: bytes) -> str:
    """Return an OBJECT IDENTIFIER's contents in dots."""
    if not 0 < len(contents) <= MAX_OID or contents[-1] & 0x80:
        raise malformed("object identifier", "it is empty, too long or cut short")
    arcs: list[int] = []
    value = 0
    fresh = True
    for octet in contents:
        if fresh and octet == 0x80:
            raise malformed("object identifier", "an arc is not in its shortest form")
        value = value << 7 | octet & 0x7F
        fresh = not octet & 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


@lru_cache(maxsize=4096)
def time(tag: int, text: bytes) -> datetime:
    """Return a UTCTime or GeneralizedTime in UTC: with seconds, without fractions, ending in Z."""
    if tag == UTC_TIME:  # 50 to 99 are the twentieth century
        text = (b"19" if text[:2] >= b"50" else b"20") + text
    elif tag != GENERALIZED_TIME:
        raise malformed("time", f"its tag is {tag:02X}")
    if len(text) != 15 or text[14:] != b"Z" or not text[:14].isdigit() or text[8:10] > b"23":
        raise malformed("time", "it is not written as RFC 5280 asks")
    try:
        return datetime.fromisoformat(f"{text[:8].decode()}T{text[8:].decode()}")
    except ValueError as error:
        raise malformed("time", "there is no such moment") from error
